"""Whether something improved: before and after with an interval, never without a baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from telemetry.rules.metrics.comparison import (
    Change,
    difference_in_differences,
    means,
    proportions,
)

Better = Literal["higher", "lower"]
Word = Literal["improved", "worse", "unclear", "changed"]


@dataclass(frozen=True, slots=True)
class Span:
    """The valid windows of a series in some time: their values, and their cases where known."""

    values: Sequence[float]
    cases: Sequence[int | None]

    @property
    def total(self) -> int | None:
        """All cases, None where a window does not say how many."""
        known = [one for one in self.cases if one is not None]
        return sum(known) if known and len(known) == len(self.cases) else None

    @property
    def mean(self) -> float | None:
        """The mean, weighted by cases where they are known; None without windows."""
        if not self.values:
            return None
        total = self.total
        if not total:
            return sum(self.values) / len(self.values)
        pairs = zip(self.values, self.cases, strict=True)
        return sum(value * (n or 0) for value, n in pairs) / total


def change_between(before: Span, after: Span, *, is_share: bool) -> Change | None:
    """Return the change of a KPI with its 95 % interval; None for too few readings.

    Several windows on both sides are compared as means of windows (Welch), for weeks differ by
    more than chance. A share of which one side is a single window is compared by its cases
    (Newcombe).
    """
    found = means(before.values, after.values)
    if found is not None or not is_share:
        return found
    first, second = _counted(before), _counted(after)
    if first is None or second is None:
        return None
    return proportions(before=first[0], before_n=first[1], after=second[0], after_n=second[1])


def against_control(change: Change, control: Change) -> Change:
    """Return the change beyond that of the control group."""
    return difference_in_differences(change, control)


def word_of(change: Change, better: str) -> Word:
    """Say what a change is: 'improved' and 'worse' only where the interval leaves out zero."""
    if better == "higher":
        return change.verdict("higher")
    if better == "lower":
        return change.verdict("lower")
    return "unclear" if change.low <= 0 <= change.high else "changed"


def _counted(span: Span) -> tuple[int, int] | None:
    """Return cases that are so, of all: only of values that are shares of known cases."""
    total, mean = span.total, span.mean
    if not total or mean is None or not all(0 <= value <= 1 for value in span.values):
        return None
    return round(mean * total), total
