"""Losses of probabilities and calibration are those of scikit-learn (TEL-2)."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import calibration, metrics

from telemetry.rules.metrics.calibration import brier, ece, log_loss, reliability

CASES = st.lists(
    st.tuples(st.one_of(st.floats(0, 1), st.sampled_from([0.1, 0.3, 0.7, 0.9])), st.booleans()),
    min_size=1,
    max_size=40,
)


def parted(cases: list[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [p for p, _ in cases], [label for _, label in cases]


@settings(deadline=None)
@given(CASES)
def test_losses_are_those_of_scikit_learn(cases: list[tuple[float, bool]]) -> None:
    given_, labels = parted(cases)

    theirs = metrics.log_loss(labels, given_, labels=[False, True])
    assert log_loss(given_, labels) == pytest.approx(theirs, rel=1e-9, abs=1e-12)
    squares = np.mean((np.array(given_) - np.array(labels)) ** 2)
    assert brier(given_, labels) == pytest.approx(squares)


def test_the_square_loss_is_that_of_scikit_learn() -> None:
    given_, labels = [0.9, 0.8, 0.35, 0.1], [True, False, True, False]

    assert brier(given_, labels) == pytest.approx(metrics.brier_score_loss(labels, given_))


@pytest.mark.parametrize("bins", [5, 10, 15])
def test_bins_are_those_of_scikit_learn(bins: int) -> None:
    draw = np.random.default_rng(3)
    given_ = np.concatenate([draw.random(200), np.arange(0, 21) / 20]).tolist()
    labels = (draw.random(221) < np.array(given_) ** 2).tolist()

    found = reliability(given_, labels, bins=bins)

    theirs = calibration.calibration_curve(labels, given_, n_bins=bins, strategy="uniform")
    assert [one.observed for one in found] == pytest.approx(theirs[0].tolist())
    assert [one.stated for one in found] == pytest.approx(theirs[1].tolist())
    weights = [one.n / 221 for one in found]
    gap = float(np.dot(weights, np.abs(theirs[0] - theirs[1])))
    assert ece(given_, labels, bins=bins) == pytest.approx(gap)


@settings(deadline=None)
@given(CASES, st.integers(1, 20))
def test_every_case_lies_in_its_bin(cases: list[tuple[float, bool]], bins: int) -> None:
    given_, labels = parted(cases)

    found = reliability(given_, labels, bins=bins)

    assert sum(one.n for one in found) == len(cases)
    for one in found:
        held = [p for p in given_ if one.low < p <= one.high or (p == 0 and one.low == 0)]
        assert len(held) == one.n


# 0.07 x 100 is 7.000000000000001 and 0.29 x 100 is 28.999999999999996.
@pytest.mark.parametrize("edge", [0.07, 0.14, 0.28, 0.29, 0.55, 0.56, 0.57, 0.58])
def test_an_edge_lies_in_the_bin_below_it_however_it_is_rounded(edge: float) -> None:
    found = reliability([edge], [True], bins=100)

    assert [one.high for one in found] == [edge]


def test_what_holds_as_often_as_stated_is_calibrated() -> None:
    given_ = [0.75] * 100 + [0.25] * 100
    labels = [True] * 75 + [False] * 25 + [True] * 25 + [False] * 75

    assert ece(given_, labels) == pytest.approx(0)
    assert ece(given_, [not label for label in labels]) == pytest.approx(0.5)


def test_one_sure_mistake_is_dear_but_not_endless() -> None:
    found = log_loss([1.0], [False])

    assert found is not None
    assert 36 < found < 37


def test_no_cases_are_unknown() -> None:
    assert (log_loss([], []), brier([], []), ece([], [])) == (None, None, None)
    assert reliability([], []) == []


@pytest.mark.parametrize("figure", [log_loss, brier, ece])
@pytest.mark.parametrize("given_", [[0.5], [0.5, 1.1], [-0.1, 0.5], [0.5, math.nan]])
def test_what_is_no_probability_is_refused(figure: object, given_: list[float]) -> None:
    assert callable(figure)
    with pytest.raises(ValueError):
        figure(given_, [True, False])


def test_no_bins_are_refused() -> None:
    with pytest.raises(ValueError, match="no bins"):
        reliability([0.5], [True], bins=0)
