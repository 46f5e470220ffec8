"""When a slide is told from noise: pure rules (KPI-5), with their rate of false alarms."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.rules.bands import Bands, Side
from governance.rules.measured import Point, Verdict, settle, spaced
from governance.rules.trends import DAY, WEEK, TrendTerms, judge_trend, limits_of, trend_words

WARNING, CRITICAL, OK, UNKNOWN = (
    Verdict("WARNING"),
    Verdict("CRITICAL"),
    Verdict("OK"),
    Verdict("NO_DATA", "nothing is known"),
)


def terms(*, method="slope", weeks=4, step=WEEK, limits=(("below", 0.90),)):
    """How slides are told, as the small profile says."""
    return TrendTerms(method, weeks * WEEK, 8, step, limits)


def points(values, *, step=WEEK, n=500):
    """Readings one step apart."""
    return [Point((place + 1) * step, value, n) for place, value in enumerate(values)]


def line(count, *, start=0.96, slope=-0.003, noise=0.0, seed=1):
    """Values on a line, with noise."""
    chance = random.Random(seed)
    return [start + slope * place + chance.gauss(0, noise) for place in range(count)]


def looks(told, values):
    """The states at the end of every window."""
    all_points = points(values, step=told.window)
    return [judge_trend(told, all_points[:count]).state for count in range(1, len(values) + 1)]


def test_a_slide_fires_once_its_line_reaches_the_limit_within_the_horizon():
    states = looks(terms(limits=(("below", 0.8995),)), line(20))

    assert states.index("WARNING") == 17
    assert states[17:] == ["WARNING"] * 3
    assert set(states[7:17]) == {"OK"}


@pytest.mark.parametrize("noise", [0.0005, 0.002, 0.004])
def test_it_fires_before_two_of_three_readings_are_in_the_band(noise):
    for seed in range(10):
        values = line(40, start=0.94, slope=-0.003 * 0.94, noise=noise, seed=seed)

        first = looks(terms(), values).index("WARNING")

        below = [value <= 0.90 for value in values]
        band = next(place for place in range(2, 40) if sum(below[place - 2 : place + 1]) >= 2)
        assert first < band


def test_a_slide_away_from_the_limit_is_none():
    assert set(looks(terms(), line(20, slope=0.003))[7:]) == {"OK"}


def test_a_limit_above_is_reached_by_a_rise():
    told = terms(limits=(("above", 1.0),))

    assert judge_trend(told, points(line(20, slope=0.003))).state == "WARNING"


def test_each_side_of_what_must_stay_within_is_watched():
    bands = Bands("outside", Side(warning=1.0), Side(warning=0.90))

    assert limits_of(bands) == (("above", 1.0), ("below", 0.90))


def test_bands_without_a_limit_are_no_reason_to_call_it_ok():
    assert judge_trend(terms(limits=()), points(line(20))).state == "NO_DATA"


def test_a_stretch_is_as_long_as_the_horizon():
    verdict = judge_trend(terms(step=DAY), points(line(27), step=DAY))

    assert (verdict.state, verdict.figures["needed"]) == ("NO_DATA", 28)


def test_windows_that_overlap_count_once():
    daily_means_of_a_week = points(line(20), step=DAY)

    assert len(spaced(daily_means_of_a_week, WEEK)) == 3
    assert judge_trend(terms(), daily_means_of_a_week).state == "NO_DATA"


@pytest.mark.parametrize("method", ["ewma", "cusum"])
def test_a_chart_without_variation_knows_nothing(method):
    verdict = judge_trend(terms(method=method), points([0.95] * 24))

    assert verdict.state == "NO_DATA"


@pytest.mark.parametrize("method", ["ewma", "cusum"])
def test_a_chart_does_not_mind_a_shift_to_the_good_side(method):
    values = line(16, slope=0, noise=0.002) + line(8, start=0.99, slope=0, noise=0.002)

    assert judge_trend(terms(method=method), points(values)).state == "OK"


@pytest.mark.parametrize("values", [[1e-170 * k for k in range(12)], [1e308, -1e308] * 8])
@pytest.mark.parametrize("method", ["slope", "ewma", "cusum"])
def test_numbers_at_the_ends_of_what_a_machine_holds_stop_nothing(values, method):
    told = terms(method=method, limits=(("below", -1.0), ("above", 1.0)))

    assert judge_trend(told, points(values * 2)).state in ("NO_DATA", "OK", "WARNING")


def test_the_words_say_how_fast_and_how_soon():
    words = trend_words(judge_trend(terms(), points(line(17))), kpi="Accuracy", unit="ratio")

    assert words == (
        "Accuracy falls by 0.30 points a week, over 8 windows (95 % interval 0.30 points to "
        "0.30 points). In 4 weeks it reaches the first limit, 90 %. No single reading had to be "
        "in breach for this."
    )


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=8, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_arrival_cannot_matter(values, chance):
    told, given_points = terms(), points(values)
    shuffled = given_points[:]
    chance.shuffle(shuffled)

    assert judge_trend(told, sorted(shuffled, key=lambda one: one.end)) == judge_trend(
        told, given_points
    )


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 1.0, allow_nan=False), max_size=7))
def test_less_than_eight_windows_are_never_ok(values):
    assert judge_trend(terms(), points(values)).state == "NO_DATA"


@pytest.mark.parametrize(
    ("weeks", "distance", "most_a_look"),
    [(4, 2, 0.004), (4, 3, 0.002), (4, 4, 0.001), (8, 3, 0.006)],
)
@pytest.mark.full
def test_noise_alone_seldom_fires(weeks, distance, most_a_look):
    """200 series of a year of weeks without a slide; distances to the limit in deviations."""
    told = terms(weeks=weeks, limits=(("below", -float(distance)),))
    states = [
        state
        for seed in range(200)
        for state in looks(told, line(52, start=0, slope=0, noise=1, seed=seed))
        if state != "NO_DATA"
    ]

    assert states.count("WARNING") / len(states) <= most_a_look


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ([], "NO_DATA"),
        ([OK], "OK"),
        ([WARNING], "WARNING"),
        ([OK, WARNING], "WARNING"),
        ([WARNING, OK], "WARNING"),
        ([WARNING, OK, OK], "OK"),
        ([CRITICAL, WARNING], "CRITICAL"),
        ([CRITICAL, OK, WARNING], "WARNING"),
        ([WARNING, UNKNOWN], "NO_DATA"),
        ([WARNING, UNKNOWN, OK], "WARNING"),
        ([OK, UNKNOWN], "NO_DATA"),
    ],
)
def test_where_the_last_verdicts_leave_a_series(verdicts, state):
    assert settle(list(enumerate(verdicts)), known=()).state == state


def test_what_fired_already_is_not_due_again():
    settled = settle([(1.0, WARNING), (2.0, CRITICAL), (3.0, OK)], known=[1.0])

    assert [end for end, _ in settled.due] == [2.0]
    assert settled.fired == (1.0, 2.0)
