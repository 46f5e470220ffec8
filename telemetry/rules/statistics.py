"""Closed forms: intervals of proportions, percentiles, figures of a confusion table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

Z_95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution: two-sided 95 %."""


class Interval(NamedTuple):
    """An estimate between its confidence bounds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of a class against the rest. Figures with an empty denominator are None."""

    true_positive: int = 0
    false_positive: int = 0
    false_negative: int = 0
    true_negative: int = 0

    @property
    def total(self) -> int:
        """All labelled cases."""
        return self.actual + self.false_positive + self.true_negative

    @property
    def actual(self) -> int:
        """Cases that are of the class."""
        return self.true_positive + self.false_negative

    @property
    def predicted(self) -> int:
        """Cases that were answered with the class."""
        return self.true_positive + self.false_positive

    @property
    def accuracy(self) -> float | None:
        """(TP + TN) / all."""
        return _share(self.true_positive + self.true_negative, self.total)

    @property
    def precision(self) -> float | None:
        """TP / (TP + FP)."""
        return _share(self.true_positive, self.predicted)

    @property
    def recall(self) -> float | None:
        """TP / (TP + FN)."""
        return _share(self.true_positive, self.actual)

    @property
    def f1(self) -> float | None:
        """2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall."""
        return _share(2 * self.true_positive, self.predicted + self.actual)


def wilson(successes: int, n: int, z: float = Z_95) -> Interval:
    """Return a proportion with Wilson's score interval, without continuity correction.

    Never leaves [0, 1]. Wilson, JASA 22 (1927). Raises ValueError unless 0 <= successes <= n and
    n > 0.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} of {n} is no proportion")
    share = successes / n
    spread = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / spread
    half = z / spread * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Interval(share, low, high)


def difference(
    successes: int, n: int, other_successes: int, other_n: int, z: float = Z_95
) -> Interval:
    """Return the first proportion minus the other, with Newcombe's hybrid score interval.

    Method 10 of Newcombe, Statistics in Medicine 17 (1998): independent groups, Wilson's bounds of
    each, no continuity correction. Raises ValueError like `wilson`.
    """
    one, other = wilson(successes, n, z), wilson(other_successes, other_n, z)
    gap = one.value - other.value
    low = gap - math.hypot(one.value - one.low, other.high - other.value)
    high = gap + math.hypot(one.high - one.value, other.value - other.low)
    return Interval(gap, low, high)


def nearest_rank(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of all values do not exceed.

    Always a value that was seen, the same as PostgreSQL's percentile_disc. `share` lies in (0, 1];
    `values` need not be sorted. Raises ValueError for no values or another share.
    """
    _check_percentile(values, share)
    # The rank is an exact ceiling: 0.95 x 100 in floating point must not become 96.
    rank = math.ceil(round(share * len(values), 9))
    return sorted(values)[max(rank, 1) - 1]


def linear_percentile(values: Sequence[float], share: float) -> float:
    """Return the percentile with linear interpolation between the two nearest values.

    The same as PostgreSQL's percentile_cont. Raises ValueError like `nearest_rank`.
    """
    _check_percentile(values, share)
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _check_percentile(values: Sequence[float], share: float) -> None:
    if not values:
        raise ValueError("there is no percentile of nothing")
    if not 0 < share <= 1:
        raise ValueError(f"{share} is no share between 0 and 1")
