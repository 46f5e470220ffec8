"""Scorecards: which KPIs a system is steered by, who answers for each, what is then done."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.services.entries import append_entry
from registry.models import System
from registry.services.access import require_system_permit
from registry.services.lifecycle import lock_system
from telemetry.models import Scorecard, ScorecardLine
from telemetry.rules.scorecards import Line, faults_of
from telemetry.selectors.catalogue import kpis_for_system
from telemetry.selectors.scorecards import answerable_people, as_line, scorecard_lines


@transaction.atomic
def set_scorecard(
    *,
    system_id: UUID,
    lines: Sequence[Line],
    expected_version: int,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> Scorecard:
    """Put a whole scorecard in force, in this order; what is no longer on it ends.

    The version is 0 where there was none. More than eight KPIs, or a missing perspective, is told
    by `findings_of` and not refused. Raises Missing, Forbidden, Conflict (stale), Invalid (fields
    as 'position.field').
    """
    system = lock_system(system_id)
    require_system_permit(act="scorecard.set", system=system, actor=actor, at=at)
    card = _card(system, expected_version)
    _check(system, lines, at)
    before, after = _replace(system, lines, at)
    if not before and not after:
        return card
    card.version += 1
    card.changed_at, card.changed_by_id = at, actor.person
    card.save(force_insert=card.version == 1, at=at)
    append_entry(
        verb="scorecard.set",
        actor=actor,
        at=at,
        subject=("scorecard", str(system.pk), f"Scorecard of {system.name}"),
        before=before,
        after=after,
        reason=reason,
        system_id=system.pk,
        details={"version": card.version, "order": [line.kpi for line in lines]},
    )
    return card


def _card(system: System, expected_version: int) -> Scorecard:
    known: Scorecard | None = Scorecard.objects.filter(pk=system.pk).first()
    present = known.version if known is not None else 0
    if present != expected_version:
        raise Conflict(
            "stale",
            "Somebody changed this scorecard meanwhile: read it again.",
            extra={"version": present},
        )
    return known or Scorecard(system=system, version=0)


def _check(system: System, lines: Sequence[Line], at: datetime) -> None:
    asked = [line.kpi for line in lines]
    kpis = kpis_for_system(system=system).filter(pk__in=asked).values_list("pk", flat=True)
    people = [person.pk for person in answerable_people(system=system, at=at)]
    faults = faults_of(lines, kpis=set(kpis), people=set(people))
    if faults:
        raise Invalid("scorecard_not_right", next(iter(faults.values())), fields=faults)


def _replace(
    system: System, lines: Sequence[Line], at: datetime
) -> tuple[dict[str, object], dict[str, object]]:
    """End what changes and begin what is new; return what was and what is, of those alone."""
    present = {row.kpi_id: row for row in scorecard_lines(system_id=system.pk)}
    wanted = {line.kpi: (place, line) for place, line in enumerate(lines, start=1)}
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for kpi, row in present.items():
        if kpi not in wanted or wanted[kpi] != (row.position, as_line(row)):
            before[kpi] = as_line(row).said | {"position": row.position}
            row.until_at = at
            row.save(at=at)
    for kpi, (place, line) in wanted.items():
        if kpi not in present or kpi in before:
            after[kpi] = line.said | {"position": place}
            _begin(system, line, place, at)
    return before, after


def _begin(system: System, line: Line, place: int, at: datetime) -> None:
    row = ScorecardLine(
        system=system,
        kpi_id=line.kpi,
        perspective=line.perspective,
        owner_id=line.owner_id,
        on_breach=line.on_breach.strip(),
        target=line.target,
        position=place,
        from_at=at,
    )
    row.save(force_insert=True, at=at)
