"""Deadlines under another calendar: what each becomes, and which stay because something set them.

Pure. A deadline whose instant is what the old calendar gives is computed anew; one that a return,
a tightening or a decision set otherwise stays, and elapsed time knows no calendar.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from incidents.rules.plan import Deadline, FrozenPlan, deadline_after, step_due, with_pauses
from outbox.rules.durations import Duration


def under_calendar(
    plan: FrozenPlan, *, calendar: Mapping[str, Any], calendar_name: str
) -> FrozenPlan:
    """Return a plan with another calendar; nothing else of it changes."""
    return replace(plan, calendar=calendar, calendar_name=calendar_name)


def deadline_of(plan: FrozenPlan, *, stage: str, inputs: Mapping[str, Any]) -> Deadline | None:
    """Return the deadline that a timer's inputs describe, None where they describe none."""
    if "duration" not in inputs or "from" not in inputs:
        return None
    begins = datetime.fromisoformat(str(inputs["from"]))
    found = deadline_after(plan, stage, begins, Duration.parse(str(inputs["duration"])))
    return with_pauses(plan, found, pauses_in(inputs))


def pauses_in(inputs: Mapping[str, Any]) -> Sequence[tuple[datetime, datetime]]:
    """Return the times in which a stage stood still, as a timer's inputs keep them."""
    return tuple(
        (datetime.fromisoformat(begin), datetime.fromisoformat(end))
        for begin, end in inputs.get("pauses", [])
    )


def moved_deadline(
    old: FrozenPlan, new: FrozenPlan, *, stage: str, inputs: Mapping[str, Any], due_at: datetime
) -> Deadline | None:
    """Return what the deadline of a stage becomes, None where it stays."""
    was, becomes = (deadline_of(plan, stage=stage, inputs=inputs) for plan in (old, new))
    if was is None or becomes is None or not becomes.duration.is_business:
        return None
    return becomes if was.due_at == due_at and becomes.due_at != due_at else None


def moved_step(new: FrozenPlan, *, number: int, found: Deadline) -> datetime | None:
    """Return when a step of the ladder fires for a deadline that moved."""
    step = next((one for one in new.ladder if one.step == number), None)
    if step is None:
        return None
    plain = replace(found, due_at=found.due_at, pauses=())
    at = step_due(new, step, plain)
    if not found.pauses or step.offset.startswith("+") or step.offset == "100%":
        return at
    return with_pauses(new, replace(plain, due_at=at), found.pauses).due_at
