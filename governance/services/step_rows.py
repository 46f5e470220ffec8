"""What a step writes when it fires: its entry, its row, its reminder; for one as for many."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from governance.rules.calling import shortest_gap
from governance.selectors.recipients import Reached
from governance.services.step_notices import Firing
from incidents.models import Incident
from incidents.rules.plan import FrozenPlan, LadderStep
from ledger.services.entry_sets import Draft
from outbox.rules.backoff import repeat_after
from outbox.rules.business_time import due
from outbox.rules.calendars import Calendar
from outbox.rules.durations import Duration
from outbox.services.timers import Arming
from outbox.timer_kinds import Due

STEP = "escalation.step"
TOLD_BY_ACKNOWLEDGING = ("findings", "first_assessment")
LONGEST_EXPRESSION = 120


def firing_of(timer: Due, incident: Incident, plan: FrozenPlan, at: datetime) -> Firing | None:
    """Return what a timer fires, None where its step is gone or told by another stage's.

    Raises KeyError or ValueError for a payload that is none of a step.
    """
    payload = timer.payload
    step = next((one for one in plan.ladder if one.step == payload["step"]), None)
    if step is None or _is_told_otherwise(incident, step, payload["stage"]):
        return None
    return Firing(
        incident=incident,
        plan=plan,
        step=step,
        stage=payload["stage"],
        rule=payload["rule"],
        repeat=payload["repeat"],
        scheduled_at=timer.due_at,
        stage_due_at=datetime.fromisoformat(payload["stage_due_at"]),
        at=at,
        prefix=timer.key.removesuffix(f":{payload['step']}:{payload['repeat']}"),
    )


def _is_told_otherwise(incident: Incident, step: LadderStep, stage: str) -> bool:
    """At the opening three stages begin at once; one call to acknowledge says it all."""
    begins = step.offset == "0%"
    return begins and incident.state == Incident.State.OPEN and stage in TOLD_BY_ACKNOWLEDGING


def skipped_entry(incident: Incident, timer: Due) -> Draft:
    """Return the entry of a timer which nobody cancelled and which found nothing to escalate."""
    return _draft(
        "escalation.skipped",
        incident,
        {
            "rule": timer.payload["rule"],
            "step": timer.payload["step"],
            "repeat": timer.payload["repeat"],
            "state": incident.state,
            "cycle": timer.payload["cycle"],
        },
    )


def fired_entry(firing: Firing, people: Reached, *, lapsed: Collection[UUID]) -> Draft:
    """Return the entry of a step that fires; `lapsed` are those whose 'I have it' holds no more."""
    again = [one.on_record for one in people if one.person.pk in lapsed]
    return _draft(
        "escalation.fired" if people else "escalation.unroutable",
        firing.incident,
        {
            "rule": firing.rule,
            "step": firing.step.step,
            "repeat": firing.repeat,
            "level": firing.step.level,
            "expression": "|".join(firing.step.recipients),
            "recipients": people.on_record,
            "due": firing.scheduled_at,
            "late_seconds": max(0, int((firing.at - firing.scheduled_at).total_seconds())),
            **({"lapsed": again} if again else {}),
            **({"drill": True} if firing.incident.drill else {}),
        },
    )


def row_of(firing: Firing, people: Reached, *, number: int) -> dict[str, Any]:
    """Return the columns of a step that fires; `number` is its entry's."""
    return {
        "incident_id": firing.incident.pk,
        "cycle": firing.incident.cycle,
        "plan_sha256": firing.incident.plan_sha256,
        "rule": firing.rule,
        "step": firing.step.step,
        "repeat": firing.repeat,
        "expression": "|".join(firing.step.recipients)[:LONGEST_EXPRESSION],
        "recipients": people.plain,
        "unroutable": not people,
        "level": firing.step.level,
        "due_at": firing.scheduled_at,
        "fired_at": firing.at,
        "entry_number": number,
    }


def reminder_of(firing: Firing, calendar: Calendar) -> Arming | None:
    """Return the next reminder, counted from the scheduled time: they neither drift nor end.

    None where a step only informs. Raises BadCalendar.
    """
    if firing.step.obligation == "inform":
        return None
    number = firing.repeat + 1
    wait, told = _wait(number, firing.step.repeats)
    planned = due(firing.scheduled_at, wait, calendar)
    return Arming(
        kind=STEP,
        key=f"{firing.prefix}:{firing.step.step}:{number}",
        subject_id=firing.incident.pk,
        due_at=max(planned, firing.at + shortest_gap(firing.plan)),
        payload={
            "stage": firing.stage,
            "rule": firing.rule,
            "step": firing.step.step,
            "repeat": number,
            "cycle": firing.incident.cycle,
            "stage_due_at": firing.stage_due_at.isoformat(),
        },
        inputs={"after": told, "from": firing.scheduled_at.isoformat()},
    )


@lru_cache(maxsize=512)
def _wait(number: int, texts: tuple[str, ...]) -> tuple[Duration, str]:
    """Return the wait before a reminder, and how it is written down."""
    wait = repeat_after(number, [Duration.parse(text) for text in texts])
    return wait, str(wait)


def _draft(verb: str, incident: Incident, details: dict[str, object]) -> Draft:
    return Draft(
        verb=verb,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details=details,
    )
