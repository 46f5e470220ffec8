"""Before and after, with an interval: shares, means, and both against a control group.

A change is after minus before. Too few cases give None: nothing is known. Malformed numbers raise
ValueError.
"""

import math
from collections.abc import Sequence
from statistics import fmean, variance
from typing import Literal, NamedTuple

from telemetry.rules.computations import SMALLEST_GROUP
from telemetry.rules.metrics.inputs import finite
from telemetry.rules.metrics.quantiles import student
from telemetry.rules.statistics import difference

Better = Literal["higher", "lower"]
Verdict = Literal["improved", "worse", "unclear"]


class Sample(NamedTuple):
    """What is left of a sample for a mean: how many, their mean, their variance (over n - 1)."""

    n: int
    mean: float
    variance: float


class Change(NamedTuple):
    """After minus before with its 95 % bounds, in the unit of the values; n is the smaller side."""

    value: float
    low: float
    high: float
    n: int

    def verdict(self, better: Better) -> Verdict:
        """Say 'improved' or 'worse' only when the interval leaves out zero."""
        if self.low <= 0 <= self.high:
            return "unclear"
        return "improved" if (self.value > 0) == (better == "higher") else "worse"


def sample_of(values: Sequence[float]) -> Sample | None:
    """Return the summary of at least two values; None for fewer. ValueError for NaN, infinity."""
    finite(values)
    if len(values) < 2:
        return None
    return Sample(len(values), fmean(values), variance(values))


def proportions(*, before: int, before_n: int, after: int, after_n: int) -> Change | None:
    """Return the change of a share with Newcombe's 95 % interval (hybrid of Wilson's bounds).

    None when either side has fewer than ten cases. Raises ValueError for counts that are no share.
    """
    if not (0 <= before <= before_n and 0 <= after <= after_n):
        raise ValueError("a part is negative or more than the whole")
    if min(before_n, after_n) < SMALLEST_GROUP:
        return None
    return Change(*difference(after, after_n, before, before_n), min(before_n, after_n))


def means(before: Sequence[float], after: Sequence[float]) -> Change | None:
    """Return the change of a mean with Welch's 95 % interval; None under two values on a side."""
    first, second = sample_of(before), sample_of(after)
    return None if first is None or second is None else welch(first, second)


def welch(before: Sample, after: Sample) -> Change:
    """Return the change of a mean from summaries, by Student's t for unequal variances.

    Degrees of freedom by Welch and Satterthwaite: Biometrika 34 (1947). Two constant samples have
    an interval without width. Raises ValueError for a summary of fewer than two values.
    """
    if min(before.n, after.n) < 2 or min(before.variance, after.variance) < 0:
        raise ValueError("a mean is compared over two values or more")
    finite([*before, *after])
    one, other = before.variance / before.n, after.variance / after.n
    error = math.sqrt(one + other)
    gap = after.mean - before.mean
    half = student(_freedom(before.n, one, after.n, other)) * error if error else 0.0
    return Change(gap, gap - half, gap + half, min(before.n, after.n))


def difference_in_differences(treated: Change, control: Change) -> Change:
    """Return the change beyond that of a control group, both from `proportions` or both `means`.

    The 95 % bounds are recovered from those of the two changes (square and add), which keeps them
    skew where those are: Zou and Donner, Statistics in Medicine 27 (2008). The groups must be
    independent, and would have moved alike without the treatment.
    """
    gap = treated.value - control.value
    low = gap - math.hypot(treated.value - treated.low, control.high - control.value)
    high = gap + math.hypot(treated.high - treated.value, control.value - control.low)
    return Change(gap, low, high, min(treated.n, control.n))


def relative(change: Change, before: float) -> float | None:
    """Return a change as a share of what was before; None when that was 0. No interval."""
    return change.value / abs(before) if before else None


def _freedom(n: int, one: float, m: int, other: float) -> float:
    # As shares of the sum: the squares of very small variances would vanish.
    part = one / (one + other)
    return 1 / (part**2 / (n - 1) + (1 - part) ** 2 / (m - 1))
