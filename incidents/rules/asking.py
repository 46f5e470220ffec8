"""What a request for information does to the deadline of the decision (T11 with KOM-25)."""

from dataclasses import dataclass
from datetime import datetime

from incidents.rules.plan import Deadline, FrozenPlan, deadline_after, stage_time, time_left
from outbox.rules.business_time import due
from outbox.rules.calendars import Calendar
from outbox.rules.durations import Duration

DEFAULT_REQUESTS = "2"
DEFAULT_PAUSE = "5bd"
NO_PAUSE_AT = "severe"


@dataclass(frozen=True, slots=True)
class Rest:
    """From when to when the decision's clock rested, and when it was due before."""

    asked_at: datetime
    back_at: datetime
    due_at: datetime


def answer_by(asked: datetime, *, severity: str, decision_due: datetime | None) -> datetime:
    """Return when an answer is due: as asked; where nothing is paused, by the decision's due."""
    if severity != NO_PAUSE_AT or decision_due is None:
        return asked
    return min(asked, decision_due)


def decision_deadline(
    plan: FrozenPlan, rest: Rest, *, severity: str, longest: str, calendar: Calendar
) -> Deadline | None:
    """Return when the decision is due after the answer came: what was left when it was asked.

    The clock rests for `longest` at most; what the answer takes beyond counts. At severe nothing
    rests (KOM-25).
    """
    stage = stage_time(plan, severity=severity, stage="decision")
    if stage is None:
        return None
    if severity == NO_PAUSE_AT:
        return Deadline("decision", rest.asked_at, rest.due_at, stage)
    left = time_left(plan, duration=stage, due_at=rest.due_at, at=rest.asked_at)
    resumes = min(rest.back_at, due(rest.asked_at, Duration.parse(longest), calendar))
    return deadline_after(plan, "decision", resumes, left)
