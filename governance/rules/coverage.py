"""Monitoring coverage: of what should be measured on live systems, what has fresh data (TEL-6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Freshness(StrEnum):
    """What is known of a KPI of a system now. Unknown is never good: only FRESH counts."""

    FRESH = "fresh"
    FAILING = "failing"
    LATE = "late"
    NEVER = "never"
    NOT_EXPECTED = "not_expected"


@dataclass(frozen=True, slots=True)
class Heard:
    """The best of a KPI's series: its newest valid reading, and seconds until the next is due.

    `failing` says that what feeds it has failed since (its standing is ERROR).
    """

    last_valid_at: datetime | None
    every: int
    failing: bool = False


def freshness(heard: Iterable[Heard], *, expected: bool, at: datetime) -> Freshness:
    """Return what is known of a KPI: fresh while one series has sent within twice its rhythm.

    What is in time only by readings whose connector fails is FAILING.
    A window that ended may still be on its way, so the rhythm is granted once more. Of a system
    that is suspended, retired or paused nothing is expected (EVA-08).
    """
    if not expected:
        return Freshness.NOT_EXPECTED
    found = [one for one in heard if one.last_valid_at is not None]
    if not found:
        return Freshness.NEVER
    in_time = [
        one
        for one in found
        if one.last_valid_at is not None
        and at <= one.last_valid_at + timedelta(seconds=2 * one.every)
    ]
    if not in_time:
        return Freshness.LATE
    return Freshness.FAILING if all(one.failing for one in in_time) else Freshness.FRESH


@dataclass(frozen=True, slots=True)
class Share:
    """Of `required` KPIs that are expected, how many are fresh; None where none is required."""

    fresh: int
    required: int

    @property
    def value(self) -> float | None:
        """The share, between 0 and 1."""
        return self.fresh / self.required if self.required else None

    @property
    def is_whole(self) -> bool:
        """Whether everything that is required is fresh; nothing required is not enough."""
        return self.required > 0 and self.fresh == self.required


def share_of(states: Iterable[Freshness]) -> Share:
    """Return the coverage of some KPIs; those not expected count nowhere."""
    expected = [one for one in states if one is not Freshness.NOT_EXPECTED]
    return Share(sum(one is Freshness.FRESH for one in expected), len(expected))
