"""Error budgets, judged by the sweep over stored readings (KPI-7)."""

import datetime as dt

import pytest

from governance.models import ErrorBudget, MeasuredStanding, Watch
from governance.rules.objectives import BudgetStated, BurnStated
from governance.rules.stated import Stated
from governance.services.budgets import judge_budgets
from governance.services.objectives import approve_objective, draft_error_budget
from incidents.models import Incident
from tests.registry.factories import call
from tests.telemetry.factory import AT, START, measured, row, take, threshold

MINUTES = dt.timedelta(minutes=5)
NEXT = AT + dt.timedelta(hours=1)
HOURLY = (
    BurnStated("warning", 21600, 1800, 6.0),
    BurnStated("critical", 3600, 300, 14.4),
)

LATENCY = Stated(direction="above", warning=2000.0, critical=4000.0)


def minutes(system, values, *, first=0, **changes):
    """Readings of five minutes one after the other."""
    return [
        row(
            system,
            value,
            window="5m",
            window_end=(START + (first + place) * MINUTES).isoformat(),
            **changes,
        )
        for place, value in enumerate(values)
    ]


def budget(system, *, kpi="accuracy", at=START, **stated):
    """A budget of 1 % failures in force."""
    drafted = call(
        draft_error_budget,
        system_id=system.pk,
        kpi_id=kpi,
        stated=BudgetStated(**({"objective": 0.99, "pairs": HOURLY} | stated)),
        author_id=system.owner_id,
        at=at,
    )
    return call(
        approve_objective,
        kind=ErrorBudget,
        version_id=drafted.pk,
        approver_id=system.deputy_id,
        at=at,
    )


def standing():
    """The only standing over many readings."""
    return MeasuredStanding.objects.select_related("look").get(kind="budget")


@pytest.fixture
def system(db):
    """A live system at high tier; its threshold carries what is opened."""
    made = measured(risk_tier="high")
    budget(made)
    return made


def test_burning_in_both_windows_opens_an_incident(system):
    take(minutes(system, [1.0] * 60 + [0.8] * 12))

    judge_budgets(AT)

    incident = Incident.objects.get(kind="budget")
    assert (standing().state, incident.severity) == ("CRITICAL", "major")
    assert incident.title == "The error budget of Accuracy runs out"
    assert "20.0 times too fast over the long window" in incident.summary


def test_burning_in_one_window_only_opens_none(system):
    take(minutes(system, [1.0] * 71 + [0.7]))

    judge_budgets(AT)

    assert not Incident.objects.filter(kind="budget").exists()


def test_spending_the_budget_opens_an_incident_without_any_burst(db):
    system = measured(risk_tier="low")
    budget(system, pairs=())
    take([row(system, 0.985, day=day) for day in range(30)])

    judge_budgets(AT)

    incident = Incident.objects.get(kind="budget")
    assert (standing().state, incident.severity) == ("CRITICAL", "minor")
    assert "150 % of the error budget" in incident.summary


def test_three_quarters_of_it_are_a_watch_at_low_tier(db):
    system = measured(risk_tier="low")
    budget(system, pairs=())
    take([row(system, 0.992, day=day) for day in range(30)])

    judge_budgets(AT)

    assert Watch.objects.get().kind == "budget"
    assert not Incident.objects.filter(kind="budget").exists()


def test_recovery_is_told_and_closes_nothing(system):
    take(minutes(system, [1.0] * 60 + [0.8] * 12))
    judge_budgets(AT)

    take(minutes(system, [1.0] * 100, first=72), at=NEXT)
    judge_budgets(NEXT)

    incident = Incident.objects.get(kind="budget")
    assert standing().state == "OK"
    assert (incident.closed_at, incident.causes.get().recovered_at) == (None, NEXT)


def test_a_burst_that_is_over_before_the_sweep_is_not_missed(system):
    take(minutes(system, [1.0] * 60 + [0.8] * 12 + [1.0] * 100))

    judge_budgets(AT)

    incident = Incident.objects.get(kind="budget")
    assert standing().state == "OK"
    assert incident.causes.get().recovered_at == AT


def test_too_few_windows_are_unknown(system):
    take(minutes(system, [1.0] * 5))

    judge_budgets(AT)

    assert standing().state == "NO_DATA"


def test_bad_readings_are_unknown_and_hold_what_stood(system):
    take(minutes(system, [1.0] * 60 + [0.8] * 12))
    judge_budgets(AT)

    take(minutes(system, [None, None], first=72), at=NEXT)
    judge_budgets(NEXT)

    assert standing().state == "NO_DATA"
    assert Incident.objects.get(kind="budget").causes.get().recovered_at is None


def test_late_and_permuted_readings_end_in_the_same_state(db):
    values = [1.0] * 60 + [0.8] * 8 + [1.0] * 20
    ends = []
    for order in (range(88), [*range(0, 88, 2), *range(87, 0, -2)]):
        system = measured(risk_tier="high")
        budget(system)
        readings = minutes(system, values)
        for place, start in enumerate(range(0, 88, 22)):
            at = AT + place * dt.timedelta(minutes=10)
            take([readings[one] for one in order[start : start + 22]], at=at)
            judge_budgets(at)
        found = MeasuredStanding.objects.select_related("look").get(series__system=system)
        ends.append((found.state, found.look.figures, found.look.fired))

    assert ends[0] == ends[1]


def test_a_budget_that_was_ended_says_so(system):
    take(minutes(system, [0.5] * 80))
    budget(system, enabled=False, at=AT)

    judge_budgets(NEXT)

    assert (standing().state, standing().why) == ("NO_DATA", "the budget has been ended")


def test_the_series_with_the_shortest_windows_is_judged(system):
    take([row(system, 1.0, day=day) for day in range(20)])
    take(minutes(system, [1.0] * 80), at=NEXT)

    judge_budgets(NEXT)

    assert standing().series.window_seconds == 300


def test_windows_beyond_a_limit_fail(db):
    system = measured(stated=None, risk_tier="high")
    threshold(system, kpi="latency_p95", stated=LATENCY)
    budget(system, kpi="latency_p95", objective=0.9, failure_limit=1200.0, pairs=())
    readings = [800.0] * 20 + [1500.0] * 10

    take([row(system, one, kpi="latency_p95", day=day) for day, one in enumerate(readings)])
    judge_budgets(AT)

    assert standing().look.figures["failed"] == pytest.approx(10)
    assert standing().state == "CRITICAL"
