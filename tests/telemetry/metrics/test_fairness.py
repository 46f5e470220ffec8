"""Gaps between groups, with intervals, sizes and small groups kept back (KPI-8)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats.contingency import relative_risk

from telemetry.rules.metrics.fairness import (
    Pair,
    Part,
    disparate_impact_ratio,
    equal_opportunity_difference,
    equalised_odds,
    gaps,
    katz,
    parity_difference,
    surest_gap,
)
from telemetry.rules.statistics import Confusion, difference

PARTS = st.integers(1, 400).flatmap(lambda n: st.builds(Part, st.integers(0, n), st.just(n)))
GROUPS = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), PARTS, max_size=6)


def test_the_widest_gap_names_both_groups_their_sizes_and_its_interval() -> None:
    found = parity_difference({"a": Part(56, 70), "b": Part(48, 80), "c": Part(70, 100)})

    bounds = difference(56, 70, 48, 80)
    assert found == Pair("a", "b", *bounds, 70, 80)
    assert found.n == 70


def test_a_group_under_ten_is_in_no_result() -> None:
    groups = {"a": Part(90, 100), "b": Part(80, 100), "tiny": Part(0, 9)}

    found = gaps(groups)

    assert [(one.favoured, one.other) for one in found] == [("a", "b")]
    assert disparate_impact_ratio(groups) is not None
    assert "tiny" not in str(disparate_impact_ratio(groups))


def test_the_surest_gap_is_not_the_widest_of_a_small_group() -> None:
    groups = {"a": Part(800, 1000), "b": Part(700, 1000), "small": Part(7, 12)}

    widest, surest = parity_difference(groups), surest_gap(groups)

    assert widest is not None
    assert surest is not None
    assert widest.other == "small"
    assert widest.low < 0
    assert surest.other == "b"
    assert surest.low > 0


@settings(deadline=None)
@given(GROUPS)
def test_the_gap_is_that_of_the_extremes_and_none_is_shown_under_ten(
    groups: dict[str, Part],
) -> None:
    found = parity_difference(groups)

    shares = [part.share for part in groups.values() if part.n >= 10]
    if len(shares) < 2:
        assert found is None
    else:
        assert found is not None
        assert found.value == pytest.approx(max(shares) - min(shares))
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.n >= 10


@settings(deadline=None)
@given(GROUPS)
def test_the_ratio_is_that_of_the_extremes(groups: dict[str, Part]) -> None:
    found = disparate_impact_ratio(groups)

    shares = [part.share for part in groups.values() if part.n >= 10]
    if len(shares) < 2 or max(shares) == 0:
        assert found is None
    else:
        assert found is not None
        assert found.value == pytest.approx(min(shares) / max(shares))
        assert 0 <= found.low <= found.value <= found.high


@pytest.mark.parametrize(
    "counts", [(30, 100, 45, 90), (1, 50, 49, 50), (80, 80, 80, 80), (20, 200, 60, 300)]
)
def test_the_interval_of_a_ratio_is_that_of_scipy(counts: tuple[int, int, int, int]) -> None:
    one, n, other, m = counts

    found = katz(Part(one, n), Part(other, m))

    theirs = relative_risk(one, n, other, m)
    bounds = theirs.confidence_interval(0.95)
    assert found == pytest.approx((theirs.relative_risk, bounds.low, bounds.high), rel=1e-9)


def test_nobody_chosen_of_a_group_has_an_upper_bound_and_nobody_at_all_is_unknown() -> None:
    some = disparate_impact_ratio({"a": Part(20, 40), "b": Part(0, 40)})

    assert some is not None
    assert (some.value, some.low) == (0, 0)
    assert 0 < some.high < 0.8
    assert disparate_impact_ratio({"a": Part(0, 40), "b": Part(0, 40)}) is None


def test_equal_opportunity_looks_at_the_cases_of_the_class_alone() -> None:
    groups = {"a": Confusion(45, 5, 5, 100), "b": Confusion(30, 60, 20, 10)}

    found = equal_opportunity_difference(groups)

    assert found is not None
    assert (found.favoured, found.other, found.n) == ("a", "b", 50)
    assert found.value == pytest.approx(0.9 - 0.6)


def test_equalised_odds_are_the_wider_of_both_gaps() -> None:
    groups = {"a": Confusion(45, 5, 5, 95), "b": Confusion(40, 60, 10, 40)}

    found = equalised_odds(groups)

    assert found.worst is not None
    assert found.worst == found.false_positive
    assert found.worst.value == pytest.approx(0.6 - 0.05)


def test_odds_are_unknown_where_one_kind_of_case_is_rare() -> None:
    groups = {"a": Confusion(45, 1, 5, 5), "b": Confusion(40, 60, 10, 40)}

    found = equalised_odds(groups)

    assert found.true_positive is not None
    assert found.false_positive is None
    assert found.worst is None


@pytest.mark.full
@pytest.mark.parametrize("shares", [(0.5, 0.4), (0.9, 0.72)])
def test_intervals_hold_the_truth_in_nineteen_of_twenty(shares: tuple[float, float]) -> None:
    draw = np.random.default_rng(12)
    held, gaps_held = 0, 0
    for _ in range(2000):
        a, b = (
            Part(int(draw.binomial(150, shares[0])), 150),
            Part(int(draw.binomial(150, shares[1])), 150),
        )
        ratio, gap = katz(b, a), difference(a.count, a.n, b.count, b.n)
        held += ratio[1] <= shares[1] / shares[0] <= ratio[2]
        gaps_held += gap.low <= shares[0] - shares[1] <= gap.high

    assert held / 2000 == pytest.approx(0.95, abs=0.02)
    assert gaps_held / 2000 == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: parity_difference({"a": Part(11, 10), "b": Part(1, 10)}),
        lambda: parity_difference({"a": Part(-1, 10), "b": Part(1, 10)}),
        lambda: parity_difference({"a": Part(1, 10), "b": Part(1, 10)}, least=9),
        lambda: katz(Part(1, 10), Part(0, 10)),
    ],
)
def test_what_is_no_group_is_refused(refused: object) -> None:
    assert callable(refused)
    with pytest.raises(ValueError):
        refused()


def test_one_group_alone_has_no_gap() -> None:
    assert parity_difference({"a": Part(5, 20)}) is None
    assert parity_difference({}) is None
    assert disparate_impact_ratio({"a": Part(5, 20)}) is None
