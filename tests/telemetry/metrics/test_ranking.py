"""Rankings against scikit-learn (TEL-2)."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from telemetry.rules.metrics.ranking import (
    mean_average_precision,
    mrr,
    mrr_of_places,
    ndcg_at_k,
    recall_at_k,
)

GAINS = st.lists(st.integers(0, 4).map(float), min_size=2, max_size=12)


def falling(ranking: list[float]) -> list[float]:
    return [float(-place) for place in range(len(ranking))]


@settings(deadline=None)
@given(GAINS, st.integers(1, 14))
def test_discounted_gain_is_that_of_scikit_learn(ranking: list[float], k: int) -> None:
    assume(any(ranking))

    found = ndcg_at_k([ranking], k)

    assert found == pytest.approx(metrics.ndcg_score([ranking], [falling(ranking)], k=k))


@settings(deadline=None)
@given(GAINS)
def test_average_precision_is_that_of_scikit_learn(ranking: list[float]) -> None:
    assume(any(ranking))
    relevant = [gain > 0 for gain in ranking]

    found = mean_average_precision([ranking])

    theirs = metrics.average_precision_score(relevant, falling(ranking))
    assert found == pytest.approx(theirs)


@settings(deadline=None)
@given(st.lists(st.integers(0, 7), min_size=1, max_size=8))
def test_the_reciprocal_rank_is_that_of_scikit_learn_for_one_relevant_item(
    places: list[int],
) -> None:
    rankings = [[float(place == one) for place in range(8)] for one in places]

    found = mrr(rankings)

    theirs = metrics.label_ranking_average_precision_score(
        rankings, [falling(one) for one in rankings]
    )
    assert found == pytest.approx(theirs)
    assert mrr_of_places([place + 1 for place in places]) == pytest.approx(found)


@settings(deadline=None)
@given(GAINS)
def test_the_ideal_order_is_one_and_no_order_is_better(ranking: list[float]) -> None:
    assume(any(ranking))

    best, shown = ndcg_at_k([sorted(ranking, reverse=True)], 5), ndcg_at_k([ranking], 5)

    assert best == pytest.approx(1)
    assert shown is not None
    assert 0 <= shown <= 1 + 1e-12


def test_means_are_over_the_rankings_that_say_something() -> None:
    rankings = [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]

    assert mrr(rankings) == pytest.approx(0.75)
    assert mean_average_precision(rankings) == pytest.approx(0.75)
    assert recall_at_k(rankings, 1) == pytest.approx(0.5)


def test_what_was_not_found_counts_as_nothing() -> None:
    assert mrr_of_places([1, None]) == 0.5


def test_nothing_relevant_is_unknown() -> None:
    for figure in (mrr, mean_average_precision):
        assert figure([]) is None
        assert figure([[], [0.0]]) is None
    assert ndcg_at_k([[0.0]], 3) is None
    assert recall_at_k([], 3) is None
    assert mrr_of_places([]) is None


@pytest.mark.parametrize(
    "refused",
    [
        lambda: ndcg_at_k([[1.0]], 0),
        lambda: recall_at_k([[1.0]], 0),
        lambda: mrr([[-1.0]]),
        lambda: ndcg_at_k([[math.nan]], 3),
        lambda: mrr_of_places([0]),
    ],
)
def test_what_is_no_ranking_is_refused(refused: object) -> None:
    assert callable(refused)
    with pytest.raises(ValueError):
        refused()
