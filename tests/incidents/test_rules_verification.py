"""Verification windows: only enough good readings pass."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.rules.verification import (
    Limits,
    Mark,
    Measured,
    Result,
    Terms,
    combine,
    judge_window,
)

DAY = timedelta(days=1)
START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + 30 * DAY
OVER = END + DAY


def terms(**changes: Any) -> Terms:
    given: dict[str, Any] = {
        "starts_at": START,
        "ends_at": END,
        "limits": Limits(above=0.92, instant_low=0.70),
        "fails_at": 2,
        "least_n": 100,
        "cadence": DAY,
    }
    return Terms(**given | changes)


def reading(day: float, value: float | None = 0.95, **changes: Any) -> Measured:
    return Measured(START + day * DAY, value, **{"n": 500} | changes)


def readings(*values: float | None) -> list[Measured]:
    return [reading(day, value) for day, value in enumerate(values, start=1)]


@pytest.mark.parametrize(
    ("values", "now", "over"),
    [
        ((0.95, 0.95, 0.95), "passed", "passed"),
        ((0.95, 0.95), "running", "inconclusive"),
        ((), "running", "inconclusive"),
        ((0.95, None, 0.95, math.nan, 0.95), "passed", "passed"),
        ((None, None, None, None), "running", "inconclusive"),
        # Recovery is strict: the limit itself is outside.
        ((0.95, 0.95, 0.92), "running", "inconclusive"),
        ((0.95, 0.91, 0.95, 0.95, 0.95), "running", "inconclusive"),
        ((0.95, 0.91, 0.91), "failed", "failed"),
        ((0.70,), "failed", "failed"),
        ((0.95, 0.95, 0.95, 0.69), "failed", "failed"),
    ],
)
def test_a_window_comes_to_what_its_readings_say(
    values: tuple[float | None, ...], now: str, over: str
) -> None:
    results = [
        judge_window(terms(), readings(*values), at=at).result for at in (START + 9 * DAY, OVER)
    ]

    assert results == [now, over]


@pytest.mark.parametrize(
    ("row", "mark"),
    [
        (reading(1), Mark.GOOD),
        (reading(1, 0.92), Mark.OUTSIDE),
        (reading(1, 0.70), Mark.INSTANT),
        (reading(1, None), Mark.BAD),
        (reading(1, math.inf), Mark.BAD),
        (reading(1, n=99), Mark.BAD),
        (reading(1, n=None), Mark.BAD),
        (reading(1, quality="bad"), Mark.BAD),
        (reading(0), Mark.EARLY),
        (reading(-1), Mark.EARLY),
        (reading(30), Mark.GOOD),
        (reading(30.01), Mark.LATE),
        (reading(40), Mark.FUTURE),
    ],
)
def test_each_reading_is_told_what_it_counts_as(row: Measured, mark: Mark) -> None:
    found = judge_window(terms(), [row], at=OVER)

    assert [line.mark for line in found.rows] == [mark]
    assert found.rows[0].reason


def test_a_reading_whose_window_reaches_back_before_the_start_proves_nothing() -> None:
    weekly = terms(window=7 * DAY)

    found = judge_window(weekly, [reading(6.9), reading(7)], at=OVER)

    assert [row.mark for row in found.rows] == [Mark.EARLY, Mark.GOOD]


def test_the_newest_revision_of_a_reading_counts() -> None:
    rows = [reading(1, 0.5, revision=0), reading(1, 0.95, revision=1)]

    found = judge_window(terms(), rows, at=OVER)

    assert [row.mark for row in found.rows] == [Mark.SUPERSEDED, Mark.GOOD]
    assert found.outside == 0


def test_enough_readings_do_not_pass_before_the_least_length() -> None:
    long = terms(least_length=5 * DAY)

    short, enough = (
        judge_window(long, readings(*[0.95] * count), at=START + 9 * DAY).result for count in (4, 5)
    )

    assert (short, enough) == (Result.RUNNING, Result.PASSED)


def test_a_window_without_enough_readings_is_over_at_its_end() -> None:
    results = [
        judge_window(terms(), readings(0.95), at=at).result.value
        for at in (END - timedelta(seconds=1), END)
    ]

    assert results == ["running", "inconclusive"]


@pytest.mark.parametrize(
    ("value", "mark"), [(3.0, Mark.INSTANT), (2.99, Mark.OUTSIDE), (1.99, Mark.GOOD)]
)
def test_a_rising_metric_fails_at_once_at_its_instant_limit(value: float, mark: Mark) -> None:
    rising = terms(limits=Limits(below=2, instant_high=3), fails_at=9)

    found = judge_window(rising, [reading(1, value)], at=OVER)

    assert [row.mark for row in found.rows] == [mark]


@pytest.mark.parametrize(
    ("values", "days", "earliest"),
    [((0.95,), 1, 10), ((0.95,) * 9, 9, 10), ((0.95,) * 10, 10, None), ((0.9,), 1, None)],
)
def test_it_is_told_when_a_window_can_pass_at_the_earliest(
    values: tuple[float, ...], days: int, earliest: int | None
) -> None:
    found = judge_window(terms(least_length=10 * DAY), readings(*values), at=START + days * DAY)

    assert found.earliest_at == (None if earliest is None else START + earliest * DAY)


def test_a_band_with_two_ends_is_left_on_either() -> None:
    both = terms(limits=Limits(above=1, below=2), fails_at=9)

    found = judge_window(both, readings(1, 1.5, 2), at=OVER)

    assert [row.mark for row in found.rows] == [Mark.OUTSIDE, Mark.GOOD, Mark.OUTSIDE]
    assert found.rows[1].reason == "Above 1 and below 2."


@pytest.mark.parametrize(
    ("values", "days", "forecast"),
    [
        (
            (0.95,),
            1,
            "Conclusive about 4 November 2026.",
        ),
        ((), 0, "Conclusive about 4 November 2026."),
        (
            (0.95,),
            29,
            "1 of 3 readings are good, 100 of 300 cases. Conclusive about 1 December 2026.",
        ),
        (
            (),
            29,
            "It cannot pass before it is over on 2026-12-01 00:00 UTC.",
        ),
        ((0.9,), 1, "It cannot pass any more: 1 outside; it fails at 2."),
        ((0.95,) * 3, 3, "Passed: 3 of 3 readings are good, 300 of 300 cases."),
        ((0.9,) * 2, 3, "Failed: 2 outside; the window fails at 2."),
        (
            (0.95,),
            31,
            "Inconclusive: 1 of 3 readings are good, 100 of 300 cases, 0 outside, and the time "
            "is over.",
        ),
    ],
)
def test_the_forecast_says_what_is_still_to_come(
    values: tuple[float, ...], days: int, forecast: str
) -> None:
    found = judge_window(terms(), readings(*values), at=START + days * DAY)

    assert forecast in found.forecast


@pytest.mark.parametrize(
    ("results", "together"),
    [
        ("passed passed", "passed"),
        ("passed inconclusive", "inconclusive"),
        ("passed running inconclusive", "running"),
        ("running failed passed", "failed"),
        ("error running", "error"),
        ("", "inconclusive"),
    ],
)
def test_several_proofs_pass_only_together(results: str, together: str) -> None:
    found = combine([Result(word) for word in results.split()])

    assert found.value == together


numbers = st.sampled_from([0.95, 0.93, 0.92, 0.9, 0.7, 0.5, None, math.nan])
series = st.lists(
    st.builds(
        lambda day, value, n, revision: reading(day, value, n=n, revision=revision),
        st.integers(-2, 35),
        numbers,
        st.sampled_from([50, 100, 500]),
        st.integers(0, 1),
    ),
    max_size=8,
    unique_by=lambda one: (one.window_end, one.revision),
)


@settings(deadline=None)
@given(series, st.integers(0, 40), st.randoms(use_true_random=False))
def test_f33_only_enough_good_readings_in_the_window_ever_pass(
    rows: list[Measured], day: int, shuffler: Any
) -> None:
    at = START + day * DAY
    found = judge_window(terms(), rows, at=at)
    shuffled = rows * 2
    shuffler.shuffle(shuffled)

    newest = {one.window_end: one for one in sorted(rows, key=lambda one: one.revision)}
    good = [
        one
        for one in newest.values()
        if START < one.window_end <= min(at, END)
        and one.value in (0.95, 0.93)
        and (one.n or 0) >= 100
    ]
    assert found.good == len(good)
    assert found.result is not Result.PASSED or len(good) >= 3
    assert judge_window(terms(), list(dict.fromkeys(shuffled)), at=at) == found


def test_the_forecast_says_when_readings_come_with_too_few_cases() -> None:
    few = [Measured(START + DAY, 0.95, n=60), Measured(START + 2 * DAY, 0.95, n=40)]

    found = judge_window(terms(), few, at=START + 2 * DAY)

    assert found.result is Result.RUNNING
    assert "0 of 300 cases" in found.forecast
    assert "if readings have 100 cases each; 2 had fewer, 60 at most" in found.forecast
