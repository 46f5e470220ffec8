"""Control charts and lines against scipy (KPI-5)."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import signal, stats

from telemetry.rules.metrics.trends import (
    cusum,
    ewma,
    ewma_chart,
    forecast_crossing,
    least_squares,
    moving_range_sigma,
    theil_sen,
)

WEEK = 7 * 86400.0
POINTS = st.lists(
    st.tuples(st.integers(-50, 50).map(float), st.integers(0, 60).map(float)),
    min_size=3,
    max_size=25,
)
APART = st.lists(
    st.tuples(st.integers(-50, 50).map(float), st.integers(0, 60).map(float)),
    min_size=4,
    max_size=25,
    unique_by=lambda point: point[1],
)


def sliding(weeks: int, by: float, *, start: float = 0.95, noise: float = 0.0015) -> list[float]:
    draw = Random(5)
    return [start - by * week + draw.gauss(0, noise) for week in range(weeks)]


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0.01, 1))
def test_smoothing_is_the_filter_of_scipy(values: list[float], weight: float) -> None:
    found = ewma(values, weight=weight, start=0.0)

    theirs = signal.lfilter([weight], [1, -(1 - weight)], values)
    assert found == pytest.approx(list(theirs), rel=1e-9, abs=1e-6)


def test_smoothing_begins_at_the_first_value() -> None:
    assert ewma([4.0, 4.0, 8.0], weight=0.25) == [4.0, 4.0, 5.0]


def test_the_limits_are_three_standard_deviations_of_the_smoothed_value() -> None:
    weight, sigma = 0.3, 2.0

    found = ewma_chart([50.0] * 12, target=50.0, sigma=sigma, weight=weight)

    assert found is not None
    for place, (low, high) in enumerate(zip(found.lower, found.upper, strict=True)):
        weights = [weight * (1 - weight) ** step for step in range(place + 1)]
        half = 3 * sigma * math.hypot(*weights)
        assert (low, high) == pytest.approx((50 - half, 50 + half))


def test_a_step_beyond_the_limits_of_the_chart_is_a_signal() -> None:
    values = [50.0, 50.5, 49.6, 44.0, 43.0, 43.5]

    found = ewma_chart(values, target=50.0, sigma=1.0, weight=0.3)

    assert found is not None
    assert (found.signal, found.side) == (3, "below")
    assert found.values[3] < found.lower[3]
    assert found.values[2] > found.lower[2]


@settings(deadline=None)
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=20), st.floats(0, 2))
def test_a_sum_is_the_greatest_of_all_that_end_now(values: list[float], slack: float) -> None:
    found = cusum(values, target=1.0, sigma=2.0, slack=slack)

    assert found is not None
    steps = [(value - 1.0) / 2.0 - slack for value in values]
    for end in range(1, len(values) + 1):
        greatest = max(math.fsum(steps[begin:end]) for begin in range(end))
        assert found.high[end - 1] == pytest.approx(max(greatest, 0.0), abs=1e-9)


@pytest.mark.parametrize(("step", "side"), [(1.5, "above"), (-1.5, "below")])
def test_a_signal_is_a_sum_beyond_the_decision_and_not_at_it(step: float, side: str) -> None:
    found = cusum([step] * 7, target=0.0, sigma=1.0, slack=0.5, decision=5.0)

    assert found is not None
    assert (found.signal, found.side) == (5, side)


# Montgomery, Introduction to Statistical Quality Control, average run lengths for k 0.5, h 5.
@pytest.mark.full
@pytest.mark.parametrize(("shift", "length"), [(0.5, 38.0), (1.0, 10.4), (2.0, 4.01)])
def test_a_shift_is_found_after_the_run_length_of_the_tables(shift: float, length: float) -> None:
    draw = np.random.default_rng(6)
    found = [
        cusum(draw.normal(shift, 1.0, 400).tolist(), target=0.0, sigma=1.0) for _ in range(1500)
    ]

    runs = [one.signal + 1 for one in found if one is not None and one.signal is not None]

    assert len(runs) == 1500
    assert float(np.mean(runs)) == pytest.approx(length, rel=0.06)


def test_a_slow_slide_is_found_long_before_a_band_of_four_points() -> None:
    values = sliding(20, 0.003)

    found = cusum(values, target=0.95, sigma=0.0015)

    assert found is not None
    assert found.side == "below"
    assert found.signal is not None
    assert values[found.signal] > 0.95 - 0.04


@pytest.mark.parametrize("chart", [cusum, ewma_chart])
def test_values_that_stay_at_their_target_give_no_signal(chart: object) -> None:
    assert callable(chart)
    draw = Random(8)
    values = [0.9 + draw.gauss(0, 0.01) for _ in range(60)]

    found = chart(values, target=0.9, sigma=0.01)

    assert found.signal is None


@settings(deadline=None)
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=30))
def test_a_mirrored_series_has_mirrored_sums(values: list[float]) -> None:
    there = cusum(values, target=0.0, sigma=1.0)

    back = cusum([-value for value in values], target=0.0, sigma=1.0)

    assert there is not None
    assert back is not None
    assert (there.high, there.low) == (back.low, back.high)


def test_the_short_term_spread_is_not_moved_by_a_slide() -> None:
    flat, slide = sliding(400, 0.0), sliding(400, 0.0001)

    one, other = moving_range_sigma(flat), moving_range_sigma(slide)

    assert one == pytest.approx(0.0015, rel=0.1)
    assert other == pytest.approx(one, rel=0.02)


@settings(max_examples=30, deadline=None)
@given(POINTS)
def test_the_line_is_that_of_scipy(points: list[tuple[float, float]]) -> None:
    values, times = [v for v, _ in points], [t for _, t in points]
    assume(len(set(times)) > 1 and len(set(values)) > 1)

    found = least_squares(values, times)

    theirs = stats.linregress(times, values)
    # From the residuals: scipy's own goes through the correlation and loses digits near a line.
    left = np.asarray(values) - (theirs.intercept + theirs.slope * np.asarray(times))
    error = np.sqrt((left @ left) / (len(values) - 2) / np.var(times) / len(times))
    half = stats.t.ppf(0.975, len(values) - 2) * error
    assert found is not None
    assert found.slope == pytest.approx(theirs.slope, abs=1e-9)
    assert found.high - found.slope == pytest.approx(half, rel=1e-6, abs=1e-6)
    assert found.at(0) == pytest.approx(theirs.intercept, abs=1e-8)


@settings(deadline=None)
@given(APART)
def test_the_robust_line_is_that_of_scipy(points: list[tuple[float, float]]) -> None:
    values, times = [v for v, _ in points], [t for _, t in points]

    found = theil_sen(values, times)

    theirs = stats.theilslopes(values, times, alpha=0.95)
    assert found is not None
    assert found.slope == pytest.approx(theirs.slope, abs=1e-12)
    if math.isfinite(found.low) and math.isfinite(found.high):
        assert (found.low, found.high) == pytest.approx((theirs.low_slope, theirs.high_slope))


@settings(deadline=None)
@given(POINTS)
def test_ties_on_both_sides_leave_the_median_slope_within_its_bounds(
    points: list[tuple[float, float]],
) -> None:
    found = theil_sen([v for v, _ in points], [t for _, t in points])

    assert found is None or found.low <= found.slope <= found.high


def test_one_outlier_does_not_turn_the_robust_line() -> None:
    times = [float(week) for week in range(12)]
    values = [2.0 * time for time in times]
    values[11] = -500.0

    robust, squares = theil_sen(values, times), least_squares(values, times)

    assert robust is not None
    assert squares is not None
    assert robust.slope == 2.0
    assert squares.slope < 0


def test_a_slide_of_three_per_mille_a_week_is_forecast_to_meet_its_warning() -> None:
    values = sliding(8, 0.003)
    times = [week * WEEK for week in range(8)]

    found = forecast_crossing(values, times, limit=0.91, direction="below")

    assert found is not None
    assert found.at / WEEK == pytest.approx(0.04 / 0.003, rel=0.2)
    assert found.earliest < found.at < found.latest
    assert found.earliest > times[-1]


def test_the_bounds_in_time_are_where_the_band_of_the_line_meets_the_limit() -> None:
    values, limit = sliding(12, 0.003, noise=0.003), 0.9
    times = [float(week) for week in range(12)]

    found = forecast_crossing(values, times, limit=limit, direction="below")

    assert found is not None
    x = np.array(times)
    fitted = stats.linregress(x, values)
    left = values - (fitted.intercept + fitted.slope * x)
    error = math.sqrt(float((left**2).sum()) / 10)
    for bound in (found.earliest, found.latest):
        spread = float(((x - x.mean()) ** 2).sum())
        half = stats.t.ppf(0.975, 10) * error * math.sqrt(1 / 12 + (bound - x.mean()) ** 2 / spread)
        gap = abs(limit - (fitted.intercept + fitted.slope * bound))
        assert gap == pytest.approx(half, rel=1e-6)


@pytest.mark.full
def test_the_bounds_hold_the_true_crossing_in_nineteen_of_twenty() -> None:
    draw = np.random.default_rng(2)
    times = [float(week) for week in range(12)]
    held, known = 0, 0
    for _ in range(1000):
        values = [0.95 - 0.003 * time + draw.normal(0, 0.002) for time in times]
        found = forecast_crossing(values, times, limit=0.91, direction="below")
        if found is not None:
            known += 1
            held += found.earliest <= 0.04 / 0.003 <= found.latest

    assert known > 990
    assert held / known == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        ([0.90, 0.91, 0.92, 0.93], "below"),
        ([0.93, 0.92, 0.91, 0.90], "above"),
        ([0.90, 0.97, 0.88, 0.93], "below"),
        ([0.9, 0.9, 0.9, 0.9], "below"),
        ([0.9, 0.8], "below"),
        ([], "below"),
    ],
)
def test_what_leads_nowhere_for_sure_has_no_crossing(values: list[float], direction: str) -> None:
    times = [float(place) for place in range(len(values))]

    assert forecast_crossing(values, times, 0.85, direction) is None  # type: ignore[arg-type]


def test_a_line_that_is_past_its_limit_says_when_it_was() -> None:
    found = forecast_crossing([4.0, 3.0, 2.0, 1.0], [0.0, 1.0, 2.0, 3.0], 2.5, "below")

    assert found is not None
    assert (found.at, found.earliest, found.latest) == pytest.approx((1.5, 1.5, 1.5))


def test_instants_of_all_at_once_make_no_line() -> None:
    assert least_squares([1.0, 2.0, 3.0], [5.0, 5.0, 5.0]) is None
    assert theil_sen([1.0, 2.0, 3.0], [5.0, 5.0, 5.0]) is None


def test_seconds_since_1970_lose_no_digits() -> None:
    times = [1_790_000_000.0 + week * WEEK for week in range(8)]
    values = [0.95 - 0.003 * week for week in range(8)]

    found = least_squares(values, times)

    assert found is not None
    assert found.slope * WEEK == pytest.approx(-0.003, rel=1e-9)


@pytest.mark.parametrize("chart", [cusum, ewma_chart])
def test_nothing_or_a_constant_reference_says_nothing(chart: object) -> None:
    assert callable(chart)
    assert chart([], target=0.0, sigma=1.0) is None
    assert chart([1.0, 2.0], target=1.0, sigma=0.0) is None
    assert moving_range_sigma([3.0]) is None
    assert moving_range_sigma([3.0] * 9) == 0


@pytest.mark.parametrize(
    "refused",
    [
        lambda: ewma([1.0], weight=0.0),
        lambda: ewma([math.nan]),
        lambda: cusum([1.0], target=math.nan, sigma=1.0),
        lambda: cusum([1.0], target=0.0, sigma=-1.0),
        lambda: least_squares([1.0], [1.0, 2.0]),
        lambda: least_squares([1.0, math.inf, 2.0], [1.0, 2.0, 3.0]),
        lambda: theil_sen([1.0, 2.0], [1.0, math.nan]),
        lambda: forecast_crossing([1.0], [1.0], math.nan, "above"),
        lambda: forecast_crossing([1.0], [1.0], 2.0, "sideways"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_series_is_refused(refused: object) -> None:
    assert callable(refused)
    with pytest.raises(ValueError):
        refused()
