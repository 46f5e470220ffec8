"""Recalculation: the deadlines of one open incident under the calendar that its unit has now.

Nothing of this happens by itself: a calendar that is edited leaves open deadlines as they are.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.rules.recalculating import moved_deadline, moved_step, under_calendar
from incidents.models import Incident
from incidents.rules.plan import Deadline, FrozenPlan, digest, from_text, to_text
from incidents.rules.transitions import ENDED
from incidents.rules.turns import STAGE_OF
from incidents.services.deadlines import (
    ESCALATION_STEP,
    STAGE_DEADLINE,
    STAGE_KINDS,
    prefix_of,
)
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.models import Timer
from outbox.rules.calendars import calendar_data
from outbox.services.hints import nudge
from outbox.services.timers import Arming, arm_timers, cancel_timers
from registry.selectors.units import calendar_of
from registry.services.access import require_system_permit

LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that moves: which stage, from when to when."""

    stage: str
    was: datetime
    becomes: datetime


@transaction.atomic
def recalculate_deadlines(
    *, incident_id: UUID, reason: str, actor: Actor, at: datetime
) -> list[Moved]:
    """Compute the running deadlines anew by the unit's calendar of now, and return what moved.

    Timers are armed as new rows, the old ones are cancelled with the reason; what has fired does
    not fire again, and what is due already fires at the next sweep. Raises Missing, Forbidden,
    Invalid (no reason), Conflict (ended, or the calendar is the same).
    """
    incident = _locked(incident_id)
    require_system_permit(act="deadlines.recalculate", system=incident.system, actor=actor, at=at)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        words = worded(
            "Say why, in at most {longest_reason} characters.", longest_reason=LONGEST_REASON
        )
        raise Invalid("reason_needed", words, fields={"reason": words})
    old, new = _plans(incident)
    deadlines = _moving(incident, old, new)
    moved = [
        Moved(timer.payload["stage"], timer.due_at, found.due_at) for timer, found in deadlines
    ]
    _apply(incident, new, {timer.payload["rule"]: found for timer, found in deadlines}, reason, at)
    append_entry(
        verb="incident.recalculated",
        actor=actor,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        before={"calendar": old.calendar_name, "plan_sha256": digest(old)},
        after={"calendar": new.calendar_name, "plan_sha256": incident.plan_sha256},
        reason=reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={
            "moved": [{"stage": one.stage, "was": one.was, "becomes": one.becomes} for one in moved]
        },
    )
    nudge("sweep")
    return moved


def preview(*, incident: Incident) -> list[Moved] | None:
    """Return what a recalculation would move, None where the calendar is the same."""
    try:
        old, new = _plans(incident)
    except Conflict:
        return None
    return [
        Moved(timer.payload["stage"], timer.due_at, found.due_at)
        for timer, found in _moving(incident, old, new)
    ]


def _locked(incident_id: UUID) -> Incident:
    rows = Incident.objects.select_for_update(no_key=True, of=("self",))
    incident: Incident | None = (
        rows.select_related("system__owner", "system__deputy", "unit__calendar")
        .filter(pk=incident_id)
        .first()
    )
    if incident is None:
        raise Missing("unknown_incident", "There is no such incident, or it is not yours to see.")
    return incident


def _plans(incident: Incident) -> tuple[FrozenPlan, FrozenPlan]:
    """Return the plan as it stands and under the calendar of now. Raises Conflict."""
    if incident.state in ENDED:
        raise Conflict("incident_ended", "This incident has ended: none of its deadlines runs.")
    old = from_text(incident.plan)
    new = under_calendar(
        old,
        calendar=calendar_data(calendar_of(unit=incident.unit)),
        calendar_name=str(incident.unit.calendar),
    )
    if new.calendar == old.calendar:
        raise Conflict(
            "calendar_unchanged", "The deadlines are counted by the calendar of now already."
        )
    return old, new


def _armed(incident: Incident) -> list[Timer]:
    rows = Timer.objects.filter(
        subject_id=incident.pk,
        state=Timer.State.ARMED,
        kind__in=STAGE_KINDS,
        key__startswith=prefix_of(incident),
    )
    return list(rows.order_by("due_at", "pk"))


def _moving(incident: Incident, old: FrozenPlan, new: FrozenPlan) -> list[tuple[Timer, Deadline]]:
    found = []
    for timer in _armed(incident):
        if timer.kind != STAGE_DEADLINE:
            continue
        becomes = moved_deadline(
            old, new, stage=timer.payload["stage"], inputs=timer.inputs, due_at=timer.due_at
        )
        if becomes is not None:
            found.append((timer, becomes))
    return found


def _apply(
    incident: Incident,
    new: FrozenPlan,
    moved: dict[str, Deadline],
    reason: str,
    at: datetime,
) -> None:
    """Put the new plan on the incident and arm every timer under its name."""
    prefix, timers = prefix_of(incident), _armed(incident)
    cancel_timers(
        subject_id=incident.pk,
        reason=f"recalculated: {reason}",
        at=at,
        kinds=STAGE_KINDS,
        key_prefix=prefix,
    )
    incident.plan, incident.plan_sha256 = to_text(new), digest(new)
    for found in moved.values():
        if found.stage == STAGE_OF.get(incident.state):
            incident.stage_due_at = found.due_at
        if found.stage == "first_assessment":
            incident.first_assessment_due_at = found.due_at
    fields = ["plan", "plan_sha256", "stage_due_at", "first_assessment_due_at"]
    incident.save(update_fields=fields, at=at)
    armings = [
        _arming(timer, new, moved.get(timer.payload["rule"]), prefix, prefix_of(incident))
        for timer in timers
    ]
    arm_timers(armings=armings, at=at)


def _arming(
    timer: Timer, new: FrozenPlan, found: Deadline | None, old_prefix: str, prefix: str
) -> Arming:
    due_at, payload, inputs = timer.due_at, dict(timer.payload), dict(timer.inputs)
    if found is not None:
        inputs |= found.inputs(new)
        due_at = _due(timer, new, found)
        if "stage_due_at" in payload:
            payload["stage_due_at"] = found.due_at.isoformat()
    return Arming(
        kind=timer.kind,
        key=f"{prefix}{timer.key.removeprefix(old_prefix)}",
        subject_id=timer.subject_id,
        due_at=due_at,
        payload=payload,
        inputs=inputs,
    )


def _due(timer: Timer, new: FrozenPlan, found: Deadline) -> datetime:
    """A reminder counts from when its step was scheduled, which has been and stays."""
    if timer.kind != ESCALATION_STEP:
        return found.due_at
    if timer.payload["repeat"]:
        return timer.due_at
    return moved_step(new, number=timer.payload["step"], found=found) or timer.due_at
