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

    `failing` says that what feeds it has failed since (its standing is ERROR), `cut_off` that a
    connector that is to feed it fails now, which tells nothing of a reading that is in time.
    """

    last_valid_at: datetime | None
    every: int
    failing: bool = False
    cut_off: bool = False


def freshness(heard: Iterable[Heard], *, expected: bool, at: datetime) -> Freshness:
    """Return what is known of a KPI: fresh while one series has sent within twice its rhythm.

    Where nothing else is fresh and a connector that feeds it fails, it is FAILING: as long as it
    fails, however old the newest reading is, and also before there was one.
    A window that ended may still be on its way, so the rhythm is granted once more. Of a system
    that is suspended, retired or paused nothing is expected (EVA-08).
    """
    if not expected:
        return Freshness.NOT_EXPECTED
    known = list(heard)
    if any(_is_in_time(one, at) and not one.failing for one in known):
        return Freshness.FRESH
    if any(one.failing or one.cut_off for one in known):
        return Freshness.FAILING
    was_heard = any(one.last_valid_at is not None for one in known)
    return Freshness.LATE if was_heard else Freshness.NEVER


def _is_in_time(one: Heard, at: datetime) -> bool:
    said = one.last_valid_at
    return said is not None and at <= said + timedelta(seconds=2 * one.every)


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
