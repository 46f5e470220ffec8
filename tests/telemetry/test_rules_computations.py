"""KPIs from counts."""

from collections.abc import Callable

import pytest

from telemetry.rules.computations import (
    COMPUTATIONS,
    Figure,
    accuracy,
    boundary_violations,
    f1,
    groundedness,
    latency_p95,
    override_rate,
    parity_gap,
    precision,
    recall,
    spend_ratio,
    task_success,
    volume,
)
from telemetry.rules.statistics import Confusion

TABLE = Confusion(true_positive=40, false_positive=10, false_negative=5, true_negative=45)


@pytest.mark.parametrize(
    ("figure", "value", "n"),
    [
        (accuracy(correct=913, labelled=1000), 0.913, 1000),
        (recall(TABLE), 40 / 45, 45),
        (precision(TABLE), 0.8, 50),
        (f1(TABLE), 80 / 95, 100),
        (override_rate(overridden=3, reviewed=60), 0.05, 60),
        (groundedness(grounded=80, judged=100), 0.8, 100),
        (task_success(succeeded=9, finished=12), 0.75, 12),
        (boundary_violations(executed=1, events=1), 1, 1),
        (boundary_violations(executed=0, events=5), 0, 5),
        (spend_ratio(spend=900.0, limit=1000.0, events=4), 0.9, 4),
        (spend_ratio(spend=1200.0, limit=1000.0, events=1), 1.2, 1),
        (volume(events=0), 0, 0),
        (latency_p95([float(number) for number in range(1, 101)]), 95, 100),
    ],
)
def test_a_kpi_is_its_value_and_the_cases_it_rests_on(
    figure: Figure | None, value: float, n: int
) -> None:
    assert figure is not None
    assert figure.value == pytest.approx(value)
    assert figure.n == n


def test_a_rate_comes_with_its_interval() -> None:
    found = accuracy(correct=913, labelled=1000)

    # scipy 1.17.1: binomtest(913, 1000).proportion_ci(method="wilson")
    assert found is not None
    assert found.low == pytest.approx(0.8939135189433065)
    assert found.high == pytest.approx(0.9289255785476249)


def test_a_gap_is_positive_when_the_other_group_gets_less() -> None:
    found = parity_gap(reference_positive=840, reference_n=1000, other_positive=714, other_n=900)

    assert found is not None
    assert found.value == pytest.approx(0.84 - 714 / 900)
    assert found.n == 900
    assert found.low is not None
    assert 0 < found.low < found.value


@pytest.mark.parametrize(
    "compute",
    [
        lambda n: accuracy(correct=n, labelled=n),
        lambda n: recall(Confusion(true_positive=n, true_negative=500)),
        lambda n: precision(Confusion(true_positive=n, true_negative=500)),
        lambda n: f1(Confusion(true_positive=n)),
        lambda n: override_rate(overridden=0, reviewed=n),
        lambda n: parity_gap(reference_positive=5, reference_n=500, other_positive=0, other_n=n),
        lambda n: parity_gap(reference_positive=0, reference_n=n, other_positive=5, other_n=500),
        lambda n: latency_p95([1.0] * n),
        lambda n: groundedness(grounded=n, judged=n),
        lambda n: task_success(succeeded=0, finished=n),
    ],
)
def test_a_group_under_ten_gives_no_figure(compute: Callable[[int], Figure | None]) -> None:
    found = [compute(n) is None for n in (0, 9, 10)]

    assert found == [True, True, False]


@pytest.mark.parametrize(
    "figure",
    [
        boundary_violations(executed=0, events=0),
        spend_ratio(spend=0.0, limit=100.0, events=0),
        spend_ratio(spend=5.0, limit=0.0, events=3),
    ],
)
def test_without_events_or_limit_nothing_is_known(figure: Figure | None) -> None:
    assert figure is None


def test_every_kpi_of_decision_events_has_a_computation() -> None:
    assert set(COMPUTATIONS) == {
        "accuracy",
        "recall",
        "precision",
        "f1",
        "human_override_rate",
        "demographic_parity_difference",
        "latency_p95",
        "groundedness",
        "task_success_full",
        "boundary_violations",
        "spend_ratio",
        "volume",
    }
