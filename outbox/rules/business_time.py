"""Business time: deadlines and worked time over a calendar, walked as pairs of UTC instants.

Nothing is ever added to a local time. A start outside working hours counts from the next opening;
a deadline that falls exactly on a closing belongs to that day; a business day is the calendar's
standard day of working time, not "the same time tomorrow", so what was worked between a start and
its deadline is always the duration itself.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from outbox.rules.calendars import BadCalendar, Calendar, working_times
from outbox.rules.durations import Duration

LONGEST_CLOSURE = timedelta(days=366)
MICROSECOND = timedelta(microseconds=1)


def due(start: datetime, duration: Duration, calendar: Calendar | None = None) -> datetime:
    """Return the UTC instant at which a duration from `start` is used up.

    Elapsed durations need no calendar. Raises ValueError for a naive start, BadDuration or
    BadCalendar where business time meets no calendar, or one that is closed for over a year.
    """
    start = in_utc(start)
    if not duration.is_business:
        return start + _length(duration)
    if calendar is None:
        raise BadCalendar(f"{duration} needs a calendar")
    return _walk(start, _length(duration, calendar.standard_day), calendar)


def worked_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Return the working time from `start` to `end`; nothing when the end is not later."""
    start, end = in_utc(start), in_utc(end)
    worked = timedelta()
    for opens, closes in _working_from(start, calendar, until=end):
        worked += max(timedelta(), min(closes, end) - max(opens, start))
    return worked


def next_opening(at: datetime, calendar: Calendar) -> datetime:
    """Return `at` itself within working hours, else the next opening, in UTC."""
    at = in_utc(at)
    opens, _ = next(_openings_after(at, calendar))
    return max(at, opens)


def is_working(at: datetime, calendar: Calendar) -> bool:
    """Whether an instant lies within working hours; the opening does, the closing does not."""
    return next_opening(at, calendar) == in_utc(at)


def in_utc(instant: datetime) -> datetime:
    """Return an aware instant in UTC. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.astimezone(UTC)


def _walk(start: datetime, left: timedelta, calendar: Calendar) -> datetime:
    for opens, closes in _working_from(start, calendar):
        begins = max(opens, start)
        if begins + left <= closes:
            return begins + left
        left -= closes - begins
    raise AssertionError("working times have no end")


def _openings_after(at: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    return (pair for pair in _working_from(at, calendar) if pair[1] > at)


def _working_from(
    start: datetime, calendar: Calendar, until: datetime | None = None
) -> Iterator[tuple[datetime, datetime]]:
    """Yield working times that end at `start` or later and, if given, begin before `until`.

    Raises BadCalendar when nothing is worked for over a year.
    """
    zone = ZoneInfo(calendar.zone)
    day = start.astimezone(zone).date() - timedelta(days=1)
    last_closing = start
    while until is None or _midnight_before(day) < until:
        worked = working_times(calendar, day)
        for opens, closes in worked:
            if closes >= start and (until is None or opens < until):
                last_closing = closes
                yield opens, closes
        day += timedelta(days=1)
        closed = until is None and not worked
        if closed and _midnight_before(day) - last_closing > LONGEST_CLOSURE:
            raise BadCalendar(f"nothing is worked in the year before {day.isoformat()}")


def _midnight_before(day: date) -> datetime:
    """An instant at or before the local midnight of `day` in every zone of the world."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=24)


@lru_cache(maxsize=1024)
def _length(duration: Duration, standard_day: int = 0) -> timedelta:
    return _span(duration.seconds(standard_day))


def _span(seconds: Fraction) -> timedelta:
    return round(seconds * 1_000_000) * MICROSECOND
