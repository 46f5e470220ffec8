"""Escalation: a step fires once, finds its people now, tells them, and arms its reminder."""

from datetime import datetime
from uuid import UUID

from governance.models import EscalationFiring
from governance.rules.calling import holds_for, is_late
from governance.selectors.escalations import holders
from governance.selectors.recipients import Reached, acknowledged, resolve_all
from governance.services.step_notices import Firing, tell_operations, tell_step
from governance.services.step_rows import (
    fired_entry,
    firing_of,
    reminder_of,
    row_of,
    skipped_entry,
)
from governance.services.step_waits import put_off, wait_after
from incidents.models import Incident
from incidents.rules.plan import LadderStep, calendar_of, from_text
from incidents.rules.transitions import ENDED
from ledger.context import current_actor
from ledger.rules.actors import machine
from ledger.services.entry_sets import Draft, append_entries
from outbox.models import Timer
from outbox.services.timers import arm_timers


def fire_step(*, timer: Timer, at: datetime) -> None:
    """Fire the step of a timer, once. A case that ended, or another cycle, is skipped on record.

    The caller holds the lock on the incident.
    """
    incident = Incident.objects.select_related("owner", "deputy", "system").get(pk=timer.subject_id)
    payload = timer.payload
    if incident.state in ENDED or payload["cycle"] != incident.cycle:
        _skip(incident, timer, at)
        return
    firing = firing_of(timer, incident, from_text(incident.plan), at)
    if firing is not None:
        _fire(firing)


def _skip(incident: Incident, timer: Timer, at: datetime) -> None:
    """Say on record that a timer which nobody cancelled found nothing left to escalate."""
    _enter(skipped_entry(incident, timer), at)


def _fire(firing: Firing) -> None:
    if _has_fired(firing):
        return
    people = resolve_all(expressions=firing.step.recipients, incident=firing.incident, at=firing.at)
    having, lapsed = holders(
        incident=firing.incident,
        rule=firing.rule,
        step=firing.step.step,
        lasts=holds_for(firing.plan, firing.incident.severity),
        at=firing.at,
    )
    row = _write_down(firing, people, lapsed=lapsed)
    tell_step(firing, acknowledged(people=people, having=having))
    _arm_repeat(firing)
    if row.unroutable:
        _go_up(firing)
    else:
        _give_time_to_answer(firing)


def _has_fired(firing: Firing) -> bool:
    """A rule is a stage as one transition began it; recalculated deadlines fire nothing twice."""
    return EscalationFiring.objects.filter(
        incident=firing.incident,
        cycle=firing.incident.cycle,
        rule=firing.rule,
        step=firing.step.step,
        repeat=firing.repeat,
    ).exists()


def _write_down(firing: Firing, people: Reached, *, lapsed: set[UUID]) -> EscalationFiring:
    number = _enter(fired_entry(firing, people, lapsed=lapsed), firing.at)
    return EscalationFiring.objects.create(**row_of(firing, people, number=number))


def _arm_repeat(firing: Firing) -> None:
    """Arm the next reminder, if the step asks for an act."""
    reminder = reminder_of(firing, calendar_of(firing.plan))
    if reminder is not None:
        arm_timers(armings=[reminder], at=firing.at)


def _give_time_to_answer(firing: Firing) -> None:
    """After a downtime a higher level waits until this one had the shortest gap to answer (F38)."""
    if is_late(firing.plan, due_at=firing.scheduled_at, at=firing.at):
        wait = wait_after(firing)
        put_off(waits=[wait] if wait is not None else [], fired=[])


def _go_up(firing: Firing) -> None:
    """Nobody can be reached: the next level fires now, and operations are told (UNROUTABLE)."""
    tell_operations(firing)
    higher = [one for one in firing.plan.ladder if one.level > firing.step.level]
    serving = [
        one
        for one in higher
        if (not one.stages or firing.stage in one.stages)
        and (not one.severities or firing.incident.severity in one.severities)
    ]
    if firing.repeat == 0 and serving:
        _fire(_at_next_level(firing, min(serving, key=lambda one: one.level)))


def _at_next_level(firing: Firing, step: LadderStep) -> Firing:
    return Firing(
        incident=firing.incident,
        plan=firing.plan,
        step=step,
        stage=firing.stage,
        rule=firing.rule,
        repeat=0,
        scheduled_at=firing.at,
        stage_due_at=firing.stage_due_at,
        at=firing.at,
        prefix=firing.prefix,
        by_unroutable=True,
    )


def _enter(draft: Draft, at: datetime) -> int:
    (number,) = append_entries(drafts=[draft], actor=current_actor() or machine("sweep"), at=at)
    return number
