"""A calendar as the registry keeps it (ISO weekdays '1'..'7') and as deadlines are computed."""

from collections.abc import Mapping, Sequence

from outbox.rules.calendars import WEEKDAYS, BadCalendar, Calendar, calendar_from

Intervals = Sequence[Sequence[str]]


def calendar_of_record(
    *, zone: str, hours: Mapping[str, Intervals], exceptions: Mapping[str, Intervals]
) -> Calendar:
    """Return the calendar of a record; hours by ISO weekday, exceptions by ISO date.

    Raises BadCalendar for an unknown weekday, hours that overlap, or a zone that does not exist.
    """
    return calendar_from(
        {
            "zone": zone,
            "weekly": {_weekday(key): value for key, value in hours.items()},
            "exceptions": dict(exceptions),
        }
    )


def _weekday(key: str) -> str:
    if key not in ("1", "2", "3", "4", "5", "6", "7"):
        raise BadCalendar(f"{key!r} is no ISO weekday; use '1' (Monday) to '7' (Sunday)")
    return WEEKDAYS[int(key) - 1]
