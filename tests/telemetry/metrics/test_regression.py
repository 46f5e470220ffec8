"""Errors of numbers and of forecasts are those of scikit-learn (TEL-2)."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from telemetry.rules.metrics import forecasting, regression

NUMBERS = st.floats(-1e5, 1e5).map(lambda x: round(x, 3))
CASES = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30)
FIGURES = [
    regression.mae,
    regression.rmse,
    regression.bias,
    regression.mape,
    regression.r2,
    regression.error_percentile,
    forecasting.forecast_bias,
    forecasting.smape,
    forecasting.wape,
]


def parted(cases: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [a for a, _ in cases], [p for _, p in cases]


@settings(deadline=None)
@given(CASES)
def test_errors_are_those_of_scikit_learn(cases: list[tuple[float, float]]) -> None:
    actual, predicted = parted(cases)

    assert regression.mae(actual, predicted) == pytest.approx(
        metrics.mean_absolute_error(actual, predicted)
    )
    assert regression.rmse(actual, predicted) == pytest.approx(
        metrics.root_mean_squared_error(actual, predicted)
    )
    gap = float(np.mean(np.subtract(predicted, actual)))
    assert regression.bias(actual, predicted) == pytest.approx(gap, abs=1e-9)


@settings(deadline=None)
@given(CASES)
def test_the_explained_share_is_that_of_scikit_learn(cases: list[tuple[float, float]]) -> None:
    actual, predicted = parted(cases)
    assume(len(set(actual)) > 1)

    found = regression.r2(actual, predicted)

    assert found == pytest.approx(metrics.r2_score(actual, predicted), rel=1e-6)


@settings(deadline=None)
@given(CASES)
def test_relative_errors_are_those_of_scikit_learn_without_zeros(
    cases: list[tuple[float, float]],
) -> None:
    actual, predicted = parted([*cases, (0.0, 7.0)])

    found = regression.mape(actual, predicted)

    kept = [(a, p) for a, p in zip(actual, predicted, strict=True) if a]
    if not kept:
        assert found is None
    else:
        assert found is not None
        theirs = metrics.mean_absolute_percentage_error(*parted(kept))
        assert found.value == pytest.approx(theirs)
        assert (found.n, found.excluded) == (len(kept), len(actual) - len(kept))


@settings(deadline=None)
@given(CASES, st.floats(0.01, 0.99))
def test_the_quantile_loss_is_that_of_scikit_learn(
    cases: list[tuple[float, float]], quantile: float
) -> None:
    actual, predicted = parted(cases)

    found = forecasting.pinball(actual, predicted, quantile)

    theirs = metrics.mean_pinball_loss(actual, predicted, alpha=quantile)
    assert found == pytest.approx(theirs, abs=1e-9)


@settings(deadline=None)
@given(CASES)
def test_symmetric_errors_do_not_know_which_side_is_which(
    cases: list[tuple[float, float]],
) -> None:
    actual, predicted = parted(cases)

    there, back = forecasting.smape(actual, predicted), forecasting.smape(predicted, actual)

    assert there == pytest.approx(back)
    assert there is not None
    assert 0 <= there <= 2


def test_a_forecast_that_is_a_tenth_too_high_is_biased_by_a_tenth() -> None:
    actual, predicted = [100.0, 200.0, 300.0], [120.0, 210.0, 330.0]

    assert forecasting.forecast_bias(actual, predicted) == pytest.approx(0.1)
    assert forecasting.wape(actual, predicted) == pytest.approx(0.1)
    assert forecasting.forecast_bias([-1.0, -1.0], [-0.9, -0.9]) == pytest.approx(0.1)


def test_an_interval_holds_its_bounds() -> None:
    actual = [float(one) for one in range(20)]

    found = forecasting.interval_coverage(actual, [0.0] * 20, [14.0] * 20)

    assert found is not None
    assert (found.value, found.n) == (0.75, 20)
    assert found.low is not None
    assert 0.5 < found.low < 0.75


def test_the_error_of_the_worst_twentieth_is_one_that_was_made() -> None:
    actual, predicted = [0.0] * 100, [float(one) for one in range(1, 101)]

    assert regression.error_percentile(actual, predicted) == 95.0


def test_no_cases_are_unknown() -> None:
    assert [figure([], []) for figure in FIGURES] == [None] * len(FIGURES)
    assert forecasting.pinball([], [], 0.5) is None
    assert forecasting.interval_coverage([1.0] * 9, [0.0] * 9, [2.0] * 9) is None


def test_constant_or_zero_actual_values_have_nothing_to_explain_or_relate_to() -> None:
    assert regression.r2([4.0, 4.0, 4.0], [4.0, 4.0, 4.0]) is None
    assert regression.r2([4.0], [4.0]) is None
    assert regression.mape([0.0, 0.0], [1.0, 2.0]) is None
    assert forecasting.forecast_bias([1.0, -1.0], [1.0, 1.0]) is None
    assert forecasting.wape([0.0], [1.0]) is None
    assert forecasting.smape([0.0], [0.0]) == 0


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize(
    ("actual", "predicted"),
    [([1.0], [1.0, 2.0]), ([math.nan], [1.0]), ([1.0], [math.inf])],
)
def test_what_is_no_pair_of_numbers_is_refused(
    figure: object, actual: list[float], predicted: list[float]
) -> None:
    assert callable(figure)
    with pytest.raises(ValueError, match=r"finite|belong"):
        figure(actual, predicted)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: forecasting.pinball([1.0], [1.0], 1.0),
        lambda: forecasting.interval_coverage([1.0], [2.0], [1.0]),
        lambda: forecasting.interval_coverage([1.0], [1.0], [1.0, 2.0]),
    ],
)
def test_what_is_no_interval_is_refused(refused: object) -> None:
    assert callable(refused)
    with pytest.raises(ValueError):
        refused()
