"""What governance knows of accepted risks: overdue conditions, and what shows that one is gone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.models import BreachCause, Decision, DecisionCondition
from governance.rules.conditions import SETTLED
from governance.rules.proof_rules import Measured, measured_rule
from governance.selectors.motions import causes_of
from incidents.acceptance_events import Source
from incidents.models import Incident, RiskAcceptance
from incidents.rules.acceptances import Event
from incidents.rules.plan import FrozenPlan
from ledger.rules.worded import worded
from ledger.selectors.at_once import Question, Rows

SHORTENED = 80


def _overdue(rows: Sequence[RiskAcceptance], at: datetime) -> Question:
    """Ask for the conditions of the decisions of some acceptances that were not met in time."""
    of_decisions = DecisionCondition.objects.filter(
        decision_id__in={row.decision_id for row in rows}, due_at__lte=at
    )
    overdue = of_decisions.exclude(state__in=SETTLED).order_by("due_at", "number")
    return overdue.values_list("decision_id", "due_at", "text")


def _told(rows: Sequence[RiskAcceptance], overdue: Rows) -> Mapping[UUID, Sequence[Event]]:
    found: defaultdict[UUID, list[Event]] = defaultdict(list)
    of_decision = {str(row.decision_id): row.pk for row in rows}
    for decision, due_at, text in overdue:
        words = worded("the condition '{text}' is overdue", text=text[:SHORTENED])
        event = Event("condition_overdue", datetime.fromisoformat(due_at), words)
        found[of_decision[decision]].append(event)
    return found


overdue_conditions = Source(_overdue, _told)
"""A decision is in force only while no condition of it is overdue, by the instants (KOM-21)."""


def removal_rules(incident: Incident, plan: FrozenPlan, at: datetime) -> list[dict[str, Any]]:
    """Return the rules by which readings show that a risk is gone: one for each breached series."""
    return [
        measured_rule(_measured(cause), dict(plan.verification)) for cause in causes_of(incident)
    ]


def decisions_of_risks(rows: Sequence[RiskAcceptance]) -> dict[UUID, Decision]:
    """Return the rounds that accepted these risks, by id, with the body that decided."""
    found = Decision.objects.filter(pk__in=[row.decision_id for row in rows])
    return {one.pk: one for one in found.select_related("committee", "proposed_by")}


def _measured(cause: BreachCause) -> Measured:
    series, limits = cause.standing.series, cause.threshold_version
    return Measured(
        series_id=series.pk,
        kpi_id=series.kpi_id,
        words=series.kpi.name,
        direction=limits.direction,
        warning=limits.warning,
        critical=limits.critical,
        recover_warning=limits.recover_warning,
        instant_critical=limits.instant_critical,
        low_side=limits.low_side,
        least_n=limits.least_n,
        window_seconds=series.window_seconds,
        cadence_seconds=series.cadence_seconds or series.window_seconds,
    )


def conditions_of(row: RiskAcceptance, at: datetime) -> list[dict[str, Any]]:
    """Return the conditions of the decision that accepted a risk, and how each stands."""
    found = DecisionCondition.objects.filter(decision_id=row.decision_id)
    return [
        {
            "condition": one,
            "overdue": one.due_at is not None and one.due_at <= at and one.state not in SETTLED,
            "met": one.state in SETTLED,
        }
        for one in found.select_related("owner").order_by("number")
    ]
