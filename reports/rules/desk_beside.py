"""What stands beside the tasks of a desk: smaller things, clocks, what others have, news."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody else has: how many cases wait for the same of them, the nearest deadline."""

    who: str
    waits_for: str
    count: int
    due: datetime | None
    url: str


@dataclass(frozen=True, slots=True)
class Also:
    """A smaller thing that waits for the reader; `urgent` stands at the head of the desk."""

    title: str
    url: str
    who: str
    due: datetime | None
    step: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """A running clock: what is used of it, 0 to 100, and whose it is."""

    title: str
    url: str
    due: datetime
    share: int
    tag: str
    state: str
    note: str


@dataclass(frozen=True, slots=True)
class Since:
    """One line about what happened since the reader's last sign-in."""

    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One line of what several incidents may have as one cause, and where they are tied."""

    text: str
    url: str


def share_used(begins: datetime, due: datetime, at: datetime) -> int:
    """Return how much of the time from begin to deadline has passed, 0 to 100."""
    whole = (due - begins).total_seconds()
    if whole <= 0:
        return 100
    return max(0, min(100, round((at - begins).total_seconds() * 100 / whole)))
