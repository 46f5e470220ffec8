"""When a duty to report is due: strictly, and as an authority may read it at the latest.

The strict instant counts for every alarm: hours in UTC from the awareness, months by the calendar
of the seat. The outer reading is information only. Sources: the serious-incident clock, section 5;
Regulation (EEC, Euratom) 1182/71, Art. 3; rulings CLK-11, CLK-12, CLK-14.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

IsWorking = Callable[[date], bool]
DAY = timedelta(days=1)
NOON = time(12)
LONGEST_PAUSE = 60


def due_of(aware_at: datetime, *, hours: int, months: int, zone: ZoneInfo) -> datetime:
    """Return the strict end: N hours later in UTC, or the same day and hour N months later."""
    if months:
        return months_later(aware_at, months, zone)
    return aware_at + timedelta(hours=hours)


def months_later(instant: datetime, months: int, zone: ZoneInfo) -> datetime:
    """Return the same day number and hour in a later month, clipped to its last day (CLK-12).

    An hour that the clocks' change takes out, or doubles, is read as the earlier instant.
    """
    local = instant.astimezone(zone)
    years, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month + 1
    day = min(local.day, monthrange(year, month)[1])
    wall = datetime.combine(date(year, month, day), local.time().replace(tzinfo=None))
    return min(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def instants_of(wall: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the instants that a local time names: none, one, or two, the earlier first (CLK-10).

    `wall` has no zone.
    """
    found = {
        instant
        for fold in (0, 1)
        if (instant := wall.replace(tzinfo=zone, fold=fold).astimezone(UTC))
        .astimezone(zone)
        .replace(tzinfo=None)
        == wall
    }
    return tuple(sorted(found))


def outer_days(
    aware_at: datetime, *, days: int, months: int, zone: ZoneInfo, is_working: IsWorking
) -> datetime:
    """Return the end by Regulation 1182/71: whole days, the day of the awareness not counted.

    It ends with a working day, and a period of two days or more holds at least two of them (CLK-14
    begins with the day after the awareness). The last instant of that local day.
    """
    start = aware_at.astimezone(zone).date()
    last = months_later(aware_at, months, zone).astimezone(zone).date() if months else None
    last = last or start + days * DAY
    last = _next_working(last, is_working)
    if months or days >= 2:
        while _working_days(start + DAY, last, is_working) < 2:
            last = _next_working(last + DAY, is_working)
    return datetime.combine(last, time(23, 59, 59), tzinfo=zone).astimezone(UTC)


def outer_noon(due_at: datetime, *, zone: ZoneInfo, is_working: IsWorking) -> datetime | None:
    """Return noon of the next working day for an end on a day off, else None (CLK-11)."""
    day = due_at.astimezone(zone).date()
    if is_working(day):
        return None
    following = _next_working(day + DAY, is_working)
    return datetime.combine(following, NOON, tzinfo=zone).astimezone(UTC)


def _next_working(day: date, is_working: IsWorking) -> date:
    for _ in range(LONGEST_PAUSE):
        if is_working(day):
            return day
        day += DAY
    return day


def _working_days(first: date, last: date, is_working: IsWorking) -> int:
    days = (last - first).days + 1
    return sum(is_working(first + number * DAY) for number in range(days))
