"""What the timers of turns do when they fall due, in the sweep's transaction, incident locked."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.states import CLOSED, INVESTIGATING
from incidents.selectors.turns import last_entry_of_owner, standing_pause
from incidents.services.commands.execution import execute
from incidents.services.turn_timers import ACK_LAPSE, PAUSE_END, RECURRENCE, arm_lapse, lapses_at
from ledger.rules.actors import machine
from ledger.services.entries import append_entry
from outbox.models import Timer

SWEEP = machine("sweep")


def fire_lapse(*, timer: Timer, at: datetime) -> None:
    """Take an acknowledgement back (T03) unless the owner's side entered something since.

    To read is no entry. Every entry moves the lapse on, and while the deadline stands still there
    is none.
    """
    incident = _incident(timer)
    if incident.state != INVESTIGATING or incident.cycle != timer.payload["cycle"]:
        return
    plan = from_text(incident.plan)
    since = max(filter(None, (incident.stage_entered_at, last_entry_of_owner(incident))))
    pause = standing_pause(incident)
    since = since if pause is None else max(since, pause.until_at)
    due_at = lapses_at(plan, incident, since)
    if incident.suppressed or due_at is None:
        return
    if due_at > at:
        arm_lapse(plan, incident, since=since, at=at)
        return
    words = (
        f"No entry by the owner, the deputy or a delegate since {since:%Y-%m-%d %H:%M} UTC. What "
        "was written is kept; the time for the findings runs on."
    )
    _execute("ack_lapse", incident, {"words": words}, at)


def fire_pause_end(*, timer: Timer, at: datetime) -> None:
    """Let a deadline run again whose pause is over; one that runs already is left alone."""
    incident = _incident(timer)
    pause = standing_pause(incident)
    if pause is not None and str(pause.pk) == timer.payload["pause"]:
        _execute("resume_clock", incident, {"reason": "The pause is over."}, at)


def fire_recurrence(*, timer: Timer, at: datetime) -> None:
    """Put on record that nothing came back in the time in which it would have been reopened."""
    incident = _incident(timer)
    if incident.state != CLOSED or incident.cycle != timer.payload["cycle"]:
        return
    append_entry(
        verb="incident.recurrence_watch_ended",
        actor=SWEEP,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"closed_at": incident.closed_at, "until": timer.due_at},
    )


KINDS: dict[str, Callable[..., None]] = {
    ACK_LAPSE: fire_lapse,
    PAUSE_END: fire_pause_end,
    RECURRENCE: fire_recurrence,
}


def _incident(timer: Timer) -> Incident:
    rows = Incident.objects.select_related("system", "owner", "deputy")
    found: Incident = rows.get(pk=timer.subject_id)
    return found


def _execute(command: str, incident: Incident, payload: dict[str, Any], at: datetime) -> None:
    execute(
        command=command,
        incident_id=incident.pk,
        actor=SWEEP,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload=payload,
    )
