"""Bands: what one reading is, and which thresholds are refused."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from governance.rules.band_checks import validate
from governance.rules.bands import (
    Band,
    Bands,
    Firing,
    Reading,
    Rule,
    Side,
    band_of,
    bands_from,
    excludes_neutral,
    is_past,
)

AT = datetime(2026, 11, 15, tzinfo=UTC)
RISING = Side(8, 12, 20, 6, 10)
FALLING = Side(0.90, 0.85, 0.70, 0.92, 0.88)
GAP = Rule(
    Bands("above", Side(0.08, 0.12, None, 0.04, 0.10)),
    judged_by="lower_bound",
    least_n=100,
    lowest=-1,
    highest=1,
)


def rule(bands: Bands | None = None, **changes: Any) -> Rule:
    return Rule(bands or Bands("above", RISING), **changes)


def reading(value: float | None = 1.0, **changes: Any) -> Reading:
    return Reading(AT, value, **changes)


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (7.999, Band.OK),
        (8, Band.WARNING),
        (11.999, Band.WARNING),
        (12, Band.CRITICAL),
        (20, Band.INSTANT),
        (-50, Band.OK),
    ],
)
def test_a_breach_above_includes_its_limit(value: float, band: Band) -> None:
    found = band_of(rule(), reading(value))

    assert found is band


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (0.901, Band.OK),
        (0.90, Band.WARNING),
        (0.85, Band.CRITICAL),
        (0.70, Band.INSTANT),
        (0.0, Band.INSTANT),
    ],
)
def test_a_breach_below_includes_its_limit(value: float, band: Band) -> None:
    found = band_of(rule(Bands("below", FALLING)), reading(value))

    assert found is band


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (1.0, Band.OK),
        (1.5, Band.WARNING),
        (2.0, Band.CRITICAL),
        (0.5, Band.WARNING),
        (0.25, Band.CRITICAL),
    ],
)
def test_outside_breaches_on_either_side(value: float, band: Band) -> None:
    bands = Bands("outside", Side(1.5, 2.0), low_side=Side(0.5, 0.25))

    found = band_of(rule(bands), reading(value))

    assert found is band


@pytest.mark.parametrize(
    "bad",
    [
        reading(None),
        reading(math.nan),
        reading(math.inf),
        reading(-math.inf),
        reading(1.0, n=99),
        reading(1.0, n=None),
        reading(1.0, n=500, quality="bad"),
    ],
)
def test_f20_what_is_no_number_of_enough_samples_is_bad(bad: Reading) -> None:
    found = band_of(rule(least_n=100), bad)

    assert found is Band.BAD


@pytest.mark.parametrize(
    ("value", "critical", "past"),
    [(10, True, False), (9.999, True, True), (6, False, False), (5.999, False, True)],
)
def test_recovery_lies_strictly_before_its_limit(value: float, critical: bool, past: bool) -> None:
    assert is_past(rule(), value, critical=critical) is past


def test_a_recovery_limit_that_is_not_given_is_the_entry_itself() -> None:
    plain = rule(Bands("below", Side(0.9, 0.8)))

    answers = [is_past(plain, value, critical=False) for value in (0.9, 0.9001)]

    assert answers == [False, True]


@pytest.mark.parametrize(
    ("value", "low", "high", "band"),
    [
        # The bound itself lies beyond the band.
        (0.16, 0.12, 0.20, Band.CRITICAL),
        (0.12, 0.08, 0.16, Band.WARNING),
        # The interval excludes zero, though the bound lies within the band.
        (0.15, 0.05, 0.25, Band.WARNING),
        (0.03, 0.01, 0.05, Band.WARNING),
        # Only the point lies beyond the band.
        (0.10, -0.01, 0.21, Band.WATCH),
        (0.15, -0.02, 0.32, Band.WATCH),
        (0.03, -0.02, 0.08, Band.OK),
        # The other group is at a disadvantage: still a difference.
        (-0.10, -0.15, -0.05, Band.WARNING),
    ],
)
def test_eva_19_fairness_is_judged_by_its_interval(
    value: float, low: float, high: float, band: Band
) -> None:
    found = band_of(GAP, reading(value, n=150, low=low, high=high))

    assert found is band


@pytest.mark.parametrize(
    ("low", "high", "different"),
    [
        (0.001, 0.05, True),
        (0.0, 0.05, False),
        (-0.05, 0.0, False),
        (-0.05, -0.001, True),
        (0.03, 0.03, True),
    ],
)
def test_eva_19_an_interval_that_excludes_zero_is_told(
    low: float, high: float, different: bool
) -> None:
    found = excludes_neutral(GAP, reading(0.03, n=150, low=low, high=high))

    assert found is different


def test_a_ratio_is_different_when_its_interval_excludes_one() -> None:
    ratio = rule(Bands("below", Side(0.90, 0.85)), judged_by="lower_bound", neutral=1.0)

    bands = [
        band_of(ratio, reading(0.88, low=0.80, high=high)) for high in (0.85, 0.90, 0.99, 1.01)
    ]

    assert bands == [Band.CRITICAL, Band.WARNING, Band.WARNING, Band.WATCH]


def test_a_rate_that_has_no_neutral_value_is_judged_by_its_bound_alone() -> None:
    hallucination = rule(Bands("above", Side(0.04, 0.08)), judged_by="lower_bound", neutral=None)

    found = band_of(hallucination, reading(0.03, low=0.02, high=0.045))

    assert found is Band.OK


@pytest.mark.parametrize(
    ("low", "high"), [(None, 0.2), (0.1, None), (math.nan, 0.2), (0.1, math.inf), (0.3, 0.2)]
)
def test_an_interval_that_is_missing_or_no_interval_is_bad(
    low: float | None, high: float | None
) -> None:
    found = band_of(GAP, reading(0.2, n=150, low=low, high=high))

    assert found is Band.BAD


@pytest.mark.parametrize(
    ("value", "past"), [(0.3, False), (0.31, True), (1.0, True), (1.79, True), (1.8, False)]
)
def test_recovery_from_outside_lies_strictly_between_both_limits(value: float, past: bool) -> None:
    upper = Side(1.5, 2.0, recover_critical=1.8)
    outside = rule(Bands("outside", upper, low_side=Side(0.5, 0.25, recover_critical=0.3)))

    assert is_past(outside, value, critical=True) is past


def test_bands_are_read_from_plain_data() -> None:
    found = bands_from(
        {"direction": "outside", "target": 1, "warning": 1.5, "low": {"warning": 0.5}}
    )

    assert found == Bands("outside", Side(1.5), low_side=Side(0.5), target=1)


@pytest.mark.parametrize(
    "good",
    [
        rule(),
        rule(Bands("below", FALLING, target=0.95), lowest=0, highest=1),
        rule(Bands("outside", Side(1.5, 2.0, None, 1.2), low_side=Side(0.5), target=1)),
        rule(Bands("above", Side(None, None, 1)), lowest=0),
        rule(firing=Firing(2, 3), recover_windows=2, keep_for=3600),
        rule(firing=Firing(1, 1, for_seconds=900), window=300),
        GAP,
    ],
)
def test_a_threshold_that_can_work_is_not_refused(good: Rule) -> None:
    assert validate(good) == ()


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (rule(Bands("above", Side(0)), lowest=0), "never be reached"),
        (rule(Bands("above", Side(1, recover_warning=0)), lowest=0), "never be reached"),
        (rule(Bands("below", Side(1.0)), highest=1), "never be reached"),
        (rule(Bands("outside", Side(1.0), low_side=Side(1.0))), "never be reached"),
        (rule(Bands("above", Side(2)), highest=1), "never fire"),
        (rule(Bands("below", Side(-2)), lowest=-1), "never fire"),
        (rule(Bands("above", Side())), "at least one"),
        (rule(Bands("above", Side(8, 8))), "critical must lie beyond"),
        (rule(Bands("below", Side(0.8, 0.9))), "critical must lie beyond"),
        (rule(Bands("above", Side(8, 12, 11))), "instant critical must not lie before critical"),
        (rule(Bands("above", Side(8, None, 7))), "instant critical must not lie before warning"),
        (rule(Bands("above", Side(8, recover_warning=9))), "safe side of warning"),
        (rule(Bands("below", Side(0.9, recover_warning=0.8))), "safe side of warning"),
        (rule(Bands("above", Side(8, 12, None, 6, 13))), "safe side of critical"),
        (rule(Bands("above", Side(8, 12, None, 6, 5))), "beyond the recovery from critical"),
        (rule(Bands("above", Side(None, 12, recover_warning=6))), "needs a warning"),
        (rule(Bands("above", Side(8, recover_critical=6))), "needs a critical"),
        (rule(Bands("above", Side(math.nan))), "must be a number"),
        (rule(Bands("above", Side(math.inf))), "must be a number"),
        (rule(Bands("outside", Side(8))), "both sides"),
        (rule(Bands("above", Side(8), low_side=Side(1))), "both sides"),
        (rule(Bands("sideways", Side(8))), "direction"),  # type: ignore[arg-type]
        (rule(Bands("above", RISING, target=9)), "lies in a band"),
        (rule(Bands("above", RISING, target=-1), lowest=0), "outside of what"),
        (rule(Bands("above", RISING, target=math.nan)), "must be numbers"),
        (rule(firing=Firing(3, 2)), "never be counted"),
        (rule(firing=Firing(0, 2)), "never be counted"),
        (rule(firing=Firing(2, 3, for_seconds=60)), "goes with consecutive"),
        (rule(recover_windows=0), "At least one window"),
        (rule(cadence=0), "cadence"),
        (rule(keep_for=-1), "cannot be negative"),
        (rule(lowest=1, highest=1), "smaller than the highest"),
    ],
)
def test_f21_a_threshold_that_cannot_work_is_refused_in_words(refused: Rule, words: str) -> None:
    problems = validate(refused)

    assert words in " ".join(problems)


def test_a_refusal_names_the_side() -> None:
    outside = Bands("outside", Side(8, 12), low_side=Side(2, 3))

    problems = validate(rule(outside))

    assert {problem[:5] for problem in problems} == {"Below"}


def test_an_edit_keeps_the_range_in_which_readings_are_quiet_in_step() -> None:
    edited = replace(rule(), bands=Bands("below", FALLING))

    assert (edited.quiet_above, edited.quiet_below) == (0.90, math.inf)
