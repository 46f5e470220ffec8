"""A rota as an iCalendar file says it: who is on call from when to when, by address.

Read are events with their attendees; without one, an address in the title or the description, or
the title as a name. All-day events and times without a zone are in the rota's zone. Recurring
events are unrolled within the time that is asked for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr  # type: ignore[import-untyped]

from ledger.rules.worded import worded

ADDRESS = re.compile(r"[^\s<>,;:()\"]{1,64}@[^\s<>,;:()\"]{1,190}")
STEPS = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
MOST_EVENTS = 2_000
MOST_TIMES = 2_000
LONGEST_SHIFT = timedelta(days=62)


class BadRota(ValueError):
    """A file that is no rota; the message says why."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One shift of the file: `addresses` in small letters, `title` where it names nobody else."""

    uid: str
    from_at: datetime
    until_at: datetime
    addresses: tuple[str, ...]
    title: str


def duties(content: bytes, *, zone: str, since: datetime, until: datetime) -> list[Duty]:
    """Return the shifts that touch [since, until), in order. Raises BadRota."""
    from icalendar import Calendar  # noqa: PLC0415  two megabytes that only a rota's reader needs

    try:
        calendar = Calendar.from_ical(content)
        events = [one for one in calendar.walk("VEVENT") if str(one.get("STATUS")) != "CANCELLED"]
        moved = {_place(one) for one in events if one.get("RECURRENCE-ID")}
        found = [
            duty
            for event in events[:MOST_EVENTS]
            for duty in _times(event, ZoneInfo(zone), since, until)
            if event.get("RECURRENCE-ID") or (duty.uid, duty.from_at) not in _moved(moved, zone)
        ]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise BadRota(
            worded("it is no iCalendar file that can be read ({error})", error=type(error).__name__)
        ) from error
    return sorted(found, key=lambda one: (one.from_at, one.uid))


def _place(event: Any) -> tuple[str, Any]:
    return str(event.get("UID", "")), event.get("RECURRENCE-ID").dt


def _moved(places: set[tuple[str, Any]], zone: str) -> set[tuple[str, datetime]]:
    return {(uid, _instant(at, ZoneInfo(zone)).astimezone(UTC)) for uid, at in places}


def _times(event: Any, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Duty]:
    first = _instant(event.get("DTSTART").dt, zone)
    length = _length(event, first, zone)
    if not timedelta() < length <= LONGEST_SHIFT:
        return
    for begins in islice(_beginnings(event, first, zone, since - length, until), MOST_TIMES):
        ends = begins.astimezone(UTC) + length
        if ends > since and begins < until:
            yield Duty(
                uid=str(event.get("UID", ""))[:200],
                from_at=begins.astimezone(UTC),
                until_at=ends,
                addresses=_addresses(event),
                title=str(event.get("SUMMARY", "")).strip()[:120],
            )


def _beginnings(
    event: Any, first: datetime, zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[datetime]:
    rule = event.get("RRULE")
    if rule is None:
        yield first
        return
    if str(rule.get("FREQ", [""])[0]) not in STEPS:
        raise ValueError("a shift recurs daily, weekly, monthly or yearly")
    times = rruleset()
    times.rrule(rrulestr(rule.to_ical().decode(), dtstart=first))
    for left_out in _dates(event.get("EXDATE")):
        times.exdate(_instant(left_out, zone))
    yield from times.xafter(since, inc=True) if first < since else times


def _dates(given: Any) -> list[Any]:
    rows = given if isinstance(given, list) else [given] if given is not None else []
    return [one.dt for row in rows for one in row.dts]


def _length(event: Any, first: datetime, zone: ZoneInfo) -> timedelta:
    if event.get("DTEND") is not None:
        return _instant(event.get("DTEND").dt, zone).astimezone(UTC) - first.astimezone(UTC)
    if event.get("DURATION") is not None:
        found: timedelta = event.get("DURATION").dt
        return found
    return timedelta(days=1) if not isinstance(event.get("DTSTART").dt, datetime) else timedelta()


def _instant(given: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(given, datetime):
        return datetime.combine(given, time(), tzinfo=zone)
    return given if given.tzinfo is not None else given.replace(tzinfo=zone)


def _addresses(event: Any) -> tuple[str, ...]:
    given = event.get("ATTENDEE")
    rows = given if isinstance(given, list) else [given] if given is not None else []
    named = [str(row).lower().removeprefix("mailto:") for row in rows]
    if not named:
        text = f"{event.get('SUMMARY', '')} {event.get('DESCRIPTION', '')}"
        named = [one.lower() for one in ADDRESS.findall(text)]
    return tuple(dict.fromkeys(one for one in named if "@" in one))
