"""Baselines: what a KPI was over some weeks, with its interval, and what makes one doubtful."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.rules.worded import worded
from telemetry.rules.metrics.quantiles import student

WEEK = timedelta(days=7)
SHORTEST, LONGEST = 4 * WEEK, 8 * WEEK
LEAST_WINDOWS = 2
WHOLE = 0.8
SEASON = (timedelta(days=300), timedelta(days=430))


@dataclass(frozen=True, slots=True)
class Window:
    """A valid window: its value, and the cases it rests on where they are known."""

    end: datetime
    value: float
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A mean over `n` windows with its 95 % interval; `samples` are all cases, None if unknown."""

    value: float
    n: int
    samples: int | None
    spread: float
    low: float
    high: float


def level_of(windows: Sequence[Window]) -> Level | None:
    """Return the mean of windows and how sure it is; None under two of them.

    Weighted by the cases where every window has them, which gives the share over all cases for a
    share. The interval is Student's t over the spread between windows, not over the cases: weeks
    differ by more than chance, and what is compared later are windows.
    """
    if len(windows) < LEAST_WINDOWS:
        return None
    counts = [one.n for one in windows if one.n]
    is_weighted = len(counts) == len(windows)
    weights = [float(one) for one in counts] if is_weighted else [1.0] * len(windows)
    total = math.fsum(weights)
    value = math.fsum(w * one.value for w, one in zip(weights, windows, strict=True)) / total
    gaps = [one.value - value for one in windows]
    size = len(windows)
    spread = math.sqrt(math.fsum(gap * gap for gap in gaps) / (size - 1))
    error = (
        math.sqrt(math.fsum((w * gap) ** 2 for w, gap in zip(weights, gaps, strict=True)))
        / total
        * math.sqrt(size / (size - 1))
    )
    half = student(size - 1) * error
    samples = sum(counts) if is_weighted else None
    return Level(value, size, samples, spread, value - half, value + half)


def doubts(
    *,
    method: str,
    since: datetime,
    until: datetime,
    at: datetime,
    windows: int,
    window_seconds: int,
    excluded: int,
) -> list[str]:
    """Return in words what makes a baseline doubtful; it may be agreed all the same."""
    found = []
    length = until - since
    if length < SHORTEST:
        found.append(
            worded(
                "It covers {weeks}: under four weeks a usual week is not known.",
                weeks=_weeks(length),
            )
        )
    if length > LONGEST:
        found.append(
            worded(
                "It covers {weeks}: over eight weeks something has changed meanwhile.",
                weeks=_weeks(length),
            )
        )
    expected = length.total_seconds() / window_seconds
    if windows < WHOLE * math.floor(expected):
        found.append(
            worded(
                "Only {windows} of about {floor} windows have a valid reading.",
                windows=windows,
                floor=math.floor(expected),
            )
        )
    if excluded:
        found.append(
            worded("{excluded} windows do not count: bad or voided readings.", excluded=excluded)
        )
    if method == "last_season" and not SEASON[0] <= at - since <= SEASON[1]:
        found.append("It does not lie about a year back, as the same season would.")
    return found


def _weeks(length: timedelta) -> str:
    weeks = length / WEEK
    return f"{weeks:.0f} weeks" if weeks >= 2 else f"{length.days} days"
