"""Timers of turns: a lapse of the acknowledgement, the end of a pause, the watch for a recurrence.

What an acknowledgement lapses by is moved on by every entry of the owner's side: the timer looks
when it fires, and where something was entered since it is armed anew.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from incidents.models import ClockPause, Incident
from incidents.rules.plan import FrozenPlan, calendar_of
from incidents.rules.states import CLOSED, INVESTIGATING
from incidents.rules.turns import limit
from incidents.selectors.turns import last_entry_of_owner
from incidents.services.deadlines import STAGE_KINDS, Move, prefix_of
from outbox.models import Timer
from outbox.rules.business_time import due
from outbox.services.timers import Arming, arm_timer, arm_timers, cancel_timers

ACK_LAPSE = "incident.ack_lapse"
PAUSE_END = "incident.pause_end"
RECURRENCE = "incident.recurrence_watch"


def lapses_at(plan: FrozenPlan, incident: Incident, since: datetime) -> datetime | None:
    """Return when an acknowledgement lapses without an entry since an instant, None for never."""
    wait = limit(plan, f"ack_lapse_{incident.severity}", incident.severity)
    return None if wait is None else due(since, wait, calendar_of(plan))


def arm_lapse(plan: FrozenPlan, incident: Incident, *, since: datetime, at: datetime) -> None:
    """Arm what takes an acknowledgement back (T03), counted from the last entry of the owner."""
    due_at = None if incident.suppressed else lapses_at(plan, incident, since)
    if due_at is None:
        return
    arm_timer(
        kind=ACK_LAPSE,
        key=f"{prefix_of(incident)}ack_lapse@{incident.version}:{due_at:%Y%m%dT%H%M%S}",
        subject_id=incident.pk,
        due_at=due_at,
        payload={"cycle": incident.cycle},
        inputs={
            "duration": plan.limits[f"ack_lapse_{incident.severity}"],
            "from": since.isoformat(),
            "because": "the owner's side enters nothing",
            "policy": plan.policy_id,
        },
        at=at,
    )


def cancel_lapse(incident: Incident, *, reason: str, at: datetime) -> None:
    """Cancel what would take an acknowledgement back."""
    cancel_timers(subject_id=incident.pk, reason=reason, at=at, kinds=(ACK_LAPSE,))


def arm_lapse_anew(plan: FrozenPlan, incident: Incident, *, reason: str, at: datetime) -> None:
    """Count the lapse anew where its length or its beginning changed, as another row."""
    if incident.state != INVESTIGATING:
        return
    cancel_lapse(incident, reason=reason, at=at)
    since = max(filter(None, (incident.stage_entered_at, last_entry_of_owner(incident))))
    arm_lapse(plan, incident, since=since, at=at)


def timers_of_turns(plan: FrozenPlan, incident: Incident, move: Move, at: datetime) -> None:
    """Arm the lapse with every investigation, the watch for a recurrence with every closing."""
    if move.source == INVESTIGATING:
        cancel_lapse(incident, reason=f"{move.source} was left for {move.target}", at=at)
    if move.target == INVESTIGATING:
        arm_lapse(plan, incident, since=at, at=at)
    elif move.target == CLOSED:
        watch_recurrence(plan, incident, version=move.version, at=at)


def arm_pause_end(pause: ClockPause, at: datetime) -> None:
    """Arm the end of a pause, at which the deadline runs again by itself."""
    arm_timer(
        kind=PAUSE_END,
        key=f"{pause.incident_id}:pause:{pause.pk}",
        subject_id=pause.incident_id,
        due_at=pause.until_at,
        payload={"pause": str(pause.pk)},
        inputs={"from": pause.from_at.isoformat(), "until": pause.until_at.isoformat()},
        at=at,
    )


def watch_recurrence(plan: FrozenPlan, incident: Incident, *, version: int, at: datetime) -> None:
    """Arm the end of the time in which a recurrence reopens the incident (T07, T16, T25)."""
    arm_timer(
        kind=RECURRENCE,
        key=f"{incident.pk}:{incident.cycle}:recurrence@{version}",
        subject_id=incident.pk,
        due_at=at + timedelta(days=plan.reopen_days),
        payload={"cycle": incident.cycle},
        inputs={"duration": f"{plan.reopen_days}d", "from": at.isoformat()},
        at=at,
    )


def end_recurrence_watch(incident: Incident, *, reason: str, at: datetime) -> None:
    """Cancel the watch for a recurrence: it came back."""
    cancel_timers(subject_id=incident.pk, reason=reason, at=at, kinds=(RECURRENCE,))


def move_timers(
    incident: Incident,
    stage: str,
    *,
    to: Callable[[datetime], datetime],
    version: int,
    told: tuple[datetime, datetime],
    reason: str,
    at: datetime,
) -> None:
    """Move every armed timer of a stage as new rows; the old rows stay, cancelled with the reason.

    `told` is from when until when the stage stands still, which explains the new instants. Their
    rule is the same, so whoever said 'I have it' is not asked again.
    """
    prefix = prefix_of(incident)
    rows = Timer.objects.filter(
        subject_id=incident.pk,
        state=Timer.State.ARMED,
        kind__in=STAGE_KINDS,
        key__startswith=f"{prefix}{stage}@",
    )
    armings = [_moved(row, prefix, to, version, told) for row in rows.order_by("due_at", "pk")]
    cancel_timers(
        subject_id=incident.pk,
        reason=reason,
        at=at,
        kinds=STAGE_KINDS,
        key_prefix=f"{prefix}{stage}@",
    )
    arm_timers(armings=armings, at=at)


def _moved(
    row: Timer,
    prefix: str,
    to: Callable[[datetime], datetime],
    version: int,
    told: tuple[datetime, datetime],
) -> Arming:
    rule, _, rest = row.key.removeprefix(prefix).partition(":")
    payload = dict(row.payload)
    if "stage_due_at" in payload:
        payload["stage_due_at"] = to(datetime.fromisoformat(payload["stage_due_at"])).isoformat()
    pauses = [pause for pause in row.inputs.get("pauses", []) if pause[0] != told[0].isoformat()]
    return Arming(
        kind=row.kind,
        key=f"{prefix}{rule.partition('~')[0]}~{version}:{rest}",
        subject_id=row.subject_id,
        due_at=to(row.due_at),
        payload=payload,
        inputs={**row.inputs, "pauses": [*pauses, [one.isoformat() for one in told]]},
    )
