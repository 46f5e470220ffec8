"""Ranking: whether what is relevant stands on top.

A ranking is the gains of its items in the order in which they were shown: 0 is irrelevant. All that
could have been shown must be in it, or the ideal order is not known. A ranking without a relevant
item says nothing and takes no part in a mean; no rankings left give None. Negative gains, NaN and
infinity raise ValueError.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean

from telemetry.rules.metrics.inputs import counted


def ndcg_at_k(rankings: Iterable[Sequence[float]], k: int) -> float | None:
    """Return the mean over rankings of DCG of the first k items / DCG of the ideal first k.

    Linear gains, discount log2(place + 1); 0 to 1. Raises ValueError for k < 1. Jarvelin and
    Kekalainen, ACM TOIS 20 (2002).
    """
    if k < 1:
        raise ValueError("a ranking is looked at from the first item on")
    return _mean(_ndcg(ranking, k) for ranking in rankings)


def mrr(rankings: Iterable[Sequence[float]]) -> float | None:
    """Return the mean of 1 / place of the first relevant item. Voorhees, TREC-8 (1999)."""
    return _mean(_first_relevant(ranking) for ranking in rankings)


def mrr_of_places(places: Sequence[int | None]) -> float | None:
    """Return the same from the places of the first relevant item, from 1; None was not found: 0.

    Raises ValueError for a place under 1.
    """
    if any(place is not None and place < 1 for place in places):
        raise ValueError("places count from 1")
    return fmean(1 / place if place else 0.0 for place in places) if places else None


def mean_average_precision(rankings: Iterable[Sequence[float]]) -> float | None:
    """Return the mean over rankings of the mean precision at the places of relevant items.

    Any gain above 0 is relevant. Manning, Raghavan and Schuetze, Introduction to Information
    Retrieval (2008), 8.4.
    """
    return _mean(_average_precision(ranking) for ranking in rankings)


def recall_at_k(rankings: Iterable[Sequence[float]], k: int) -> float | None:
    """Return the mean share of the relevant items that stand among the first k.

    Raises ValueError for k < 1.
    """
    if k < 1:
        raise ValueError("a ranking is looked at from the first item on")
    return _mean(_recall(ranking, k) for ranking in rankings)


def _ndcg(ranking: Sequence[float], k: int) -> float | None:
    counted(ranking)
    ideal = _dcg(sorted(ranking, reverse=True)[:k])
    return _dcg(ranking[:k]) / ideal if ideal else None


def _dcg(gains: Sequence[float]) -> float:
    return math.fsum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def _first_relevant(ranking: Sequence[float]) -> float | None:
    counted(ranking)
    return next((1 / place for place, gain in enumerate(ranking, 1) if gain), None)


def _average_precision(ranking: Sequence[float]) -> float | None:
    counted(ranking)
    places = [place for place, gain in enumerate(ranking, 1) if gain]
    return fmean(hits / place for hits, place in enumerate(places, 1)) if places else None


def _recall(ranking: Sequence[float], k: int) -> float | None:
    counted(ranking)
    relevant = sum(gain > 0 for gain in ranking)
    return sum(gain > 0 for gain in ranking[:k]) / relevant if relevant else None


def _mean(found: Iterable[float | None]) -> float | None:
    known = [one for one in found if one is not None]
    return fmean(known) if known else None
