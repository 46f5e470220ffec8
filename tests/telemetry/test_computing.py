"""KPIs computed from decision events say what the formulas say; deliverable 2, KPI-8, TEL-2, TEL-7.

The formulas themselves are held against scikit-learn and scipy in their own tests; here the way
from stored events to a reading is held against the formulas.
"""

import datetime as dt
import math
import random

import pytest

from governance.services.intake import judge_ended_windows
from ledger.context import acting_as
from ledger.rules.actors import machine
from telemetry.models import Measurement, OpenWindow, Series
from telemetry.rules.events import FIGURES, figure_of
from telemetry.rules.exact import EXACT, Terms, exact_of
from telemetry.rules.metrics import (
    calibration,
    classification,
    fairness,
    forecasting,
    language,
    percentiles,
    ranking,
    regression,
)
from telemetry.rules.metrics.agents import cost_per_decision
from telemetry.rules.metrics.fairness import Part
from telemetry.rules.tallies import MEASURES, WHOLE_NUMBERS, Counts
from telemetry.selectors.told import AMOUNTS, CONDITIONS
from tests.telemetry.factory import AT, START, computed, event, measured, take_events

MIDNIGHT = START.replace(hour=0)
MINUTE = dt.timedelta(minutes=1)
SWEEP = machine("sweep")
CHANCE = random.Random(5)  # noqa: S311  cases, no secrets
N = 40
SCORES = [round(CHANCE.random(), 2) for _ in range(N)]
TRUTHS = ["ab"[CHANCE.random() < score] for score in SCORES]
ANSWERS = ["ab"[score > 0.5] for score in SCORES]
ACTUAL = [CHANCE.uniform(-5, 5) for _ in range(N)]
PREDICTED = [actual + CHANCE.gauss(0, 1) for actual in ACTUAL]
LABELS = [truth == "b" for truth in TRUTHS]


def sent(system, **columns):
    """Send one event a case with the values of these columns."""
    cases = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    take_events([event(system, n, at=MIDNIGHT + n * MINUTE, **one) for n, one in enumerate(cases)])


def figure(kpi, *, segment=""):
    """The newest value of a computed KPI."""
    rows = Measurement.objects.filter(series__kpi_id=kpi, series__segment=segment)
    return rows.order_by("window_end", "revision").last()


def value_of(kpi, **where):
    """Its value alone."""
    return figure(kpi, **where).value


@pytest.mark.django_db
def test_scores_and_answers_give_the_figures_of_a_classification():
    system = measured(stated=None)
    for kpi in ("roc_auc", "pr_auc", "brier_score", "log_loss"):
        computed(system, kpi, positive="b")
    computed(system, "calibration_error")
    computed(system, "balanced_accuracy")

    sent(system, score=SCORES, confidence=SCORES, truth=TRUTHS, answer=ANSWERS)

    right = [answer == truth for answer, truth in zip(ANSWERS, TRUTHS, strict=True)]
    table = classification.confusion_of(zip(TRUTHS, ANSWERS, strict=True))
    assert value_of("roc_auc") == classification.roc_auc(SCORES, LABELS)
    assert value_of("pr_auc") == classification.pr_auc(SCORES, LABELS)
    assert value_of("brier_score") == calibration.brier(SCORES, LABELS)
    assert value_of("log_loss") == calibration.log_loss(SCORES, LABELS)
    assert value_of("calibration_error") == calibration.ece(SCORES, right)
    assert value_of("balanced_accuracy") == classification.balanced_accuracy(table)


@pytest.mark.django_db
def test_the_scores_of_all_classes_serve_where_there_is_no_score():
    system = measured(stated=None)
    computed(system, "roc_auc", positive="b")

    sent(system, scores=[{"b": one, "a": 1 - one} for one in SCORES], truth=TRUTHS)

    assert value_of("roc_auc") == classification.roc_auc(SCORES, LABELS)


@pytest.mark.django_db
def test_numbers_give_the_figures_of_a_regression_and_of_a_forecast():
    system = measured(stated=None)
    kpis = {
        "mae": regression.mae(ACTUAL, PREDICTED),
        "rmse": regression.rmse(ACTUAL, PREDICTED),
        "mape": regression.mape(ACTUAL, PREDICTED).value,
        "r_squared": regression.r2(ACTUAL, PREDICTED),
        "error_p95": regression.error_percentile(ACTUAL, PREDICTED),
        "forecast_bias": forecasting.forecast_bias(ACTUAL, PREDICTED),
        "smape": forecasting.smape(ACTUAL, PREDICTED),
        "interval_coverage": forecasting.interval_coverage(
            ACTUAL, [one - 1 for one in PREDICTED], [one + 1 for one in PREDICTED]
        ).value,
        "interval_width": 2.0,
    }
    for kpi in kpis:
        computed(system, kpi)

    sent(
        system, predicted=PREDICTED, actual=ACTUAL, predicted_low=[one - 1 for one in PREDICTED],
        predicted_high=[one + 1 for one in PREDICTED],
    )  # fmt: skip

    assert {kpi: value_of(kpi) for kpi in kpis} == pytest.approx(kpis, rel=1e-12)


@pytest.mark.django_db
def test_rankings_are_held_against_what_was_relevant_shown_or_not():
    system = measured(stated=None)
    computed(system, "ndcg_at_k", limit=3)
    computed(system, "mrr")
    computed(system, "mean_average_precision")
    shown = [CHANCE.sample("abcde", 4) for _ in range(N)]
    relevant = [CHANCE.sample("abcde", n % 3) for n in range(N)]

    sent(system, ranking=shown, relevant=relevant)

    pairs = [(list(s), set(r)) for s, r in zip(shown, relevant, strict=True) if r]
    gains = [[float(item in r) for item in s] + [1.0] * len(r - set(s)) for s, r in pairs]
    firsts = [next((n for n, item in enumerate(s, 1) if item in r), None) for s, r in pairs]
    assert value_of("ndcg_at_k") == ranking.ndcg_at_k(gains, 3)
    assert value_of("mrr") == ranking.mrr_of_places(firsts)
    assert 0 < value_of("mean_average_precision") < 1
    assert figure("mrr").n == len(pairs)


@pytest.mark.django_db
def test_latency_percentiles_are_exact():
    system = measured(stated=None)
    for kpi in ("latency_p50", "latency_p95", "latency_p99"):
        computed(system, kpi)
    latencies = [CHANCE.lognormvariate(4, 1) for _ in range(N)]

    sent(system, latency_ms=latencies)

    for kpi, rank in (("latency_p50", 0.5), ("latency_p95", 0.95), ("latency_p99", 0.99)):
        assert value_of(kpi) == percentiles.percentile(latencies, rank).value


@pytest.mark.django_db
def test_questions_of_a_canary_set_are_no_decisions():
    system = measured(stated=None)
    computed(system, "decision_volume")

    sent(system, answer=["a"] * N, canary=["set-1"] * 10 + [None] * (N - 10))

    assert figure("decision_volume").value == N - 10


@pytest.mark.django_db
def test_cost_has_an_interval_and_loses_no_digit():
    system = measured(stated=None)
    computed(system, "cost_per_prediction")
    costs = [1e9 + CHANCE.random() for _ in range(N)]

    sent(system, cost=costs)

    wanted, found = cost_per_decision(costs), figure("cost_per_prediction")
    assert (found.value, found.low, found.high) == pytest.approx(
        (wanted.value, wanted.low, wanted.high), rel=1e-12
    )


@pytest.mark.django_db
def test_fairness_gaps_against_a_reference_and_the_widest_of_all():
    system = measured(stated=None)
    gaps = ("equal_opportunity_difference", "equalized_odds_difference", "disparate_impact_ratio")
    for kpi in gaps:
        computed(system, kpi, attribute="age", reference="old", positive="b")
    computed(system, "demographic_parity_difference", attribute="age", positive="b")
    ages = [["old", "young", "old", "young"][n % 4] for n in range(N)]

    sent(system, answer=ANSWERS, truth=TRUTHS, segment=[{"age": age} for age in ages])

    groups = {
        age: Part(
            sum(a == "b" for a, g in zip(ANSWERS, ages, strict=True) if g == age), ages.count(age)
        )
        for age in ("old", "young")
    }
    widest = fairness.parity_difference(groups)
    found = figure("demographic_parity_difference")
    assert (found.value, found.low, found.high, found.n) == (*widest[2:5], widest.n)
    ratio, low, high = fairness.katz(groups["young"], groups["old"])
    impact = figure("disparate_impact_ratio", segment="age=young")
    assert (impact.value, impact.low, impact.high) == (ratio, low, high)


@pytest.mark.django_db
def test_a_group_under_ten_has_no_series_of_any_kpi():
    system = measured(stated=None)
    for kpi in ("accuracy", "latency_p95", "rework_time", "response_consistency"):
        computed(system, kpi, attribute="age")
    computed(system, "demographic_parity_difference", attribute="age", positive="b")
    ages = ["old"] * 31 + ["young"] * 9

    sent(
        system, answer=ANSWERS, truth=TRUTHS, latency_ms=[1.0] * N, corrected_seconds=[1.0] * N,
        input_sha256=["a" * 64] * N, segment=[{"age": age} for age in ages],
    )  # fmt: skip

    segments = set(Series.objects.values_list("segment", flat=True))
    assert segments == {"", "age=old"}


@pytest.mark.django_db
def test_tools_are_counted_together_and_each_by_itself():
    system = measured(stated=None, kind="agent")
    computed(system, "tool_call_success_rate")
    computed(system, "timeout_rate", attribute="tool")
    calls = [
        [
            {"tool": "pay", "outcome": "ok", "duration_ms": 12},
            {"tool": "find", "outcome": "failed", "error": "timeout"}
            if n % 4 == 0
            else {"tool": "find", "outcome": "success"},
        ]
        for n in range(N)
    ]

    sent(system, tool_calls=calls)

    assert (value_of("tool_call_success_rate"), figure("tool_call_success_rate").n) == (0.875, 80)
    assert value_of("timeout_rate", segment="tool=find") == 0.25
    assert value_of("timeout_rate", segment="tool=pay") == 0.0
    assert value_of("timeout_rate") == 0.125


@pytest.mark.django_db
def test_the_same_question_asked_again_shows_how_consistent_answers_are():
    system = measured(stated=None)
    computed(system, "response_consistency")
    digests = [f"{n % 8:064x}" for n in range(N)]

    sent(system, input_sha256=digests, answer=ANSWERS)

    by_question = [ANSWERS[n::8] for n in range(8)]
    assert value_of("response_consistency") == pytest.approx(language.consistency(by_question))


@pytest.mark.django_db
def test_what_agents_do_is_counted():
    system = measured(stated=None, kind="agent")
    kpis = {
        "task_success_full": 0.5, "task_success_partial": 0.25, "task_failure": 0.25,
        "near_misses": 10.0, "approval_rate": 0.75, "intervention_rate": 0.25,
        "boundary_violations": 10.0, "boundary_attempts_blocked": 10.0,
        "refusal_rate": 0.25, "hallucination_rate": 0.5, "tokens_per_response": 15.0,
        "skip_rate": 0.5, "format_compliance": 0.75,
    }  # fmt: skip
    for kpi in kpis:
        computed(system, kpi)

    sent(
        system,
        outcome=[["success", "partial", "failure", "success"][n % 4] for n in range(N)],
        near_miss=[n % 4 == 0 for n in range(N)],
        approvals=[[{"what": "pay", "granted": n % 4 > 0, "by": "owner"}] for n in range(N)],
        boundary_violation=[n % 2 == 0 for n in range(N)],
        blocked=[n % 4 == 0 for n in range(N)],
        refused=[n % 4 == 0 for n in range(N)],
        hallucinated=[n % 2 == 0 for n in range(N)],
        tokens_out=[10 + 10 * (n % 2) for n in range(N)],
        skipped=[n % 2 == 0 for n in range(N)],
        format_ok=[n % 4 > 0 for n in range(N)],
    )

    assert {kpi: value_of(kpi) for kpi in kpis} == kpis


@pytest.mark.django_db
def test_an_exact_figure_of_a_long_window_waits_for_the_sweep():
    system = measured(stated=None)
    computed(system, "latency_p95", window=7 * 86400)

    sent(system, latency_ms=[float(n) for n in range(N)])
    noted = OpenWindow.objects.count()
    before = Measurement.objects.count()
    with acting_as(SWEEP):
        judge_ended_windows(AT)

    assert (noted, before) == (1, 0)
    assert value_of("latency_p95") == 37.0
    assert not OpenWindow.objects.exists()


@pytest.mark.django_db
def test_a_sum_beyond_all_numbers_is_not_known():
    system = measured(stated=None)
    computed(system, "cost_per_prediction")
    computed(system, "budget_consumption", limit=0.5)

    sent(system, cost=[1e308] * N, spend=[1e308] * N)

    assert figure("cost_per_prediction").value == 1e308
    assert figure("budget_consumption") is None


@pytest.mark.parametrize("kpi", sorted(FIGURES.keys() - {"decision_volume"}))
def test_no_figure_is_made_of_no_events(kpi):
    assert figure_of(kpi, Counts(), 1.0) is None


@pytest.mark.parametrize("kpi", sorted(EXACT))
def test_no_figure_is_made_of_no_cases(kpi):
    assert exact_of(kpi, [[], []], Terms()) is None


def test_every_sum_is_said_once_in_sql():
    assert set(MEASURES) == CONDITIONS.keys() | AMOUNTS.keys()
    assert not CONDITIONS.keys() & AMOUNTS.keys()
    assert MEASURES[WHOLE_NUMBERS] == "spend"


def test_a_constant_truth_explains_nothing():
    counts = Counts(measured=10, actual=10, actual_squared=10, squared_error=1)

    found = figure_of("r_squared", counts, None)

    assert found is None
    assert math.isclose(figure_of("rmse", counts, None).value, math.sqrt(0.1))
