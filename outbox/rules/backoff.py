"""When to try again and when to remind again: webhook retries, escalation repeats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from outbox.rules.durations import Duration

JITTER_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Schedule:
    """Seconds to wait before each attempt, the last wait repeated without end.

    `waits[0]` is the wait before the first attempt. `calls_person_after` failures a person is
    called as well (0: never).
    """

    waits: tuple[int, ...]
    calls_person_after: int = 0

    def wait_before(self, attempt: int) -> int:
        """Seconds before the attempt with this number; the first is 1."""
        return self.waits[min(attempt, len(self.waits)) - 1]


WEBHOOK = Schedule(waits=(0, 10, 30, 120, 600, 1800, 3600))
"""An action's webhook: at once, 10 s, 30 s, 2 min, 10 min, 30 min, then hourly."""

KILL_SWITCH = Schedule(waits=(0, 2, 3, 5, 5, 10), calls_person_after=2)
"""A stop: six attempts within 25 seconds, then every 10; an agent must stand within 30 to 60 s."""


def next_attempt_at(
    schedule: Schedule, *, failures: int, failed_at: datetime, jitter: float, until: datetime
) -> datetime | None:
    """Return when to try again after `failures` attempts, or None once that is not before `until`.

    `jitter` lies in [0, 1) and lengthens the wait by up to a tenth, so that receivers that come
    back are not met by everybody at once. Before the first attempt failures is 0.
    """
    wait = schedule.wait_before(failures + 1) * (1 + JITTER_SHARE * jitter)
    at = failed_at + timedelta(seconds=wait)
    return at if at < until else None


def calls_person(schedule: Schedule, failures: int) -> bool:
    """Whether so many failures call a person besides further attempts."""
    return 0 < schedule.calls_person_after <= failures


DOUBLING = tuple(Duration(Fraction(days), "d") for days in (1, 2, 4, 8))


def repeat_after(
    repeat_no: int, listed: Sequence[Duration], tail: Sequence[Duration] = DOUBLING
) -> Duration:
    """Return the wait before a reminder; the first has the number 1.

    First the listed waits, then the tail (1, 2, 4, 8 days), whose last wait repeats without end:
    a reminder never falls silent and never rests longer than the last wait. Raises ValueError for
    a number under 1 or a tail that is empty or ends on zero.
    """
    if repeat_no < 1:
        raise ValueError("the first repeat has the number 1")
    if not tail or tail[-1].amount == 0:
        raise ValueError("repeats need a last wait that is longer than nothing")
    if repeat_no <= len(listed):
        return listed[repeat_no - 1]
    return tail[min(repeat_no - len(listed), len(tail)) - 1]
