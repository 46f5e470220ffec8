"""Systems: which ones a person may see, which version runs or ran where."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Min, Q, QuerySet
from django.db.models.expressions import RawSQL

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from registry.models import (
    BreakGlass,
    Delegation,
    Deployment,
    LifecycleChange,
    RoleAssignment,
    System,
    SystemReviewer,
    SystemVersion,
    User,
)
from registry.selectors.people import delegations_held, in_force
from registry.selectors.units import units_below, units_in_scope

# The units for which one of some people holds a role, with all below them.
UNITS_OF_ROLES = """
WITH RECURSIVE below(id) AS (
    SELECT unit_id FROM registry_roleassignment
    WHERE user_id = ANY(%s) AND unit_id IS NOT NULL
      AND from_at <= %s AND (until_at IS NULL OR until_at > %s)
    UNION
    SELECT unit.id FROM registry_unit unit JOIN below ON unit.parent_id = below.id
) SELECT id FROM below
"""


def systems_visible_to(
    *,
    user: User,
    at: datetime,
    lent: Sequence[Delegation] | None = None,
    units: Sequence[UUID] | None = None,
    samples: bool = False,
) -> QuerySet[System]:
    """Return the systems that a person may see, two queries before the one that reads them.

    Owner, deputy and reviewers see theirs; who holds any role for a system, its unit or a unit
    above sees it; a delegate sees what the principal sees, within the delegation's unit or system
    where it names one; who has broken the glass sees what they opened. Nobody who is deactivated
    sees anything. `lent` are the delegations that the person holds and `units` those in their own
    scope (`units_in_scope`), where the caller knows them: then no query comes before.

    Samples count nowhere: only who asks for them, to show one, has `samples` too.
    """
    systems = _with_samples() if samples else System.objects.filter(sample=System.Sample.NONE)
    if not user.is_active:
        return systems.none()
    lent = delegations_held(user_id=user.pk, at=at) if lent is None else lent
    whole = [row.principal_id for row in lent if row.unit_id is None and row.system_id is None]
    found = _seen_in_person(user, at, units)
    if whole:
        found |= _seen_by(whole, at)
    for row in lent:
        if row.unit_id is not None:
            below = units_below(unit_ids=[row.unit_id])
            found |= _seen_by([row.principal_id], at) & Q(unit_id__in=below)
        elif row.system_id is not None:
            found |= _seen_by([row.principal_id], at) & Q(pk=row.system_id)
    return systems.filter(found)


def systems_of_people(*, people: Sequence[UUID], at: datetime) -> QuerySet[System]:
    """Return the systems that one of these people may see; no query before the one that reads."""
    systems: QuerySet[System] = System.objects.filter(sample=System.Sample.NONE)
    return systems.filter(_seen_by(people, at))


def samples_shown() -> QuerySet[System]:
    """Return the samples that are there to look around with."""
    systems: QuerySet[System] = System.objects.filter(sample=System.Sample.SHOWN)
    return systems.select_related("unit", "owner", "deputy").order_by("name", "pk")


def _with_samples() -> QuerySet[System]:
    systems: QuerySet[System] = System.objects.exclude(sample=System.Sample.REMOVED)
    return systems


def _seen_in_person(user: User, at: datetime, units: Sequence[UUID] | None) -> Q:
    """Return the condition of what a person sees themselves; what they opened is noted."""
    if units is None:
        units = units_in_scope(user_ids=[user.pk], at=at, reader=user.pk)
    opened = BreakGlass.objects.filter(
        person=user, from_at__lte=at, until_at__gt=at, system__isnull=False
    )
    return _seen_by([user.pk], at, units) | Q(pk__in=opened.values("system_id"))


def _seen_by(people: Sequence[UUID], at: datetime, units: Sequence[UUID] | None = None) -> Q:
    """Return the condition; `units` are those in the people's scope, where they are known."""
    roles = RoleAssignment.objects.filter(in_force(at), user_id__in=people, system__isnull=False)
    reviewed = SystemReviewer.objects.filter(person_id__in=people, until_at__isnull=True)
    return (
        Q(owner_id__in=people)
        | Q(deputy_id__in=people)
        | Q(unit_id__in=_units_of(people, at) if units is None else units)
        | Q(pk__in=roles.values("system_id"))
        | Q(pk__in=reviewed.values("system_id"))
    )


def _units_of(people: Sequence[UUID], at: datetime) -> RawSQL:
    # Asked within the same statement; who and when go as parameters.
    return RawSQL(UNITS_OF_ROLES, [list(people), at, at])  # noqa: S611


def system_by_slug(slug: str) -> System:
    """Return a system with its owner, deputy and unit. Raises Missing."""
    rows: QuerySet[System] = System.objects.select_related("owner", "deputy", "unit__calendar")
    found = rows.filter(slug=slug).first()
    if found is None:
        raise no_such_system(slug)
    return found


def no_such_system(slug: str) -> Missing:
    """Return the refusal for a system that is not there or not the caller's to see."""
    return Missing(
        "unknown_system", worded("There is no system {slug!r} that you may see.", slug=slug)
    )


def live_deployment(
    *, system_id: UUID, environment: str = "production", at: datetime | None = None
) -> Deployment | None:
    """Return what is live in an environment now, or was live at an instant; None for nothing."""
    rows = Deployment.objects.filter(system_id=system_id, environment=environment)
    rows = rows.filter(until_at__isnull=True) if at is None else rows.filter(in_force(at))
    return rows.select_related("version", "fallback").order_by("-from_at").first()


def version_live_at(
    *, system_id: UUID, environment: str = "production", at: datetime
) -> SystemVersion | None:
    """Return the version that was live in an environment at an instant, None for nothing."""
    deployment = live_deployment(system_id=system_id, environment=environment, at=at)
    return deployment.version if deployment is not None else None


def deployments_of(*, system_id: UUID) -> QuerySet[Deployment]:
    """Return the whole past of a system's deployments, newest first."""
    rows = Deployment.objects.filter(system_id=system_id).select_related("version", "fallback")
    ended = F("until_at").desc(nulls_first=True)
    return rows.order_by("-from_at", "environment", ended, "pk")


def versions_of(*, system_id: UUID) -> QuerySet[SystemVersion]:
    """Return the versions of a system, newest first."""
    rows = SystemVersion.objects.filter(system_id=system_id).select_related("author", "approved_by")
    return rows.order_by("-created_at", "label")


def version_by_label(*, system_id: UUID, label: str) -> SystemVersion:
    """Return a version. Raises Missing."""
    found = versions_of(system_id=system_id).filter(label=label).first()
    if found is None:
        raise Missing(
            "unknown_version", worded("The system has no version {label!r}.", label=label)
        )
    return found


def lifecycle_of(*, system_id: UUID) -> QuerySet[LifecycleChange]:
    """Return the steps of a system's life, newest first."""
    return LifecycleChange.objects.filter(system_id=system_id).order_by("-version")


def reached_at(*, system_id: UUID) -> dict[str, datetime]:
    """Return when a system first reached each station of its life, the first one left out."""
    rows = LifecycleChange.objects.filter(system_id=system_id).order_by("to_state")
    return dict(rows.values_list("to_state").annotate(first=Min("at")))
