"""Fairness is judged by intervals (workflow section 4): a point estimate alone proves nothing.

A reading counts as good only if it lies within the recovery band and its whole 95 % interval
keeps off the band that would breach; as outside only if its whole interval lies beyond recovery.
Any other comes from too few cases to tell.
"""

import math
from dataclasses import dataclass, replace

from incidents.rules.verification import Limits, Measured
from ledger.rules.worded import word


@dataclass(frozen=True, slots=True)
class Bounds:
    """A reading's 95 % interval; None where it has none."""

    low: float | None
    high: float | None


def by_interval(reading: Measured, bounds: Bounds, limits: Limits, outer: Limits) -> Measured:
    """Return the reading as its interval lets it count, marked undecided where it cannot be told.

    `limits` are those of recovery, `outer` those that breach. What is beyond is given the
    interval's nearer bound as its value.
    """
    low, high = bounds.low, bounds.high
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return replace(reading, quality=word("without an interval"))
    value = reading.value
    inside = value is not None and _within(value, limits)
    if inside and _within(low, outer) and _within(high, outer):
        return reading
    beyond = _beyond(low, high, limits)
    if beyond is None:
        return replace(reading, quality=word("undecided: its interval reaches over the limit"))
    return replace(reading, value=beyond)


def _within(value: float, limits: Limits) -> bool:
    high_enough = limits.above is None or value > limits.above
    return high_enough and (limits.below is None or value < limits.below)


def _beyond(low: float, high: float, limits: Limits) -> float | None:
    """Return the bound that is nearer to the safe side where all of the interval is outside."""
    if limits.above is not None and high <= limits.above:
        return high
    if limits.below is not None and low >= limits.below:
        return low
    return None
