"""T22: a stage's deadline stands still for a reason, by two persons, and runs on.

Regulatory clocks never stand still, nor do the first assessment and what is being carried out.
"""

from datetime import datetime
from uuid import UUID

from incidents.models import ClockPause, Incident, Transition
from incidents.rules.plan import FrozenPlan, after_pause, stage_time
from incidents.rules.turns import STAGE_OF
from incidents.selectors.guard_tables.turns import longest_until
from incidents.selectors.turns import standing_pause
from incidents.services.commands.context import Given, Outcome
from incidents.services.turn_timers import arm_pause_end, move_timers
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded


def pause_clock(given: Given) -> Outcome:
    """T22: ask for a pause, or agree to one, for at most as long as was asked."""
    incident, until = given.incident, given.values["until"]
    _check_until(given, until)
    asked = given.asked
    if not given.agrees or asked is None or asked.person_id is None:
        return Outcome(
            incident.state,
            verb="incident.pause_asked",
            reason=given.values["reason"],
            details={"step": "asked"},
        )
    pause = _pause(given, asked.person_id, asked.reason, until)
    before = {"stage_due_at": incident.stage_due_at}
    incident.stage_due_at = _moved(incident, given.plan, pause, incident.stage_due_at)

    def stand(transition: Transition) -> None:
        _move(incident, given.plan, pause, transition, given.at)
        arm_pause_end(pause, given.at)

    return Outcome(
        incident.state,
        reason=given.values["reason"],
        before=before,
        after={"stage_due_at": incident.stage_due_at, "paused_until": until},
        details={"step": "agreed"},
        rows=[pause],
        then=stand,
    )


def resume_clock(given: Given) -> Outcome:
    """T22: the deadline runs again, before the pause's end by a person, at its end by itself."""
    incident, plan = given.incident, given.plan
    pause = standing_pause(incident)
    assert pause is not None  # the guard says so
    before = {"stage_due_at": incident.stage_due_at}
    due_at = end_pause(incident, plan, pause, given.at)
    ended, planned = pause.ended_at, pause.until_at
    incident.stage_due_at = due_at

    def run_on(transition: Transition) -> None:
        pause.save(update_fields=["ended_at"], at=given.at)
        if ended is not None and ended < planned:
            _move_back(incident, plan, pause, transition, given.at)

    return Outcome(
        incident.state,
        reason=given.values["reason"] or "",
        before=before,
        after={"stage_due_at": due_at},
        details={"pause": str(pause.pk)},
        touched=[f"incidents_clockpause:{pause.pk}"],
        then=run_on,
    )


def end_pause(
    incident: Incident, plan: FrozenPlan, pause: ClockPause, at: datetime
) -> datetime | None:
    """Set when a pause ended, and return when its stage is due then; the caller saves both."""
    pause.ended_at = min(at, pause.until_at)
    if pause.ended_at == pause.until_at or incident.stage_due_at is None:
        return incident.stage_due_at
    return _back(incident, plan, pause, incident.stage_due_at)


def _check_until(given: Given, until: datetime) -> None:
    incident, asked = given.incident, given.asked
    fault = ""
    latest = longest_until(incident, given.plan, given.at)
    if until <= given.at:
        fault = "This is not in the future."
    elif until > latest:
        fault = worded("A pause lasts until {latest:%Y-%m-%d %H:%M} UTC at most.", latest=latest)
    elif given.agrees and asked and until > datetime.fromisoformat(asked.payload["until"]):
        fault = "This is longer than was asked for."
    if fault:
        raise Invalid("bad_pause", fault, fields={"until": fault})


def _pause(given: Given, asked_by: UUID, reason: str, until: datetime) -> ClockPause:
    incident = given.incident
    return ClockPause(
        incident=incident,
        cycle=incident.cycle,
        stage=STAGE_OF[incident.state],
        reason=reason,
        asked_by_id=asked_by,
        approved_by=given.person,
        from_at=given.at,
        until_at=until,
    )


def _moved(
    incident: Incident, plan: FrozenPlan, pause: ClockPause, instant: datetime | None
) -> datetime | None:
    duration = stage_time(plan, severity=incident.severity, stage=pause.stage)
    if instant is None or duration is None:
        return instant
    return after_pause(plan, duration, instant=instant, begin=pause.from_at, end=pause.until_at)


def _back(incident: Incident, plan: FrozenPlan, pause: ClockPause, instant: datetime) -> datetime:
    """Where an instant lies that was moved for the whole pause, now that it ended before."""
    duration = stage_time(plan, severity=incident.severity, stage=pause.stage)
    if duration is None or pause.ended_at is None:
        return instant
    return after_pause(plan, duration, instant=instant, begin=pause.until_at, end=pause.ended_at)


def _move(
    incident: Incident, plan: FrozenPlan, pause: ClockPause, by: Transition, at: datetime
) -> None:
    words = f"its deadline stands still until {pause.until_at:%Y-%m-%d %H:%M} UTC"
    move_timers(
        incident,
        pause.stage,
        to=lambda instant: _moved(incident, plan, pause, instant) or instant,
        version=by.version,
        told=(pause.from_at, pause.until_at),
        reason=words,
        at=at,
    )


def _move_back(
    incident: Incident, plan: FrozenPlan, pause: ClockPause, by: Transition, at: datetime
) -> None:
    move_timers(
        incident,
        pause.stage,
        to=lambda instant: _back(incident, plan, pause, instant),
        version=by.version,
        told=(pause.from_at, pause.ended_at or at),
        reason="its deadline runs again",
        at=at,
    )
