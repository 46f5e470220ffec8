"""When a connector is asked again, and for which windows."""

from datetime import UTC, datetime, timedelta

MOST_WINDOWS = 500
"""Windows that one poll asks for: what was missed longer ago is caught up by the next polls."""
FIRST_BACK = timedelta(days=1)
"""How far back the first poll looks at most."""
LONGEST_WAIT = 3600
LONGEST_ASKED_WAIT = 86400
SHORTEST = 30
LONGEST = 7 * 86400


def next_poll_at(
    at: datetime, *, every: int, failures: int = 0, retry_after: int | None = None
) -> datetime:
    """Return when to ask again: after `every` seconds, twice as long after each further failure.

    The wait after failures ends at an hour, or at `every` where that is longer. What the other
    side asked for (Retry-After) is kept, up to a day.
    """
    wait = float(every)
    if failures:
        wait = max(every, min(every * 2.0 ** min(failures - 1, 20), LONGEST_WAIT))
    if retry_after is not None:
        wait = max(wait, min(retry_after, LONGEST_ASKED_WAIT))
    return at + timedelta(seconds=wait)


def cadence_of(*, window_seconds: int, every: int) -> int:
    """Return how often a series of a connector is expected: by window, or as often as is asked."""
    return max(window_seconds, every)


def windows_due(
    *, at: datetime, seconds: int, last: datetime | None, lag: int
) -> tuple[datetime, datetime] | None:
    """Return the first and the last window end to ask for, None where no window has ended since.

    Windows end at whole multiples of their length since 1970 (UTC), so that every poll means the
    same ones. `last` is the newest that was taken; `lag` seconds are left to the other side.
    """
    newest = _floor(at - timedelta(seconds=lag), seconds)
    step = timedelta(seconds=seconds)
    begin = last + step if last is not None else min(newest, at - looked_back(seconds))
    first = _ceil(begin, seconds)
    if first > newest:
        return None
    return first, min(newest, first + (MOST_WINDOWS - 1) * step)


def looked_back(seconds: int) -> timedelta:
    """Return how far back windows are asked for that brought nothing yet: what one poll holds."""
    return min(FIRST_BACK, timedelta(seconds=(MOST_WINDOWS - 2) * seconds))


def settled_until(*, at: datetime, seconds: int, asked_until: datetime) -> datetime:
    """Return up to where a window that brought nothing is not asked for any more.

    A late sample has its chance as long as a poll reaches back to it; then the window stays empty.
    """
    return min(asked_until, at - looked_back(seconds))


def _floor(at: datetime, seconds: int) -> datetime:
    whole = int(at.timestamp()) // seconds * seconds
    return datetime.fromtimestamp(whole, UTC)


def _ceil(at: datetime, seconds: int) -> datetime:
    whole = -(-int(at.timestamp()) // seconds) * seconds
    return datetime.fromtimestamp(whole, UTC)
