"""Percentiles: exact from the values, or from a histogram that can be added up.

For latency, tokens, cost: numbers from 0 upward. Exact ones are `nearest_rank` and
`linear_percentile` of telemetry.rules.statistics.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from telemetry.rules.computations import SMALLEST_GROUP, Figure
from telemetry.rules.metrics.inputs import finite
from telemetry.rules.statistics import Z_95, nearest_rank

STEPS = 64
"""Buckets between a power of two and the next."""
ERROR_BOUND = 1 / (2 * STEPS)
"""No percentile from a histogram is further than this share (0.78 %) from the exact one."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of values in log-linear buckets: each octave is cut into `STEPS` of equal width.

    Adding two gives what counting all values at once gives, in any order, so hours add up to days.
    `zeros` are kept apart. After the idea of HdrHistogram; the place of a value is exact, since it
    is read off its binary exponent.
    """

    counts: Mapping[int, int] = field(default_factory=dict)
    zeros: int = 0

    @property
    def total(self) -> int:
        """All values that were counted."""
        return self.zeros + sum(self.counts.values())

    def plus(self, other: "Histogram") -> "Histogram":
        """Return both together."""
        added = Counter(self.counts)
        added.update(other.counts)
        return Histogram(dict(sorted(added.items())), self.zeros + other.zeros)

    def percentile(self, share: float) -> float | None:
        """Return the nearest-rank percentile within `ERROR_BOUND`; None when nothing was counted.

        Raises ValueError unless 0 < share <= 1.
        """
        _check(share)
        if not self.total:
            return None
        passed, rank = self.zeros, _rank(share, self.total)
        if rank <= passed:
            return 0.0
        for place in sorted(self.counts):
            passed += self.counts[place]
            if passed >= rank:
                return middle(place)
        raise AssertionError("a rank lies within its total")


def histogram_of(values: Iterable[float]) -> Histogram:
    """Return the histogram of values from 0 upward. Raises ValueError for others and for NaN."""
    counts: Counter[int] = Counter()
    zeros = 0
    for value in values:
        if value == 0:
            zeros += 1
        else:
            counts[bucket(value)] += 1
    return Histogram(dict(sorted(counts.items())), zeros)


def bucket(value: float) -> int:
    """Return the number of the bucket of a value above 0; numbers rise with the values."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{value} has no bucket")
    fraction, exponent = math.frexp(value)
    return exponent * STEPS + int((2 * fraction - 1) * STEPS)


def middle(place: int) -> float:
    """Return the middle of a bucket; every value in it lies within `ERROR_BOUND` of it."""
    exponent, step = divmod(place, STEPS)
    return math.ldexp(1 + (step + 0.5) / STEPS, exponent - 1)


def percentile(
    values: Sequence[float], share: float, *, least: int = SMALLEST_GROUP
) -> Figure | None:
    """Return the exact nearest-rank percentile with a 95 % interval between values that were seen.

    The bounds are the order statistics at n q -/+ z sqrt(n q (1 - q)), for any distribution
    (Conover, Practical Nonparametric Statistics, 3.2); None where the sample is too small to have
    them. None under `least` values. Raises ValueError for NaN, infinity or another share.
    """
    _check(share)
    finite(values)
    n = len(values)
    if n < max(least, 1):
        return None
    ordered = sorted(values)
    reach = Z_95 * math.sqrt(n * share * (1 - share))
    low, high = math.floor(n * share - reach), math.ceil(n * share + reach) + 1
    if low < 1 or high > n:
        return Figure(nearest_rank(ordered, share), n)
    return Figure(nearest_rank(ordered, share), n, ordered[low - 1], ordered[high - 1])


def _rank(share: float, n: int) -> int:
    # As in nearest_rank: 0.95 x 100 in floating point must not become 96.
    return max(math.ceil(round(share * n, 9)), 1)


def _check(share: float) -> None:
    if not 0 < share <= 1:
        raise ValueError(f"{share} is no share between 0 and 1")
