"""Drift between histograms and samples, against scipy (TEL-5)."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

from telemetry.rules.metrics.drift import (
    binned,
    js_divergence,
    kolmogorov_tail,
    ks_binned,
    ks_two_sample,
    psi,
    psi_by_chance,
    quantile_edges,
)

COUNTS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=12)
VALUES = st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=40)
SOME = st.lists(st.integers(-20, 20).map(float), min_size=3, max_size=40)


def halves(pairs: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    assume(sum(one) and sum(other))
    return one, other


def test_the_index_without_empty_bins_is_the_sum_of_both_relative_entropies() -> None:
    expected, actual = [120, 300, 410, 130, 40], [90, 250, 430, 170, 60]

    found = psi(expected, actual)

    both = stats.entropy(expected, actual) + stats.entropy(actual, expected)
    assert found == pytest.approx(both, rel=1e-12)


def test_half_a_case_stands_where_one_side_is_empty() -> None:
    found = psi([50, 50, 0, 0], [40, 50, 10, 0])

    smoothed = [50, 50, 0.5], [40, 50, 10]
    both = stats.entropy(*smoothed) + stats.entropy(*reversed(smoothed))
    assert found == pytest.approx(both, rel=1e-12)


@settings(deadline=None)
@given(COUNTS)
def test_all_three_figures_are_symmetric_and_never_negative(pairs: list[tuple[int, int]]) -> None:
    one, other = halves(pairs)

    for figure in (psi, ks_binned, js_divergence):
        there, back = figure(one, other), figure(other, one)
        assert there is not None
        assert there == pytest.approx(back, abs=1e-12)
        assert there >= -1e-12


@settings(deadline=None)
@given(COUNTS, st.integers(2, 50))
def test_the_same_shares_have_not_drifted(pairs: list[tuple[int, int]], times: int) -> None:
    one, _ = halves(pairs)
    more = [count * times for count in one]

    assert psi(one, more) == pytest.approx(0, abs=1e-12)
    assert ks_binned(one, more) == pytest.approx(0, abs=1e-12)
    assert js_divergence(one, more) == pytest.approx(0, abs=1e-12)


@settings(deadline=None)
@given(COUNTS)
def test_the_divergence_is_the_square_of_the_distance_of_scipy(
    pairs: list[tuple[int, int]],
) -> None:
    one, other = halves(pairs)

    found = js_divergence(one, other)

    theirs = np.nan_to_num(jensenshannon(one, other, base=2)) ** 2
    assert found == pytest.approx(theirs, abs=1e-9)


def test_nothing_in_common_is_one_bit_and_the_whole_distance() -> None:
    assert js_divergence([5, 0], [0, 9]) == pytest.approx(1.0)
    assert ks_binned([5, 0], [0, 9]) == 1.0


@settings(deadline=None)
@given(SOME, SOME)
def test_the_statistic_of_two_samples_is_that_of_scipy_with_ties(
    one: list[float], other: list[float]
) -> None:
    found = ks_two_sample(one, other)

    assert found is not None
    theirs = stats.ks_2samp(one, other, method="asymp")
    assert found.statistic == pytest.approx(theirs.statistic, abs=1e-12)


@pytest.mark.parametrize("x", [0.01, 0.19, 0.21, 0.5, 0.9, 1.3581, 2.0, 5.0])
def test_the_tail_is_that_of_kolmogorov(x: float) -> None:
    assert kolmogorov_tail(x) == pytest.approx(special.kolmogorov(x), abs=1e-10)


def test_a_shifted_sample_is_seen_and_an_equal_one_is_not() -> None:
    draw = Random(3)
    one, other = [draw.gauss(0, 1) for _ in range(400)], [draw.gauss(0, 1) for _ in range(400)]
    shifted = [value + 0.5 for value in other]

    same, moved = ks_two_sample(one, other), ks_two_sample(one, shifted)

    assert same is not None
    assert moved is not None
    assert same.p_value > 0.05
    assert moved.p_value < 1e-6


@settings(deadline=None)
@given(VALUES, VALUES, st.lists(st.integers(-20, 20), min_size=1, max_size=8, unique=True))
def test_bins_never_show_more_distance_than_the_values(
    one: list[float], other: list[float], cuts: list[int]
) -> None:
    edges = [float(cut) for cut in sorted(cuts)]

    coarse = ks_binned(binned(one, edges), binned(other, edges))

    exact = ks_two_sample(one, other)
    assert coarse is not None
    assert exact is not None
    assert coarse <= exact.statistic + 1e-12


def test_chance_gives_about_the_index_that_is_said() -> None:
    draw = np.random.default_rng(11)
    shares = [0.1] * 10
    found = [
        psi(draw.multinomial(2000, shares).tolist(), draw.multinomial(1000, shares).tolist())
        for _ in range(300)
    ]

    mean = math.fsum(one or 0 for one in found) / len(found)

    expected = psi_by_chance(bins=10, expected_n=2000, actual_n=1000)
    assert mean == pytest.approx(expected, rel=0.1)


def test_a_bin_holds_its_upper_edge_and_both_ends_are_open() -> None:
    assert binned([-9, 1, 1.5, 2, 2.1, 99], [1, 2]) == [2, 2, 2]


def test_deciles_of_a_reference_cut_it_into_equal_parts() -> None:
    values = [float(one) for one in range(100)]

    edges = quantile_edges(values)

    assert binned(values, edges) == [10] * 10


def test_a_constant_reference_has_one_edge() -> None:
    assert quantile_edges([4.0] * 50) == [4.0]


@pytest.mark.parametrize("figure", [psi, ks_binned, js_divergence])
def test_nothing_counted_is_unknown(figure: object) -> None:
    assert callable(figure)
    assert figure([], []) is None
    assert figure([0, 0], [3, 4]) is None
    assert figure([3, 4], [0, 0]) is None


@pytest.mark.parametrize("figure", [psi, ks_binned, js_divergence])
@pytest.mark.parametrize(
    ("one", "other"),
    [([1, 2], [1]), ([1, -2], [1, 2]), ([1, math.nan], [1, 2]), ([1, 2], [math.inf, 2])],
)
def test_what_is_no_histogram_is_refused(
    figure: object, one: list[float], other: list[float]
) -> None:
    assert callable(figure)
    with pytest.raises(ValueError, match=r"count|belong"):
        figure(one, other)


def test_an_empty_sample_is_unknown_and_nan_is_refused() -> None:
    assert ks_two_sample([], [1.0]) is None
    with pytest.raises(ValueError, match="finite"):
        ks_two_sample([math.nan], [1.0])


@pytest.mark.parametrize(
    "refused",
    [
        lambda: binned([1.0], [2.0, 2.0]),
        lambda: binned([math.nan], [2.0]),
        lambda: quantile_edges([]),
        lambda: quantile_edges([1.0], bins=1),
        lambda: psi_by_chance(bins=10, expected_n=0, actual_n=5),
    ],
)
def test_what_cannot_be_binned_is_refused(refused: object) -> None:
    assert callable(refused)
    with pytest.raises(ValueError):
        refused()
