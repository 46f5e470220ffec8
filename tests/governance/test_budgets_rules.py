"""Error budgets: what is spent, how fast it burns, what is unknown (KPI-7)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.rules.budgets import (
    BudgetTerms,
    BurnPair,
    Slice,
    budget_words,
    judge_over,
    slices_of,
)
from governance.rules.measured import Point

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
PAIRS = (
    BurnPair("WARNING", 6 * HOUR, HOUR / 2, 6.0),
    BurnPair("CRITICAL", HOUR, HOUR / 12, 14.4),
)


def terms(**changes):
    """99 % over 30 days by windows of five minutes, as the small profile says."""
    told = {
        "objective": 0.99,
        "period": 30 * DAY,
        "step": 5 * MINUTE,
        "pairs": PAIRS,
        "warning_spent": 0.75,
        "critical_spent": 1.0,
    }
    return BudgetTerms(**told | changes)


def served(rates, *, step=5 * MINUTE, total=100.0):
    """Slices in order, each with its rate of failures."""
    return [Slice((place + 1) * step, rate * total, total) for place, rate in enumerate(rates)]


def judged(told, slices):
    """The verdict at the end of the last slice."""
    return judge_over(told, slices, [len(slices) - 1])[0][1]


def state(rates, **changes):
    """The state after windows with these rates."""
    told = terms(**changes)
    return judged(told, served(rates, step=told.step)).state


def test_within_the_objective_all_is_well():
    assert state([0.005] * 200) == "OK"


def test_both_windows_must_burn():
    long_over_the_limit_short_no_more = [0.0] * 60 + [0.5] * 9 + [0.0] * 3
    short_over_the_limit_long_not_yet = [0.0] * 71 + [0.3]

    assert state(long_over_the_limit_short_no_more, pairs=PAIRS[1:]) == "OK"
    assert state(short_over_the_limit_long_not_yet, pairs=PAIRS[1:]) == "OK"
    assert state([0.0] * 60 + [0.2] * 12, pairs=PAIRS[1:]) == "CRITICAL"


def test_a_slower_burn_over_six_hours_warns():
    assert state([0.0] * 100 + [0.07] * 72) == "WARNING"


def test_a_burn_at_exactly_the_limit_fires():
    told = {"objective": 0.75, "pairs": (BurnPair("CRITICAL", HOUR, 300, 2.0),)}

    assert state([0.0] * 60 + [0.5] * 12, **told) == "CRITICAL"
    assert state([0.0] * 60 + [0.49] * 12, **told) == "OK"


def test_spending_the_budget_is_critical_without_any_burst():
    daily = {"step": DAY, "pairs": ()}

    assert state([0.006] * 30, **daily) == "OK"
    assert state([0.008] * 30, **daily) == "WARNING"
    assert state([0.0101] * 30, **daily) == "CRITICAL"


def test_a_period_that_began_lately_is_measured_against_a_whole_one():
    verdict = judged(terms(step=DAY, pairs=()), served([0.01] * 3, step=DAY))

    assert verdict.figures["spent"] == pytest.approx(0.1)


def test_what_left_the_period_is_forgotten():
    rates = [0.5] * 5 + [0.0] * 30

    assert state(rates, step=DAY, pairs=()) == "OK"


def test_half_of_a_burn_window_must_be_there():
    told = terms()
    apart = [Slice(place * 1800.0, 0.0, 100.0) for place in range(1, 500)]

    verdict = judged(told, apart)

    assert (verdict.state, verdict.why) == ("NO_DATA", "fewer than half of the windows are there")


def test_what_is_missing_hides_no_breach():
    told = terms(pairs=PAIRS)
    apart = [Slice(place * DAY, 90.0, 100.0) for place in range(1, 30)] + [
        Slice(29 * DAY + place * 300.0, 100.0, 100.0) for place in range(1, 13)
    ]

    assert judged(told, apart).state == "CRITICAL"


def test_a_burn_window_shorter_than_a_reading_is_left_out():
    assert state([0.0] * 30, step=DAY) == "OK"


def test_failures_come_from_the_value_and_the_cases():
    points = [Point(300, 0.9, 50), Point(600, 1.0, 150)]

    success = slices_of(points, step=300, better="higher", failure_limit=None)
    failure = slices_of(points, step=300, better="lower", failure_limit=None)

    assert [(round(one.failed, 9), one.total) for one in success] == [(5.0, 50.0), (0.0, 150.0)]
    assert [(one.failed, one.total) for one in failure] == [(45.0, 50.0), (150.0, 150.0)]


def test_windows_weigh_alike_where_not_all_count_their_cases():
    points = [Point(300, 0.9, 50), Point(600, 1.0, None)]

    found = slices_of(points, step=300, better="higher", failure_limit=None)

    assert [one.total for one in found] == [1.0, 1.0]


def test_a_window_beyond_the_limit_fails_whole():
    points = [Point(300, 900.0), Point(600, 1300.0)]

    found = slices_of(points, step=300, better="lower", failure_limit=1200.0)

    assert [one.failed for one in found] == [0.0, 1.0]


def test_what_is_no_share_says_nothing():
    assert slices_of([Point(300, 1.2, 5)], step=300, better="higher", failure_limit=None) == []


def test_the_words_say_what_is_spent_and_how_fast():
    verdict = judged(terms(), served([0.0] * 60 + [0.2] * 12))

    words = budget_words(verdict, kpi="Availability", objective=0.99, days=30)

    assert "of the error budget of Availability is spent" in words
    assert (
        "It burns 20.0 times too fast over the long window and 20.0 times over the short" in words
    )


@settings(deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=60),
    st.integers(0, 59),
    st.floats(0, 1),
)
def test_more_failures_never_make_it_better(rates, place, more):
    rank = {"NO_DATA": 0, "OK": 0, "WARNING": 1, "CRITICAL": 2}
    worse = list(rates)
    worse[place % len(rates)] = max(worse[place % len(rates)], more)

    assert rank[state(worse)] >= rank[state(rates)]
