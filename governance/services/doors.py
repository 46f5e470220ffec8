"""How a system's telemetry is read: its service names, which spans are decisions, its metrics."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import MetricMapping, OtlpDoor, ServiceName
from governance.rules.mappings import NAME, Mapped, factor_of, faults_of
from governance.selectors.doors import service_names_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import System, User
from registry.services.access import require_system_permit
from telemetry.models import Kpi
from telemetry.rules.rows import window_seconds

ACT = "telemetry.map"
MOST_NAMES, MOST_MAPPINGS = 20, 200
LONGEST_NAME, LONGEST_REASON = 200, 2000


@transaction.atomic
def set_otlp_door(
    *,
    system: System,
    decisions: str,
    service_names: Sequence[str],
    expected_version: int,
    actor: Actor,
    at: datetime,
) -> OtlpDoor:
    """Say under which names a system's telemetry comes, and which of its spans are decisions.

    `expected_version` is 0 before the first time. Raises Forbidden, Invalid, Conflict.
    """
    require_system_permit(act=ACT, system=system, actor=actor, at=at)
    door = OtlpDoor.objects.select_for_update(no_key=True).filter(pk=system.pk).first()
    made = door or OtlpDoor(system=system, version=0)
    if made.version != expected_version:
        raise Conflict(
            "stale_version",
            worded(
                "Somebody changed this meanwhile: it is version {version} now.",
                version=made.version,
            ),
        )
    names = _names(service_names, decisions)
    before = {"decisions": made.decisions, "service_names": service_names_of(system=system)}
    made.decisions, made.version = decisions, made.version + 1
    made.stated_by, made.stated_at = _person(actor), at
    made.save(force_insert=door is None, at=at)
    _keep_names(system, names, at)
    append_entry(
        verb="otlp_door.set",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        before=before,
        after={"decisions": decisions, "service_names": names, "version": made.version},
        system_id=system.pk,
    )
    return made


def _names(given: Sequence[str], decisions: str) -> list[str]:
    """Return the names sorted and each once. Raises Invalid."""
    names = sorted({name.strip() for name in given} - {""})
    fields = {}
    if decisions not in OtlpDoor.Decisions.values:
        fields["decisions"] = worded(
            "One of: {values}.", values=", ".join(OtlpDoor.Decisions.values)
        )
    if len(names) > MOST_NAMES:
        fields["service_names"] = worded("At most {most_names} names.", most_names=MOST_NAMES)
    if any(not NAME.fullmatch(name[:120]) or len(name) > LONGEST_NAME for name in names):
        fields["service_names"] = worded(
            "Names of 1 to {longest_name} characters.", longest_name=LONGEST_NAME
        )
    if fields:
        raise Invalid("bad_door", "Some of this is not right.", fields=fields)
    return names


def _keep_names(system: System, names: Sequence[str], at: datetime) -> None:
    rows = ServiceName.objects.select_for_update(no_key=True)
    known = {one.name: one for one in rows.filter(system=system, ended_at=None)}
    for name in sorted(set(known) - set(names)):
        known[name].ended_at = at
        known[name].save(update_fields=["ended_at"], at=at)
    for name in names:
        if name not in known:
            ServiceName(system=system, name=name, stated_at=at).save(force_insert=True, at=at)


@transaction.atomic
def map_metric(*, system: System, given: Mapped, actor: Actor, at: datetime) -> MetricMapping:
    """Say that a metric is a KPI of a system. Raises Forbidden, Invalid, Conflict."""
    require_system_permit(act=ACT, system=system, actor=actor, at=at)
    # Two at once take turns at the system, so that neither says what the other has just said.
    System.objects.select_for_update(no_key=True).get(pk=system.pk)
    kpi = _kpi(given.kpi_id)
    fields = faults_of(given, kpi.unit)
    if fields:
        raise Invalid("bad_mapping", "Some of this is not right.", fields=fields)
    _refuse_doubled(system, given, kpi)
    factor = factor_of(given, kpi.unit)
    assert factor is not None
    row = MetricMapping(
        system=system,
        metric=given.metric,
        unit=given.unit,
        attributes=dict(given.attributes),
        kpi=kpi,
        figure=given.figure,
        segment_attribute=given.segment_attribute,
        window_seconds=window_seconds(given.window) or 0,
        factor=factor,
        stated_by=_person(actor),
        stated_at=at,
    )
    row.save(force_insert=True, at=at)
    append_entry(
        verb="metric.mapped",
        actor=actor,
        at=at,
        subject=("metric_mapping", str(row.pk), row.metric),
        after=told(row),
        system_id=system.pk,
    )
    return row


def told(row: MetricMapping) -> dict[str, object]:
    """Return a mapping as the record tells it; the factor as decimal text."""
    return {
        "metric": row.metric,
        "unit": row.unit,
        "attributes": row.attributes,
        "kpi": row.kpi_id,
        "figure": row.figure,
        "segment_attribute": row.segment_attribute,
        "window_seconds": row.window_seconds,
        "factor": repr(row.factor),
    }


def _kpi(kpi_id: str) -> Kpi:
    found = None if "\x00" in kpi_id else Kpi.objects.filter(pk=kpi_id).first()
    if found is None:
        words = "There is no such KPI in the catalogue."
        raise Invalid("bad_mapping", words, fields={"kpi": words})
    return found


def _refuse_doubled(system: System, given: Mapped, kpi: Kpi) -> None:
    rows = MetricMapping.objects.filter(system=system, ended_at=None)
    if rows.count() >= MOST_MAPPINGS:
        raise Conflict(
            "too_many_mappings",
            worded("A system has at most {most_mappings} mappings.", most_mappings=MOST_MAPPINGS),
        )
    same = rows.filter(
        kpi=kpi,
        window_seconds=window_seconds(given.window) or 0,
        segment_attribute=given.segment_attribute,
    ).first()
    if same is not None:
        raise Conflict(
            "mapped_already",
            worded(
                "{metric} is this KPI already, over windows of this length and "
                "by the same attribute: two mappings cannot fill one series. End "
                "that one first.",
                metric=same.metric,
            ),
        )


@transaction.atomic
def end_mapping(
    *, system: System, mapping_id: UUID, reason: str, actor: Actor, at: datetime
) -> MetricMapping:
    """End a mapping; what came by it stays. Raises Forbidden, Missing, Invalid, Conflict."""
    require_system_permit(act=ACT, system=system, actor=actor, at=at)
    rows = MetricMapping.objects.select_for_update(no_key=True, of=("self",))
    row = rows.filter(pk=mapping_id, system=system).first()
    if row is None:
        raise Missing("unknown_mapping", "There is no such mapping.")
    if row.ended_at is not None:
        raise Conflict("ended_already", "This mapping has ended already.")
    if not reason.strip() or len(reason) > LONGEST_REASON or "\x00" in reason:
        words = "Say why, in at most 2,000 characters of plain text."
        raise Invalid("reason_needed", words, fields={"reason": words})
    row.ended_at, row.ended_by, row.ended_reason = at, _person(actor), reason.strip()
    row.save(update_fields=["ended_at", "ended_by", "ended_reason"], at=at)
    append_entry(
        verb="metric.unmapped",
        actor=actor,
        at=at,
        subject=("metric_mapping", str(row.pk), row.metric),
        before=told(row),
        reason=row.ended_reason,
        system_id=system.pk,
    )
    return row


def _person(actor: Actor) -> User | None:
    return User.objects.filter(pk=actor.person).first() if actor.person else None
