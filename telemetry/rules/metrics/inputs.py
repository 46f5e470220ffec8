"""What every formula checks first: numbers that are numbers, lists that belong together."""

import math
from collections.abc import Sequence
from typing import Protocol

from telemetry.rules.computations import SMALLEST_GROUP, Figure
from telemetry.rules.statistics import wilson


class Measured(Protocol):
    """A value with its bounds, as `Interval` has them."""

    @property
    def value(self) -> float:
        """The estimate."""

    @property
    def low(self) -> float:
        """Its lower 95 % bound."""

    @property
    def high(self) -> float:
        """Its upper 95 % bound."""


def finite(values: Sequence[float], what: str = "a value") -> None:
    """Raise ValueError when one of the values is NaN or infinite: that is no number."""
    if not all(math.isfinite(value) for value in values):
        raise ValueError(f"{what} is not a finite number")


def paired(one: Sequence[object], other: Sequence[object]) -> None:
    """Raise ValueError when two lists that belong together differ in length."""
    if len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} values do not belong together")


def counted(counts: Sequence[float]) -> None:
    """Raise ValueError when a count is negative, NaN or infinite."""
    finite(counts, "a count")
    if any(count < 0 for count in counts):
        raise ValueError("a count is negative")


def share(part: int, whole: int, least: int = SMALLEST_GROUP) -> Figure | None:
    """Return a share with Wilson's 95 % interval; None under `least` cases.

    Raises ValueError when the part is negative or more than the whole.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is no share")
    return bounded(wilson(part, whole), whole, least) if whole else None


def bounded(interval: Measured | None, n: int, least: int = SMALLEST_GROUP) -> Figure | None:
    """Return an estimate with its bounds as a figure; None when unknown or under `least` cases."""
    if interval is None or n < least:
        return None
    return Figure(interval.value, n, interval.low, interval.high)


def plain(value: float | None, n: int, least: int = SMALLEST_GROUP) -> Figure | None:
    """Return a value that has no interval as a figure; None when unknown or under `least` cases."""
    return None if value is None or n < least else Figure(value, n)
