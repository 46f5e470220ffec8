"""Percentiles from values and from histograms that add up (TEL-2)."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.rules.metrics.percentiles import (
    ERROR_BOUND,
    Histogram,
    bucket,
    histogram_of,
    middle,
    percentile,
)
from telemetry.rules.statistics import nearest_rank

VALUES = st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e12)), min_size=1, max_size=60)
SHARES = st.sampled_from([0.01, 0.5, 0.9, 0.95, 0.99, 1.0])


@settings(deadline=None)
@given(VALUES, SHARES)
def test_a_histogram_is_never_further_off_than_it_says(values: list[float], share: float) -> None:
    found = histogram_of(values).percentile(share)

    exact = nearest_rank(values, share)
    assert found is not None
    assert abs(found - exact) <= ERROR_BOUND * exact * (1 + 1e-12)


@settings(deadline=None)
@given(VALUES, VALUES, VALUES)
def test_histograms_add_up_in_any_order(
    one: list[float], two: list[float], three: list[float]
) -> None:
    a, b, c = histogram_of(one), histogram_of(two), histogram_of(three)

    added = a.plus(b).plus(c)

    assert added == histogram_of([*three, *one, *two])
    assert added == c.plus(b.plus(a))
    assert added.total == len(one) + len(two) + len(three)
    assert a.plus(Histogram()) == a


@settings(deadline=None)
@given(st.floats(5e-324, 1e308), st.floats(5e-324, 1e308))
def test_buckets_rise_with_their_values(one: float, other: float) -> None:
    low, high = sorted([one, other])

    assert bucket(low) <= bucket(high)


@settings(deadline=None)
@given(st.integers(-1000, 1000), st.integers(0, 63))
def test_the_middle_of_a_bucket_lies_in_it(exponent: int, step: int) -> None:
    place = exponent * 64 + step

    assert bucket(middle(place)) == place


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=10, max_size=80), SHARES)
def test_an_exact_percentile_was_seen_and_is_that_of_numpy(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)

    assert found is not None
    assert found.value == np.quantile(values, share, method="inverted_cdf")
    assert found.value in values
    if found.low is not None and found.high is not None:
        assert found.low <= found.value <= found.high


@pytest.mark.full
@pytest.mark.parametrize(("share", "n"), [(0.5, 60), (0.95, 400), (0.99, 1500)])
def test_bounds_hold_the_true_percentile_in_nineteen_of_twenty(share: float, n: int) -> None:
    draw = np.random.default_rng(13)
    truth = -math.log(1 - share)
    held = 0
    for _ in range(600):
        found = percentile(draw.exponential(1.0, n).tolist(), share)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high

    assert 0.93 <= held / 600 <= 0.995


def test_bounds_of_a_median_of_a_hundred_are_the_40th_and_the_61st() -> None:
    found = percentile([float(one) for one in range(1, 101)], 0.5)

    assert found is not None
    assert (found.low, found.value, found.high) == (40.0, 50.0, 61.0)


def test_a_small_sample_has_no_bounds_and_a_tiny_one_no_figure() -> None:
    few = percentile([float(one) for one in range(12)], 0.99)

    assert few is not None
    assert (few.value, few.low, few.high) == (11.0, None, None)
    assert percentile([1.0] * 9, 0.5) is None
    assert Histogram().percentile(0.5) is None


def test_a_constant_series_has_one_percentile() -> None:
    found = percentile([250.0] * 100, 0.5)

    assert found is not None
    assert (found.low, found.value, found.high) == (250.0, 250.0, 250.0)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: histogram_of([-1.0]),
        lambda: histogram_of([math.nan]),
        lambda: histogram_of([math.inf]),
        lambda: percentile([math.nan] * 10, 0.5),
        lambda: percentile([1.0] * 10, 0.0),
        lambda: histogram_of([1.0]).percentile(1.5),
    ],
)
def test_what_has_no_percentile_is_refused(refused: Callable[[], object]) -> None:
    with pytest.raises(ValueError):
        refused()
