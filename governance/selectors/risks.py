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
from incidents.models import Incident, RiskAcceptance
from incidents.rules.acceptances import Event
from incidents.rules.plan import FrozenPlan

SHORTENED = 80


def overdue_conditions(
    rows: Sequence[RiskAcceptance], at: datetime
) -> Mapping[UUID, Sequence[Event]]:
    """Return, for each acceptance, the conditions of its decision that were not met in time.

    The decision is in force only while none is overdue, by the instants (KOM-21).
    """
    found: defaultdict[UUID, list[Event]] = defaultdict(list)
    of_decision = {row.decision_id: row.pk for row in rows}
    overdue = DecisionCondition.objects.filter(decision_id__in=of_decision, due_at__lte=at).exclude(
        state__in=SETTLED
    )
    for one in overdue.order_by("due_at", "number"):
        assert one.due_at is not None
        words = f"the condition '{one.text[:SHORTENED]}' is overdue"
        found[of_decision[one.decision_id]].append(Event("condition_overdue", one.due_at, words))
    return found


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
