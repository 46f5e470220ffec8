"""Calendars: which hours of which days are worked, in an IANA zone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ledger.rules.worded import worded

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60

Interval = tuple[int, int]
"""Opening and closing in local minutes since midnight, 0 to 1440, the closing not included."""

Hours = tuple[Interval, ...]

Worked = tuple[datetime, datetime]
"""Opening and closing as UTC instants."""


class BadCalendar(ValueError):
    """A calendar that cannot be worked by; the message says which day and why."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours per weekday, and other hours (or none) on dated exceptions.

    `zone` is an IANA name; `weekly` has seven entries, Monday first; an exception replaces the
    weekday's hours, and () is a holiday. `known_until` is the last day for which exceptions have
    been entered (None: not said). Raises BadCalendar.
    """

    zone: str
    weekly: tuple[Hours, ...]
    exceptions: Mapping[date, Hours] = field(default_factory=dict)
    known_until: date | None = None
    # Days that were worked out once; many deadlines of one calendar walk the same few days.
    _days: dict[date, list[Worked]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _standard: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.weekly) != len(WEEKDAYS):
            raise BadCalendar("a calendar has seven weekdays, Monday first")
        for name, hours in zip(WEEKDAYS, self.weekly, strict=True):
            _check(name, hours)
        for day, hours in self.exceptions.items():
            _check(day.isoformat(), hours)
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            raise BadCalendar(f"{self.zone!r} is no IANA time zone") from error
        object.__setattr__(self, "_standard", _standard_day(self.weekly))

    @property
    def standard_day(self) -> int:
        """Seconds of one business day: the commonest length of a weekday, the longer of equals.

        A week of four days of 8 h and a Friday of 6 h has a standard day of 8 h, so 1bd from
        Friday's opening ends two hours into Monday.
        """
        if not self._standard:
            raise BadCalendar("no weekday of this calendar is worked")
        return self._standard

    def hours_on(self, day: date) -> Hours:
        """The working hours of a day, in local minutes."""
        exception = self.exceptions.get(day)
        return self.weekly[day.weekday()] if exception is None else exception


def working_times(calendar: Calendar, day: date) -> list[Worked]:
    """Return the working hours of a local day as pairs of UTC instants, in order.

    A clock time that a change of the clock repeats counts at its first instant, one that it skips
    counts at the instant of the change. A pair that a change leaves empty is left out.
    """
    known = calendar._days.get(day)
    if known is None:
        known = calendar._days[day] = _worked_on(calendar, day)
    return known


def _worked_on(calendar: Calendar, day: date) -> list[Worked]:
    zone = ZoneInfo(calendar.zone)
    pairs = [
        (first_instant(day, opening, zone), first_instant(day, closing, zone))
        for opening, closing in calendar.hours_on(day)
    ]
    return [(opens, closes) for opens, closes in pairs if opens < closes]


def first_instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return the first UTC instant at which the wall clock shows `minutes` of `day` or later."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _change_between(before, instant, wall, zone)


def lint_calendar(calendar: Calendar, *, on: date, years: int) -> tuple[str, ...]:
    """Return what a calendar lacks on a day, in words: no end of known holidays, or too near."""
    if calendar.known_until is None:
        return ("The calendar does not say until when its holidays are entered.",)
    if calendar.known_until < on + timedelta(days=365 * years):
        return (
            worded(
                "The holidays are entered until {known_until} only; they must "
                "reach {years} years ahead.",
                known_until=calendar.known_until.isoformat(),
                years=years,
            ),
        )
    return ()


def calendar_from(data: Mapping[str, Any]) -> Calendar:
    """Build a calendar from plain data; hours as ["09:00", "17:00"], closing up to "24:00".

    Keys: zone, weekly {mon: [[from, until], …]}, exceptions {2026-12-25: []}, known_until.
    A weekday that is not named is not worked. Raises BadCalendar.
    """
    unknown = set(data.get("weekly", {})) - set(WEEKDAYS)
    if unknown:
        raise BadCalendar(f"unknown weekday {sorted(unknown)[0]!r}; use {', '.join(WEEKDAYS)}")
    known_until = data.get("known_until")
    return Calendar(
        zone=data["zone"],
        weekly=tuple(_hours_from(data["weekly"].get(name, ())) for name in WEEKDAYS),
        exceptions={
            date.fromisoformat(day): _hours_from(hours)
            for day, hours in data.get("exceptions", {}).items()
        },
        known_until=None if known_until is None else date.fromisoformat(known_until),
    )


def calendar_data(calendar: Calendar) -> dict[str, Any]:
    """Return a calendar as plain data, the inverse of `calendar_from`."""
    return {
        "zone": calendar.zone,
        "weekly": {
            name: _hours_data(hours) for name, hours in zip(WEEKDAYS, calendar.weekly, strict=True)
        },
        "exceptions": {
            day.isoformat(): _hours_data(hours)
            for day, hours in sorted(calendar.exceptions.items())
        },
        "known_until": calendar.known_until and calendar.known_until.isoformat(),
    }


def _change_between(early: datetime, late: datetime, wall: datetime, zone: ZoneInfo) -> datetime:
    """Find, to the second, the first instant in (early, late] whose wall clock is past `wall`."""
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            late = middle
        else:
            early = middle
    return late


def _check(name: str, hours: Hours) -> None:
    end = 0
    for opening, closing in hours:
        if not 0 <= opening < closing <= DAY_MINUTES:
            raise BadCalendar(f"{name}: from {opening} until {closing} is no part of a day")
        if opening < end:
            raise BadCalendar(f"{name}: the hours overlap or are not in order")
        end = closing


def _standard_day(weekly: Sequence[Hours]) -> int:
    lengths = Counter(length for hours in weekly if (length := _length(hours)) > 0)
    return 60 * max(lengths, key=lambda length: (lengths[length], length), default=0)


def _length(hours: Hours) -> int:
    return sum(closing - opening for opening, closing in hours)


def _hours_from(pairs: Sequence[Sequence[str]]) -> Hours:
    return tuple((_minutes(opening), _minutes(closing)) for opening, closing in pairs)


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(minute) < 60):
        raise BadCalendar(f"{text!r} is no time of day; write 09:00")
    return int(hour) * 60 + int(minute)


def _hours_data(hours: Hours) -> list[list[str]]:
    return [[_clock(opening), _clock(closing)] for opening, closing in hours]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
