"""Drift between two histograms or two samples: how far what comes in has moved from a reference.

Histograms are counts per bin over the same bins, in the same order; edges are the caller's matter.
An empty histogram gives None: nothing is known. Malformed counts raise ValueError.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from telemetry.rules.metrics.inputs import counted, finite, paired
from telemetry.rules.statistics import linear_percentile

HALF_A_CASE = 0.5
ENOUGH_TERMS = 101
NEVER_IN_DOUBT = 0.2
"""Under this argument Kolmogorov's survival function differs from 1 by less than 1e-11."""


class Kolmogorov(NamedTuple):
    """The greatest distance of two distribution functions, and how often chance gives as much."""

    statistic: float
    p_value: float


def psi(
    expected: Sequence[float], actual: Sequence[float], *, smoothing: float = HALF_A_CASE
) -> float | None:
    """Return the population stability index, sum of (a - e) ln(a / e) over shares of shared bins.

    Two sequences of counts (not shares) of one length. Where a bin is empty in one of the two,
    `smoothing` cases stand in its place and the shares are taken anew; a bin that is empty in both
    is left out. Without empty bins it is the textbook formula. An index from 0 upward, in nats;
    0.10 and 0.25 are the custom of credit scoring (Siddiqi 2006). Symmetric. None when one
    histogram is empty; ValueError for other lengths, negative or non-finite counts.
    """
    if not _comparable(expected, actual):
        return None
    kept = [(e, a) for e, a in zip(expected, actual, strict=True) if e or a]
    before = _shares([e or smoothing for e, _ in kept])
    after = _shares([a or smoothing for _, a in kept])
    return math.fsum((a - e) * math.log(a / e) for e, a in zip(before, after, strict=True))


def psi_by_chance(*, bins: int, expected_n: int, actual_n: int) -> float:
    """Return the index to expect when nothing has changed: (bins - 1)(1 / N + 1 / M).

    Says when a sample is too small for a band: Yurdakul and Naranjo, J. Risk Model Validation 14
    (2020). Raises ValueError for less than one bin or case.
    """
    if min(bins, expected_n, actual_n) < 1:
        raise ValueError("no index without bins and cases")
    return (bins - 1) * (1 / expected_n + 1 / actual_n)


def ks_binned(expected: Sequence[float], actual: Sequence[float]) -> float | None:
    """Return the greatest distance of the two distribution functions at the edges of the bins.

    Counts as for `psi`, in the order of the edges, no smoothing. A ratio between 0 and 1, and never
    more than the statistic of the values that were binned. None when one histogram is empty;
    ValueError as for `psi`. Kolmogorov 1933, Smirnov 1948.
    """
    if not _comparable(expected, actual):
        return None
    gap, widest = 0.0, 0.0
    for e, a in zip(_shares(expected), _shares(actual), strict=True):
        gap += e - a
        widest = max(widest, abs(gap))
    return min(widest, 1.0)


def ks_two_sample(one: Sequence[float], other: Sequence[float]) -> Kolmogorov | None:
    """Return the two-sample statistic, exact with ties, and its two-sided asymptotic p-value.

    The p-value is Kolmogorov's limiting distribution at sqrt(n m / (n + m)) D: too large for small
    samples, so it never cries wolf. None when a sample is empty; ValueError for NaN or infinity.
    """
    finite(one)
    finite(other)
    if not one or not other:
        return None
    first, second = sorted(one), sorted(other)
    n, m = len(first), len(second)
    # Whole numbers: k / n - l / m of equal shares must be zero, and not nearly so.
    widest = max(
        abs(bisect_right(first, x) * m - bisect_right(second, x) * n) for x in (*first, *second)
    )
    statistic = widest / (n * m)
    return Kolmogorov(statistic, kolmogorov_tail(math.sqrt(n * m / (n + m)) * statistic))


def kolmogorov_tail(x: float) -> float:
    """Return P(K > x) of Kolmogorov's distribution, 2 sum of (-1)^(k-1) exp(-2 k^2 x^2)."""
    if x < NEVER_IN_DOUBT:
        return 1.0
    terms = (
        (-1) ** (step - 1) * math.exp(-2 * step * step * x * x) for step in range(1, ENOUGH_TERMS)
    )
    return min(max(2 * math.fsum(terms), 0.0), 1.0)


def js_divergence(expected: Sequence[float], actual: Sequence[float]) -> float | None:
    """Return the Jensen-Shannon divergence in bits: 0 for equal shares, 1 for nothing in common.

    Counts as for `psi`; a bin that is empty needs no smoothing, since the mean of the two is not.
    None when one histogram is empty; ValueError as for `psi`. The square of the distance of the
    same name. Lin, IEEE Trans. Information Theory 37 (1991).
    """
    if not _comparable(expected, actual):
        return None
    terms = [
        _bits(share, (e + a) / 2)
        for e, a in zip(_shares(expected), _shares(actual), strict=True)
        for share in (e, a)
    ]
    return min(max(math.fsum(terms) / 2, 0.0), 1.0)


def binned(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    """Return how many values lie in each bin of rising inner edges: one bin more than edges.

    A bin holds its upper edge: (-inf, e0], (e0, e1], … (e_last, inf). Raises ValueError for NaN,
    infinity or edges that do not rise.
    """
    finite(values)
    finite(edges, "an edge")
    if any(low >= high for low, high in zip(edges, edges[1:], strict=False)):
        raise ValueError("the edges do not rise")
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_left(edges, value)] += 1
    return counts


def quantile_edges(values: Sequence[float], bins: int = 10) -> list[float]:
    """Return inner edges that cut a reference into `bins` of equal size; ties give fewer bins.

    Ten is the custom of the stability index. Raises ValueError for no values, NaN or bins < 2.
    """
    finite(values)
    if bins < 2:
        raise ValueError("a histogram has two bins or more")
    cuts = {linear_percentile(values, step / bins) for step in range(1, bins)}
    return sorted(cuts)


def _comparable(expected: Sequence[float], actual: Sequence[float]) -> bool:
    paired(expected, actual)
    counted(expected)
    counted(actual)
    return sum(expected) > 0 and sum(actual) > 0


def _shares(counts: Sequence[float]) -> list[float]:
    total = math.fsum(counts)
    return [count / total for count in counts]


def _bits(part: float, mean: float) -> float:
    return part * math.log2(part / mean) if part else 0.0
