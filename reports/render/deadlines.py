"""Deadlines as an iCalendar file (RFC 5545): one event each, at the instant, blocking no time."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from reports.selectors.deadlines import Deadline

PRODUCT = "-//Countersign//Deadlines 1//EN"
AGAIN = timedelta(minutes=30)


def calendar_file(deadlines: Sequence[Deadline], *, language: str) -> bytes:
    """Return the file; the same deadlines are the same bytes."""
    from icalendar import Calendar, Event  # noqa: PLC0415  megabytes that only a feed needs

    host = urlsplit(settings.PUBLIC_URL).hostname or "countersign"
    name = _("Deadlines in Countersign")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name, parameters={"LANGUAGE": language})
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT30M")
    for one in deadlines:
        event = Event()
        event.add("uid", f"{one.uid}@{host}")
        event.add("dtstamp", one.since)
        # An event that only begins takes up no time (RFC 5545, 3.6.1).
        event.add("dtstart", one.due)
        event.add("summary", f"{one.number} · {one.system} · {one.stage}")
        event.add("url", f"{settings.PUBLIC_URL}{one.path}")
        event.add("class", "CONFIDENTIAL")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made
