"""Conditions of decisions: how each stands, whether the decision is in force, what is not met."""

from datetime import datetime

from django.db.models import QuerySet

from governance.models import Decision, DecisionCondition
from governance.rules.conditions import Standing, in_force
from incidents.models import Incident
from ledger.rules.refusals import Missing
from ledger.rules.worded import worded

State = DecisionCondition.State
UNSETTLED = (State.STANDING, State.SHOWN, State.OVERDUE)


def conditions_of(decision: Decision) -> QuerySet[DecisionCondition]:
    """Return the conditions of an adopted decision, in order."""
    rows = DecisionCondition.objects.filter(decision=decision)
    return rows.select_related("owner", "verifier", "shown_by", "settled_by").order_by("number")


def condition_of(*, decision: Decision, number: int) -> DecisionCondition:
    """Return one condition of a decision. Raises Missing."""
    found = conditions_of(decision).filter(number=number).first()
    if found is None:
        raise Missing("unknown_condition", "The decision has no such condition.")
    return found


def standing_of(row: DecisionCondition) -> Standing:
    """Return a condition as the rules see it."""
    return Standing(row.due_at, row.state)


def is_in_force(decision: Decision, at: datetime) -> bool:
    """Whether a decision is in force: adopted, not replaced, and no condition overdue (KOM-21)."""
    if decision.state != Decision.State.ADOPTED:
        return False
    if decision.superseded_by_rounds.filter(state=Decision.State.ADOPTED).exists():
        return False
    return in_force([standing_of(row) for row in conditions_of(decision)], at)


def against_closing(incident: Incident, at: datetime) -> tuple[str, str] | None:
    """Say which condition of a decision of this cycle is neither met nor moved (T16)."""
    replaced = Decision.objects.filter(
        incident_id=incident.pk, supersedes__isnull=False, state=Decision.State.ADOPTED
    )
    rows = DecisionCondition.objects.filter(
        decision__incident_id=incident.pk, decision__cycle=incident.cycle, state__in=UNSETTLED
    ).exclude(decision_id__in=replaced.values("supersedes_id"))
    first = rows.select_related("decision").order_by("due_at", "number").first()
    if first is None:
        return None
    return (
        "condition_open",
        worded(
            "A condition of motion {number} is neither met nor moved to an obligation: {text}",
            number=first.decision.number,
            text=first.text,
        ),
    )
