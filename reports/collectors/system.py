"""The system, its versions, what ran where, and the rules in force."""

from uuid import UUID

from django.db.models import Q

from governance.models import Policy
from registry.models import Deployment, LifecycleChange, System, SystemVersion
from registry.selectors.units import units_above
from reports.collectors.instant import at_its_instant
from reports.collectors.words import label, name
from reports.rules.things import (
    DeploymentRecord,
    LifecycleRecord,
    PolicyRecord,
    Scope,
    SystemRecord,
    VersionRecord,
)


@at_its_instant
def collect_system(scope: Scope) -> SystemRecord:
    """Return the registry's record."""
    row = System.objects.select_related("unit", "owner", "deputy").get(pk=scope.system_id)
    changes = LifecycleChange.objects.filter(system_id=scope.system_id, at__lte=scope.as_of)
    newest = changes.order_by("-version").first()
    return SystemRecord(
        id=str(row.pk),
        slug=row.slug,
        name=row.name,
        kind=row.get_kind_display(),
        unit=row.unit.name,
        owner=row.owner.name,
        deputy=row.deputy.name,
        purpose=row.purpose,
        users_affected=row.users_affected,
        supplier=row.supplier,
        data_sources=row.data_sources,
        simulated=row.simulated,
        risk_tier=row.risk_tier,
        legal_class=row.get_legal_class_display(),
        lifecycle=newest.to_state if newest else row.lifecycle,
        record_version=newest.version if newest else row.version,
        registered_at=row.registered_at,
    )


@at_its_instant
def collect_versions(scope: Scope) -> list[VersionRecord]:
    """Return every version known at the instant of the pack, oldest first."""
    rows = SystemVersion.objects.filter(system_id=scope.system_id, created_at__lte=scope.as_of)
    return [
        VersionRecord(
            label=row.label,
            digest=row.named_by,
            changelog=row.changelog,
            author=name(row.author),
            state=row.state,
            approved_by=name(row.approved_by),
            approved_at=row.approved_at,
            created_at=row.created_at,
        )
        for row in rows.select_related("author", "approved_by").order_by("created_at", "label")
    ]


@at_its_instant
def collect_deployments(scope: Scope) -> list[DeploymentRecord]:
    """Return what ran at any time of the period, oldest first."""
    rows = Deployment.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gte=scope.since),
        system_id=scope.system_id,
        from_at__lt=scope.until,
        from_at__lte=scope.as_of,
    )
    return [
        DeploymentRecord(
            environment=row.environment,
            version=row.version.label,
            fallback=label(row.fallback),
            suspended=row.suspended,
            stop_scope=row.stop_scope,
            from_at=row.from_at,
            until_at=row.until_at,
            ended_reason=row.ended_reason,
        )
        for row in rows.select_related("version", "fallback").order_by("from_at", "id")
    ]


@at_its_instant
def collect_policies(scope: Scope) -> list[PolicyRecord]:
    """Return the rules of the system's unit and of those above it, that were ever active."""
    rows = Policy.objects.filter(
        unit_id__in=units_over(scope), valid_from__lte=scope.as_of
    ).exclude(state=Policy.State.DRAFT)
    return [
        PolicyRecord(
            unit=row.unit.name,
            number=row.number,
            profile=row.profile,
            sha256=row.sha256,
            state=row.state,
            example=row.example,
            set_up=row.set_up,
            author=name(row.author),
            approved_by=name(row.approved_by),
            valid_from=row.valid_from,
            body=row.body,
        )
        for row in rows.select_related("unit", "author", "approved_by").order_by(
            "unit__name", "number"
        )
    ]


@at_its_instant
def collect_lifecycle(scope: Scope) -> list[LifecycleRecord]:
    """Return every step of the system's life until the instant of the pack, oldest first."""
    rows = LifecycleChange.objects.filter(system_id=scope.system_id, at__lte=scope.as_of)
    return [
        LifecycleRecord(
            edge=row.edge,
            from_state=row.from_state,
            to_state=row.to_state,
            person=row.actor_name,
            at=row.at,
            reason=row.reason,
            entry=row.entry_number,
        )
        for row in rows.order_by("version")
    ]


def units_over(scope: Scope) -> list[UUID]:
    """Return the ids of the system's unit and of every unit above it, nearest first."""
    here = System.objects.values_list("unit_id", flat=True).get(pk=scope.system_id)
    return units_above(unit_id=here)
