"""Before and after with intervals, against scipy (KPI-6)."""

import math
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from telemetry.rules.metrics.comparison import (
    Change,
    Sample,
    difference_in_differences,
    means,
    proportions,
    relative,
    sample_of,
    welch,
)

VALUES = st.lists(st.integers(-500, 500).map(float), min_size=2, max_size=30)


# The first three worked examples of Newcombe (1998), method 10; after is the first group there.
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 20), 0.6791, 1.0),
    ],
)
def test_a_change_of_shares_is_that_of_newcombe(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    after, after_n, before, before_n = counts

    found = proportions(before=before, before_n=before_n, after=after, after_n=after_n)

    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert found.n == min(after_n, before_n)


@settings(deadline=None)
@given(VALUES, VALUES)
def test_a_change_of_means_is_that_of_scipy(before: list[float], after: list[float]) -> None:
    found = means(before, after)

    assert found is not None
    assert found.value == pytest.approx(fmean(after) - fmean(before), abs=1e-9)
    if len(set(before)) > 1 and len(set(after)) > 1:
        gap = stats.ttest_ind(after, before, equal_var=False).confidence_interval()
        assert (found.low, found.high) == pytest.approx((gap.low, gap.high), rel=1e-6, abs=1e-6)


def test_two_constant_series_differ_for_sure() -> None:
    found = means([1.0, 1.0, 1.0], [2.0, 2.0])

    assert found == Change(1.0, 1.0, 1.0, 2)


def test_a_change_of_two_groups_has_the_error_of_both() -> None:
    draw = np.random.default_rng(4)
    four = [draw.normal(mean, 1.0, 2000) for mean in (10.0, 13.0, 10.0, 11.0)]

    found = difference_in_differences(
        _known(means(four[0].tolist(), four[1].tolist())),
        _known(means(four[2].tolist(), four[3].tolist())),
    )

    expected = four[1].mean() - four[0].mean() - four[3].mean() + four[2].mean()
    error = math.sqrt(sum(float(one.var(ddof=1)) / 2000 for one in four))
    assert found.value == pytest.approx(expected)
    assert found.high - found.value == pytest.approx(1.96 * error, rel=2e-3)
    assert found.value - found.low == pytest.approx(1.96 * error, rel=2e-3)


@settings(deadline=None)
@given(VALUES, VALUES, VALUES, VALUES)
def test_a_control_group_that_moved_alike_takes_the_change_away(
    one: list[float], two: list[float], three: list[float], four: list[float]
) -> None:
    treated, control = _known(means(one, two)), _known(means(three, four))

    found = difference_in_differences(treated, control)

    assert found.low <= found.value <= found.high
    alike = difference_in_differences(treated, treated)
    assert alike.low <= 0 <= alike.high
    back = difference_in_differences(control, treated)
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))


def test_skew_intervals_stay_skew_in_a_difference_of_differences() -> None:
    treated, control = Change(0.10, 0.02, 0.20, 50), Change(0.05, -0.05, 0.07, 40)

    found = difference_in_differences(treated, control)

    assert (found.value, found.n) == (pytest.approx(0.05), 40)
    assert found.low == pytest.approx(0.05 - math.hypot(0.08, 0.02))
    assert found.high == pytest.approx(0.05 + math.hypot(0.10, 0.10))


@pytest.mark.full
@pytest.mark.parametrize("shares", [(0.9, 0.85), (0.5, 0.5), (0.05, 0.02)])
def test_newcombe_holds_the_true_change_in_nineteen_of_twenty(
    shares: tuple[float, float],
) -> None:
    draw = np.random.default_rng(9)
    counts = zip(
        draw.binomial(200, shares[0], 2000), draw.binomial(150, shares[1], 2000), strict=True
    )
    found = [
        _known(proportions(before=int(a), before_n=200, after=int(b), after_n=150))
        for a, b in counts
    ]

    held = sum(one.low <= shares[1] - shares[0] <= one.high for one in found)

    # It holds a little more than it says where shares are near 0 or 1.
    assert 0.935 <= held / len(found) <= 0.985


@pytest.mark.full
def test_a_control_group_of_shares_holds_the_true_change_in_nineteen_of_twenty() -> None:
    draw = np.random.default_rng(10)
    rates = (0.80, 0.88, 0.70, 0.73)
    held = 0
    for _ in range(2000):
        a, b, c, d = (int(draw.binomial(250, rate)) for rate in rates)
        found = difference_in_differences(
            _known(proportions(before=a, before_n=250, after=b, after_n=250)),
            _known(proportions(before=c, before_n=250, after=d, after_n=250)),
        )
        held += found.low <= 0.05 <= found.high

    assert held / 2000 == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    ("change", "better", "verdict"),
    [
        (Change(0.1, 0.02, 0.2, 50), "higher", "improved"),
        (Change(0.1, 0.02, 0.2, 50), "lower", "worse"),
        (Change(-0.1, -0.2, -0.02, 50), "lower", "improved"),
        (Change(-0.1, -0.2, -0.02, 50), "higher", "worse"),
        (Change(0.1, -0.02, 0.2, 50), "higher", "unclear"),
        (Change(0.1, 0.0, 0.2, 50), "higher", "unclear"),
    ],
)
def test_improved_is_said_only_when_the_interval_says_so(
    change: Change, better: str, verdict: str
) -> None:
    assert change.verdict(better) == verdict  # type: ignore[arg-type]


def test_a_relative_change_needs_something_before() -> None:
    change = Change(-0.2, -0.3, -0.1, 20)

    assert relative(change, 0.8) == pytest.approx(-0.25)
    assert relative(change, 0.0) is None


def test_too_few_say_nothing() -> None:
    assert proportions(before=5, before_n=9, after=50, after_n=100) is None
    assert means([1.0], [1.0, 2.0]) is None
    assert means([1.0, 2.0], []) is None
    assert sample_of([]) is None


@pytest.mark.parametrize(
    "refused",
    [
        lambda: proportions(before=11, before_n=10, after=1, after_n=10),
        lambda: proportions(before=-1, before_n=10, after=1, after_n=10),
        lambda: means([1.0, math.nan], [1.0, 2.0]),
        lambda: welch(Sample(1, 0.0, 0.0), Sample(5, 0.0, 1.0)),
        lambda: welch(Sample(5, 0.0, -1.0), Sample(5, 0.0, 1.0)),
    ],
)
def test_what_is_no_sample_is_refused(refused: object) -> None:
    assert callable(refused)
    with pytest.raises(ValueError):
        refused()


def _known(change: Change | None) -> Change:
    assert change is not None
    return change
