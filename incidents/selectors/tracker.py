"""The stage tracker: owner, compliance, committee, action, proof; who, until when, met when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.models import Incident, Transition
from incidents.rules.plan import FrozenPlan, from_text, stage_time
from incidents.rules.transitions import (
    CANCELLED,
    CLOSED,
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    RISK_ACCEPTED,
    VALIDATION,
    VERIFICATION,
)
from incidents.rules.words import in_words, punctual
from incidents.selectors.proofs import actions_of, windows_of
from incidents.selectors.reviews import both_lines, standing_reviews
from ledger.rules.worded import term, worded

DECIDING = ("adopt", "keep_running", "accept_risk")
ORDER = {
    OPEN: 0,
    INVESTIGATING: 0,
    VALIDATION: 1,
    DECISION: 2,
    EXECUTION: 3,
    RISK_ACCEPTED: 3,
    VERIFICATION: 4,
    CLOSED: 5,
    CANCELLED: 5,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage as the tracker draws it; `state` is done, current, overdue or todo."""

    name: str
    state: str
    people: tuple[str, ...] = ()
    due: datetime | None = None
    met: datetime | None = None
    note: str = ""


def stage_tracker(incident: Incident, at: datetime) -> list[Stage]:
    """Return the five stages of the present cycle. Four queries."""
    plan = from_text(incident.plan)
    rows = list(
        Transition.objects.filter(incident_id=incident.pk, cycle=incident.cycle).order_by("version")
    )
    parts: Sequence[tuple[str, Callable[..., tuple[str, ...]], str, str]] = (
        ("Owner", _owner, VALIDATION, "findings"),
        ("Compliance", _compliance, DECISION, "validation"),
        ("Committee", _committee, EXECUTION, "decision"),
        ("Action", _action, VERIFICATION, "execution"),
        ("Verified", _verified, CLOSED, "verification"),
    )
    return [
        _stage(
            incident,
            index,
            name,
            people(incident, plan, rows),
            _left(rows, reached),
            _to_come(plan, incident, stage),
            at,
        )
        for index, (name, people, reached, stage) in enumerate(parts)
    ]


def _stage(
    incident: Incident,
    index: int,
    name: str,
    people: tuple[str, ...],
    left: Transition | None,
    to_come: str,
    at: datetime,
) -> Stage:
    reached = ORDER.get(incident.state, 2)
    if incident.state == CANCELLED and left is None:
        return Stage(name, "todo", people, note=to_come)
    if index < reached:
        return Stage(name, "done", people, met=left.at if left else None, note=_met(left))
    if index > reached:
        return Stage(name, "todo", people, note=to_come)
    due = incident.stage_due_at
    overdue = due is not None and due < at
    return Stage(name, "overdue" if overdue else "current", people, due=due)


def _left(rows: Sequence[Transition], reached: str) -> Transition | None:
    """The last transition by which a stage was left for the next one or a later one."""
    wanted = ORDER[reached]
    found = [
        row
        for row in rows
        if row.from_state
        and row.to_state != CANCELLED
        and ORDER.get(row.from_state, 0) < wanted <= ORDER.get(row.to_state, 0)
    ]
    return found[-1] if found else None


def _met(left: Transition | None) -> str:
    due = left.payload.get("stage_due_at") if left else None
    if left is None or not due:
        return ""
    return punctual(left.at - datetime.fromisoformat(due))


def _to_come(plan: FrozenPlan, incident: Incident, stage: str) -> str:
    duration = stage_time(plan, severity=incident.severity, stage=stage)
    return in_words(duration) if duration else ""


def _owner(incident: Incident, plan: FrozenPlan, rows: Sequence[Transition]) -> tuple[str, ...]:
    return (incident.owner.name,)


def _compliance(
    incident: Incident, plan: FrozenPlan, rows: Sequence[Transition]
) -> tuple[str, ...]:
    reviews = standing_reviews(incident)
    signed = [
        worded("{line}: {name}, signed", line=term(one.line.capitalize()), name=one.validator.name)
        for one in reviews
    ]
    lines = {one.line for one in reviews}
    if both_lines(incident, plan):
        signed += [term(line.capitalize()) for line in ("compliance", "risk") if line not in lines]
    return tuple(signed) or ("Compliance or risk",)


def _committee(incident: Incident, plan: FrozenPlan, rows: Sequence[Transition]) -> tuple[str, ...]:
    titles = [row.reason for row in rows if row.command in DECIDING]
    return tuple(titles[-1:])


def _action(incident: Incident, plan: FrozenPlan, rows: Sequence[Transition]) -> tuple[str, ...]:
    return tuple(f"{one.words} ({one.executor.name})" for one in actions_of(incident))


def _verified(incident: Incident, plan: FrozenPlan, rows: Sequence[Transition]) -> tuple[str, ...]:
    closing = [row.person_name for row in rows if row.to_state == CLOSED]
    return tuple(closing) or tuple(one.forecast for one in windows_of(incident) if one.forecast)
