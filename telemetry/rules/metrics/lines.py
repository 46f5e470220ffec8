"""Lines through the points of a series, with the 95 % interval of their slope.

Values and times are sequences of one length; a slope is given by the unit of time of `times`. Too
little to draw a line gives None; NaN, infinity and other lengths raise ValueError.
"""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median
from typing import NamedTuple

from telemetry.rules.metrics.inputs import finite, paired
from telemetry.rules.metrics.quantiles import student
from telemetry.rules.statistics import Z_95

LEAST_POINTS = 3


class Line(NamedTuple):
    """A line through points: slope per unit of time with its 95 % bounds, level at `middle`."""

    slope: float
    low: float
    high: float
    level: float
    middle: float
    n: int

    def at(self, time: float) -> float:
        """Return the value of the line at a time."""
        return self.level + self.slope * (time - self.middle)

    @property
    def sure(self) -> bool:
        """Whether the 95 % interval of the slope leaves out zero."""
        return self.low > 0 or self.high < 0


def least_squares(values: Sequence[float], times: Sequence[float]) -> Line | None:
    """Return the least-squares line with the 95 % interval of its slope by Student's t.

    The interval takes the errors as independent and of one size. None for fewer than three points
    or for times that are all the same.
    """
    _check(values, times)
    middle, level = (fmean(times), fmean(values)) if values else (0.0, 0.0)
    spread = math.fsum((time - middle) ** 2 for time in times)
    if len(values) < LEAST_POINTS or spread == 0:
        return None
    slope = _products(times, middle, values, level) / spread
    half = student(len(values) - 2) * _slope_error(values, times, slope, spread)
    return Line(slope, slope - half, slope + half, level, middle, len(values))


def theil_sen(values: Sequence[float], times: Sequence[float]) -> Line | None:
    """Return the line of the median slope of all pairs, with Sen's 95 % interval of ranks.

    Hardly moved by outliers. Quadratic in the number of points: meant for up to some hundred.
    `level` is the median value at the median time. None as for `least_squares`. Sen, JASA 63
    (1968), with the correction of the variance for ties.
    """
    _check(values, times)
    slopes = _pair_slopes(values, times)
    if len(values) < LEAST_POINTS or not slopes:
        return None
    below, above = _sen_ranks(values, times, len(slopes))
    low = slopes[below] if below is not None else -math.inf
    high = slopes[above] if above is not None else math.inf
    return Line(median(slopes), low, high, median(values), median(times), len(values))


def _slope_error(
    values: Sequence[float], times: Sequence[float], slope: float, spread: float
) -> float:
    middle, level = fmean(times), fmean(values)
    left = math.fsum(
        (value - level - slope * (time - middle)) ** 2
        for value, time in zip(values, times, strict=True)
    )
    return math.sqrt(left / (len(values) - 2) / spread)


def _products(
    ones: Sequence[float], mean: float, others: Sequence[float], other_mean: float
) -> float:
    return math.fsum(
        (one - mean) * (other - other_mean) for one, other in zip(ones, others, strict=True)
    )


def _pair_slopes(values: Sequence[float], times: Sequence[float]) -> list[float]:
    points = sorted(zip(times, values, strict=True))
    return sorted(
        (after[1] - before[1]) / (after[0] - before[0])
        for place, before in enumerate(points)
        for after in points[place + 1 :]
        if after[0] > before[0]
    )


def _sen_ranks(
    values: Sequence[float], times: Sequence[float], pairs: int
) -> tuple[int | None, int | None]:
    """Return the places of both bounds among the sorted slopes; None where there is no such."""
    reach = Z_95 * math.sqrt(_kendall_variance(values, times))
    below = round((pairs - reach) / 2) - 1
    above = round((pairs + reach) / 2)
    return below if below >= 0 else None, above if above < pairs else None


def _kendall_variance(values: Sequence[float], times: Sequence[float]) -> float:
    """Return the variance of Kendall's S with ties on both sides (Kendall 1970, section 4.9)."""
    n = len(values)
    ties, other = list(Counter(values).values()), list(Counter(times).values())
    terms = [sum(k * (k - 1) * (2 * k + 5) for k in group) for group in ([n], ties, other)]
    pairs = _falling(ties, 2) * _falling(other, 2) / (2 * n * (n - 1))
    triples = _falling(ties, 3) * _falling(other, 3) / (9 * n * (n - 1) * (n - 2))
    return max((terms[0] - terms[1] - terms[2]) / 18 + pairs + triples, 0.0)


def _falling(counts: Sequence[int], steps: int) -> int:
    return sum(math.perm(count, steps) for count in counts)


def _check(values: Sequence[float], times: Sequence[float]) -> None:
    paired(values, times)
    finite(values)
    finite(times, "a time")
