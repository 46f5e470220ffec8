"""What a plan must hold, and what a run comes to: unknown is never passed; requirement REG-9."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.evaluations import (
    Limit,
    Measured,
    Scenario,
    Slice,
    judge,
    plan_problems,
)

SLICES = [Slice("all", "usual"), Slice("rare", "edge"), Slice("crafted", "adversarial")]
LIMITS = [Limit(one.name, "accuracy", "at_least", 0.9, 100) for one in SLICES]
SCENARIOS = [Scenario("It is wrong.", "accuracy", "Fall back.")]
GOOD = [Measured(one.slice, one.metric, 0.95, 100) for one in LIMITS]


def test_a_whole_plan_has_no_problem():
    assert plan_problems(SLICES, LIMITS, SCENARIOS) == {}


@pytest.mark.parametrize("kind", ["usual", "edge", "adversarial"])
def test_a_plan_has_a_slice_of_each_kind(kind):
    slices = [one for one in SLICES if one.kind != kind]
    limits = [one for one in LIMITS if one.slice in {one.name for one in slices}]

    assert "Missing: a slice of" in plan_problems(slices, limits, SCENARIOS)["slices"]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ([], "Between 1 and"),
        (LIMITS[:2], "No metric is measured on: crafted"),
        ([*LIMITS, LIMITS[0]], "stands once"),
        ([*LIMITS, replace(LIMITS[0], slice="other")], "no slice 'other'"),
        ([*LIMITS, replace(LIMITS[0], metric="f1", direction="near")], "direction"),
        ([*LIMITS, replace(LIMITS[0], metric="f1", value=math.nan)], "is a number"),
        ([*LIMITS, replace(LIMITS[0], metric="f1", least_n=0)], "at least one case"),
    ],
)
def test_a_limit_that_says_nothing_is_no_limit(limits, words):
    assert words in plan_problems(SLICES, limits, SCENARIOS)["metrics"]


@pytest.mark.parametrize("scenarios", [[], [Scenario("It is wrong.", "", "Fall back.")]])
def test_a_plan_says_what_could_go_wrong_and_what_is_done(scenarios):
    assert "scenarios" in plan_problems(SLICES, LIMITS, scenarios)


def test_a_run_that_meets_every_limit_on_enough_cases_passes():
    outcome, lines = judge(LIMITS, GOOD)

    assert outcome == "passed"
    assert [line.verdict for line in lines] == ["passed"] * 3


@pytest.mark.parametrize(
    "found",
    [
        GOOD[:2],
        [*GOOD[:2], replace(GOOD[2], value=None)],
        [*GOOD[:2], replace(GOOD[2], value=math.nan)],
        [*GOOD[:2], replace(GOOD[2], value=math.inf)],
        [*GOOD[:2], replace(GOOD[2], n=None)],
        [*GOOD[:2], replace(GOOD[2], n=99)],
        [*GOOD[:2], replace(GOOD[2], n=99, value=0.1)],
        [],
    ],
)
def test_what_is_unknown_or_too_small_is_inconclusive_not_passed(found):
    assert judge(LIMITS, found)[0] == "inconclusive"


def test_one_missed_limit_fails_the_run_whatever_else_is_unknown():
    outcome, lines = judge(LIMITS, [replace(GOOD[0], value=0.89)])

    assert outcome == "failed"
    assert lines[0].why == "0.89 on 100 cases, at least 0.9 on 100 cases or more was agreed."


def test_the_limit_itself_is_good_enough_on_either_side():
    at_most = [replace(one, direction="at_most") for one in LIMITS]
    exactly = [replace(one, value=0.9) for one in GOOD]

    assert judge(LIMITS, exactly)[0] == "passed"
    assert judge(at_most, exactly)[0] == "passed"


def test_a_plan_without_limits_is_never_passed():
    assert judge([], GOOD)[0] == "inconclusive"


VALUES = st.one_of(st.none(), st.floats())
COUNTS = st.one_of(st.none(), st.integers(0, 1000))


@given(st.lists(st.tuples(VALUES, COUNTS), min_size=3, max_size=3))
def test_passed_means_that_every_limit_was_met_on_enough_cases(found):
    results = [replace(one, value=value, n=n) for one, (value, n) in zip(GOOD, found, strict=True)]

    outcome, _ = judge(LIMITS, results)

    met = all(
        one.value is not None and one.value >= 0.9 and one.value != math.inf
        and one.n is not None and one.n >= 100
        for one in results
    )  # fmt: skip
    assert (outcome == "passed") == met
