"""Closed forms against values computed once with scipy, statsmodels, numpy and scikit-learn."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.rules.statistics import (
    Confusion,
    difference,
    linear_percentile,
    nearest_rank,
    wilson,
)

EXACT = 1e-12
TEN = [210.0, 180.5, 999.0, 240.0, 205.5, 199.0, 188.0, 201.0, 230.0, 260.0]


# scipy 1.17.1: binomtest(k, n).proportion_ci(method="wilson")
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.27753279986288926),
        (10, 10, 0.7224672001371109, 1.0),
        (50, 100, 0.4038315303659956, 0.5961684696340044),
        (913, 1000, 0.8939135189433065, 0.9289255785476249),
        (1, 30, 0.005908590381612441, 0.16670390991409173),
        (188, 200, 0.8980683070423372, 0.9653478057456681),
    ],
)
def test_wilson_bounds_are_those_of_scipy(successes: int, n: int, low: float, high: float) -> None:
    found = wilson(successes, n)

    assert found == pytest.approx((successes / n, low, high), abs=EXACT)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 10), (11, 10)])
def test_what_is_no_proportion_is_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        wilson(successes, n)


@settings(max_examples=100)
@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_wilson_interval_holds_its_share_and_stays_a_share(counts: tuple[int, int]) -> None:
    found = wilson(*counts)

    assert 0 <= found.low <= found.value <= found.high <= 1


# statsmodels 0.15.0: confint_proportions_2indep(…, method="newcomb", compare="diff"); the first
# three are worked examples of the paper too.
@pytest.mark.parametrize(
    ("counts", "gap", "low", "high"),
    [
        ((56, 70, 48, 80), 0.20, 0.05243147240236498, 0.33387265403690614),
        ((9, 10, 3, 10), 0.60, 0.1705227239345029, 0.809017973535488),
        ((10, 10, 0, 20), 1.0, 0.6790860371419145, 1.0),
        ((150, 200, 120, 200), 0.15, 0.05826033912752318, 0.23831523713483937),
        ((84, 100, 84, 100), 0.0, -0.10284286782189746, 0.10284286782189746),
        ((840, 1000, 714, 1000), 0.126, 0.0897537697073782, 0.16187723838494147),
    ],
)
def test_newcombe_bounds_are_those_of_statsmodels(
    counts: tuple[int, int, int, int], gap: float, low: float, high: float
) -> None:
    found = difference(*counts)

    assert found == pytest.approx((gap, low, high), abs=EXACT)


def test_a_difference_turned_round_changes_its_sign() -> None:
    one, other = difference(56, 70, 48, 80), difference(48, 80, 56, 70)

    assert other == pytest.approx((-one.value, -one.high, -one.low), abs=EXACT)


# numpy 2.4.6: percentile(…, method="inverted_cdf") and the default, linear
@pytest.mark.parametrize(
    ("values", "share", "rank", "linear"),
    [
        ([15, 20, 35, 40, 50], 0.05, 15, 16),
        ([15, 20, 35, 40, 50], 0.30, 20, 23),
        ([15, 20, 35, 40, 50], 0.40, 20, 29),
        ([15, 20, 35, 40, 50], 0.50, 35, 35),
        ([15, 20, 35, 40, 50], 1.00, 50, 50),
        (list(range(100, 0, -1)), 0.95, 95, 95.05),
        ([3, 6, 7, 8, 8, 9, 10, 13, 15, 16, 20], 0.95, 20, 18),
        (TEN, 0.95, 999.0, 666.4499999999991),
        ([7], 0.5, 7, 7),
    ],
)
def test_percentiles_are_those_of_numpy(
    values: list[float], share: float, rank: float, linear: float
) -> None:
    found = (nearest_rank(values, share), linear_percentile(values, share))

    assert found == pytest.approx((rank, linear), abs=1e-9)


@settings(max_examples=100)
@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.95, 0.99])
)
def test_a_nearest_rank_is_the_first_value_that_enough_do_not_exceed(
    values: list[float], share: float
) -> None:
    found = nearest_rank(values, share)

    reached = [one for one in values if sum(v <= one for v in values) >= share * len(values) - 1e-9]
    assert found == min(reached)


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.01)])
def test_a_percentile_of_nothing_or_of_no_share_is_refused(
    values: list[float], share: float
) -> None:
    with pytest.raises(ValueError, match=r"there is no percentile|no share"):
        nearest_rank(values, share)


# scikit-learn 1.9.1: accuracy_score, precision_recall_fscore_support(average="binary")
@pytest.mark.parametrize(
    ("counts", "figures"),
    [
        ((40, 10, 5, 45), (0.85, 0.8, 0.8888888888888888, 0.8421052631578947)),
        ((1, 2, 3, 94), (0.95, 0.3333333333333333, 0.25, 0.2857142857142857)),
        ((90, 0, 10, 0), (0.9, 1.0, 0.9, 0.9473684210526315)),
        ((0, 5, 10, 85), (0.85, 0.0, 0.0, 0.0)),
    ],
)
def test_figures_of_a_confusion_table_are_those_of_scikit_learn(
    counts: tuple[int, int, int, int], figures: tuple[float, float, float, float]
) -> None:
    table = Confusion(*counts)

    found = (table.accuracy, table.precision, table.recall, table.f1)

    assert found == pytest.approx(figures, abs=EXACT)


def test_a_figure_without_a_denominator_is_none_and_not_zero() -> None:
    empty = Confusion(true_negative=10)

    assert (empty.precision, empty.recall, empty.f1) == (None, None, None)
