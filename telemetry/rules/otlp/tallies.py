"""What came within a window, so that any further point can be added, and the figure of it.

Histograms are added bucket by bucket: those of explicit bounds only where the bounds are the same,
exponential ones at the coarser of both scales (OpenTelemetry's data model, metrics: 'Exponential
Histogram', perfect subsetting). A percentile is interpolated within its bucket: linearly between
explicit bounds, geometrically within an exponential one: it is off by the bucket's width at most.
"""

import math
from collections.abc import Iterable, Mapping

import msgspec

from ledger.rules.worded import worded
from telemetry.rules.otlp.shapes import Buckets

MOST_BUCKETS = 2000
SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


class Unmergeable(Exception):
    """Two histograms that cannot be added; the reason in words."""


class Histogram(msgspec.Struct, omit_defaults=True):
    """Counts by bucket, as JSON keeps them: indices of exponential buckets are text there."""

    bounds: list[float] = []
    counts: list[int] = []
    scale: int | None = None
    zero: int = 0
    positive: dict[int, int] = {}
    negative: dict[int, int] = {}


class Edges(msgspec.Struct, frozen=True):
    """The lowest and highest of recordings, None if unknown; not exact: at most as far apart."""

    lowest: float | None = None
    highest: float | None = None
    exact: bool = True


class Tally(msgspec.Struct, omit_defaults=True):
    """What a window holds: values of gauges, increases of sums, counts of histograms.

    `whole`: the sum of all recordings is known; `bounded`: all lie between lowest and highest;
    `exact`: these were recorded within the window.
    """

    points: int = 0
    total: float = 0.0
    lowest: float | None = None
    highest: float | None = None
    last: float | None = None
    last_ns: int = 0
    increase: float = 0.0
    count: int = 0
    whole: bool = True
    bounded: bool = True
    exact: bool = True
    histogram: Histogram | None = None


def add_value(tally: Tally, value: float, at_ns: int) -> None:
    """Add a value of a gauge."""
    tally.points += 1
    tally.total += value
    tally.lowest = value if tally.lowest is None else min(tally.lowest, value)
    tally.highest = value if tally.highest is None else max(tally.highest, value)
    if at_ns >= tally.last_ns:
        tally.last, tally.last_ns = value, at_ns


def add_histogram(
    tally: Tally, given: Histogram, count: int, total: float | None, edges: Edges
) -> None:
    """Add recordings. Raises Unmergeable."""
    tally.histogram = merged(tally.histogram, given) if tally.histogram else given
    tally.points += 1
    tally.count += count
    if total is None:
        tally.whole = False
    else:
        tally.total += total
    if count:
        _widen(tally, edges)


def _widen(tally: Tally, edges: Edges) -> None:
    """Keep the edges of all recordings; the edges of a part are not those of the whole."""
    low, high = edges.lowest, edges.highest
    tally.exact = tally.exact and edges.exact
    if not tally.bounded or low is None or high is None or not math.isfinite(low + high):
        tally.bounded, tally.lowest, tally.highest = False, None, None
        return
    tally.lowest = low if tally.lowest is None else min(tally.lowest, low)
    tally.highest = high if tally.highest is None else max(tally.highest, high)


def histogram_of(buckets: Buckets) -> Histogram:
    """Return the buckets of a point. Raises Unmergeable for what is no histogram."""
    if buckets.scale is None:
        _check_explicit(buckets)
        return Histogram(bounds=list(buckets.bounds), counts=list(buckets.counts))
    if len(buckets.positive) + len(buckets.negative) > MOST_BUCKETS:
        raise _too_many()
    if not -10 <= buckets.scale <= 20:
        raise Unmergeable("The scale of an exponential histogram lies between -10 and 20.")
    return Histogram(
        scale=buckets.scale,
        zero=buckets.zero,
        positive={index: n for index, n in buckets.positive.items() if n},
        negative={index: n for index, n in buckets.negative.items() if n},
    )


def _check_explicit(buckets: Buckets) -> None:
    bounds = buckets.bounds
    if len(bounds) > MOST_BUCKETS:
        raise _too_many()
    if buckets.counts and len(buckets.counts) != len(bounds) + 1:
        raise Unmergeable("A histogram has one bucket more than it has bounds.")
    if any(a >= b for a, b in zip(bounds, bounds[1:], strict=False)):
        raise Unmergeable("The bounds of a histogram rise.")
    if not all(map(math.isfinite, bounds)):
        raise Unmergeable("The bounds of a histogram are numbers.")


def _too_many() -> Unmergeable:
    return Unmergeable(worded("A histogram has at most {most} buckets.", most=MOST_BUCKETS))


def merged(one: Histogram, other: Histogram) -> Histogram:
    """Return both together. Raises Unmergeable."""
    return _combined(one, other, 1)


def without(newer: Histogram, older: Histogram) -> Histogram:
    """Return what a running total gained since. Raises Unmergeable where a bucket fell."""
    left = _combined(newer, older, -1)
    fell = (n < 0 for n in (*left.counts, *left.positive.values(), *left.negative.values()))
    if left.zero < 0 or any(fell):
        raise Unmergeable("A bucket of a running total fell without a new beginning.")
    return left


def _combined(one: Histogram, other: Histogram, sign: int) -> Histogram:
    if (one.scale is None) != (other.scale is None):
        raise Unmergeable("The metric changed from explicit to exponential buckets.")
    if one.scale is None or other.scale is None:
        if one.bounds != other.bounds:
            raise Unmergeable("The bounds of the histogram changed within the window.")
        pairs = zip(one.counts, other.counts, strict=True)
        return Histogram(bounds=one.bounds, counts=[a + sign * b for a, b in pairs])
    # What holds nothing makes nothing coarser.
    holds = bool(other.positive or other.negative)
    scale = min(one.scale, other.scale) if holds else one.scale
    return Histogram(
        scale=scale,
        zero=one.zero + sign * other.zero,
        positive=_summed(one.positive, one.scale, other.positive, other.scale, scale, sign),
        negative=_summed(one.negative, one.scale, other.negative, other.scale, scale, sign),
    )


def _summed(
    one: Mapping[int, int],
    one_scale: int,
    other: Mapping[int, int],
    other_scale: int,
    scale: int,
    sign: int,
) -> dict[int, int]:
    found: dict[int, int] = {}
    for counts, own, by in ((one, one_scale, 1), (other, other_scale, sign)):
        for index, n in counts.items():
            coarse = index >> (own - scale)
            found[coarse] = found.get(coarse, 0) + by * n
    return {index: n for index, n in found.items() if n}


def figure_of(tally: Tally, figure: str, seconds: int) -> tuple[float | None, int | None]:
    """Return the value of a window and its sample size; None: there is none to be had.

    A percentile beyond the last bound is known only where the highest value is.
    """
    n = tally.count if tally.histogram is not None else None
    if figure in SHARES:
        return _percentile(tally, SHARES[figure]), n
    if figure == "mean":
        return _mean(tally), n
    known: dict[str, float | None] = {
        "last": tally.last,
        "lowest": tally.lowest if tally.exact else None,
        "highest": tally.highest if tally.exact else None,
        "increase": tally.increase,
        "rate": tally.increase / seconds,
        "count": float(tally.count),
    }
    return known[figure], n


def _mean(tally: Tally) -> float | None:
    divisor = tally.count if tally.histogram is not None else tally.points
    return tally.total / divisor if divisor and tally.whole else None


def _percentile(tally: Tally, share: float) -> float | None:
    if tally.histogram is None or tally.count <= 0:
        return None
    wanted, passed = share * tally.count, 0
    for low, high, n in _cells(tally.histogram):
        if n and passed + n >= wanted:
            low, high = _clipped(tally, low, high)
            return _within(low, high, (wanted - passed) / n, tally.histogram.scale is not None)
        passed += n
    return None


def _clipped(tally: Tally, low: float, high: float) -> tuple[float, float]:
    """Return the edges of a bucket no further apart than what was recorded at all.

    The upper end of the last bucket is known only by a highest value of the window itself.
    """
    if not tally.bounded or tally.lowest is None or tally.highest is None:
        return low, high
    if math.isinf(high) and not tally.exact:
        return low, high
    return max(low, min(tally.lowest, high)), min(high, max(tally.highest, low))


def _cells(histogram: Histogram) -> Iterable[tuple[float, float, int]]:
    """Yield (lower edge, upper edge, count) in rising order."""
    if histogram.scale is None:
        edges = [-math.inf, *histogram.bounds, math.inf]
        for place, n in enumerate(histogram.counts):
            yield edges[place], edges[place + 1], n
        return
    scale = histogram.scale
    for index in sorted(histogram.negative, reverse=True):
        yield -_edge(scale, index + 1), -_edge(scale, index), histogram.negative[index]
    yield 0.0, 0.0, histogram.zero
    for index in sorted(histogram.positive):
        yield _edge(scale, index), _edge(scale, index + 1), histogram.positive[index]


def _edge(scale: int, index: int) -> float:
    try:
        return float(2.0 ** (index * 2.0**-scale))
    except OverflowError:
        return math.inf


def _within(low: float, high: float, part: float, geometric: bool) -> float | None:
    """Return the value a part of the way through a bucket; None where its upper end is open."""
    if not math.isfinite(high):
        return None
    if not math.isfinite(low):
        return high
    if geometric and low > 0:
        return float(low * (high / low) ** part)
    return low + (high - low) * part
