"""Calibration: whether a stated probability is as often right as it says.

Probabilities are sequences of numbers in [0, 1] beside labels of the same length (it happened, or
the answer was correct). No cases give None; NaN, numbers outside [0, 1] and other lengths raise
ValueError.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from telemetry.rules.metrics.inputs import finite, paired

SMALLEST = 2.220446049250313e-16
"""A probability of 0 counts as this, and 1 as 1 less this: one sure mistake is not endless."""


class Bin(NamedTuple):
    """Cases whose probability lies in (low, high]: their mean probability and how often it held."""

    low: float
    high: float
    n: int
    stated: float
    observed: float


def log_loss(probabilities: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Return the mean of -ln(probability of what happened), in nats. Good, JRSS B 14 (1952)."""
    _check(probabilities, labels)
    if not labels:
        return None
    given = (
        min(max(p, SMALLEST), 1 - SMALLEST) if label else 1 - min(max(p, SMALLEST), 1 - SMALLEST)
        for p, label in zip(probabilities, labels, strict=True)
    )
    return -math.fsum(math.log(p) for p in given) / len(labels)


def brier(probabilities: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Return the mean square of probability less outcome, 0 to 1. Brier, Mon. Weather Rev. 78."""
    _check(probabilities, labels)
    if not labels:
        return None
    squares = ((p - label) ** 2 for p, label in zip(probabilities, labels, strict=True))
    return math.fsum(squares) / len(labels)


def reliability(
    probabilities: Sequence[float], labels: Sequence[bool], *, bins: int = 10
) -> list[Bin]:
    """Return the bins that hold cases, of `bins` of equal width over [0, 1].

    A bin holds its upper edge; the first holds 0 too. Raises ValueError for bins < 1. DeGroot and
    Fienberg, The Statistician 32 (1983).
    """
    _check(probabilities, labels)
    if bins < 1:
        raise ValueError("no bins, no calibration")
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for p, label in zip(probabilities, labels, strict=True):
        held[_place(p, bins)].append((p, label))
    return [_bin(place, bins, cases) for place, cases in enumerate(held) if cases]


def ece(probabilities: Sequence[float], labels: Sequence[bool], *, bins: int = 10) -> float | None:
    """Return the expected calibration error: |observed - stated| of each bin, weighted by cases.

    Between 0 and 1; biased upward when bins hold few cases. Guo et al., ICML 2017.
    """
    found = reliability(probabilities, labels, bins=bins)
    if not found:
        return None
    return math.fsum(one.n * abs(one.observed - one.stated) for one in found) / len(labels)


def _place(p: float, bins: int) -> int:
    """Return the bin of a probability; edges are place / bins, as exact as they can be written."""
    place = max(math.ceil(p * bins) - 1, 0)
    if place > 0 and p <= place / bins:
        return place - 1
    return place + 1 if p > (place + 1) / bins else place


def _bin(place: int, bins: int, cases: Sequence[tuple[float, bool]]) -> Bin:
    n = len(cases)
    stated, observed = math.fsum(p for p, _ in cases) / n, sum(label for _, label in cases) / n
    return Bin(place / bins, (place + 1) / bins, n, stated, observed)


def _check(probabilities: Sequence[float], labels: Sequence[bool]) -> None:
    paired(probabilities, labels)
    finite(probabilities, "a probability")
    if any(not 0 <= p <= 1 for p in probabilities):
        raise ValueError("a probability lies outside 0 and 1")
