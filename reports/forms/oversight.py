"""What a request asks of the oversight log: which days, which systems; the log that it comes to."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import signed_in
from registry.access.instants import Moment, moment_of
from registry.models import System
from registry.selectors.systems import no_such_system
from reports.rules.oversight import Record
from reports.rules.room import days_between
from reports.selectors.oversight import after, overseen_systems, oversight_of, with_people

USUAL = timedelta(days=29)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a page is of, both counted, and the instants that they come to."""

    first: date
    last: date
    since: datetime
    until: datetime

    @property
    def query(self) -> str:
        """The days as links carry them."""
        return urlencode({"since": self.first.isoformat(), "until": self.last.isoformat()})


def span_of(request: HttpRequest, at: datetime) -> Span:
    """Return the days that a request asks for; the last 30 without any. Raises Invalid."""
    today = at.astimezone(ZoneInfo(settings.SEAT_ZONE)).date()
    last = _day(request.GET.get("until", ""), "until", today)
    first = _day(request.GET.get("since", ""), "since", last - USUAL)
    since, until = days_between(first, last, settings.SEAT_ZONE)
    return Span(first, last, since, until)


def _day(text: str, field: str, otherwise: date) -> date:
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        words = "A day is written 2027-03-01."
        raise Invalid("bad_day", words, fields={field: words}) from None


@dataclass(frozen=True, slots=True)
class Log:
    """What a page shows: the records of some systems, and whether there are more."""

    moment: Moment
    span: Span
    systems: list[System]
    records: list[Record]
    more: str


def log_of(request: HttpRequest, *, slug: str = "", limit: int = PAGE) -> Log:
    """Read the log that a request asks for. Raises Invalid, Missing."""
    user, now = signed_in(request), clock.now()
    moment = moment_of(request, now=now)
    span = span_of(request, moment.at)
    rows = overseen_systems(user=user, at=now, slug=slug)
    last = request.GET.get("after", "")[:80].replace("\x00", "")
    found = list(after(with_people(rows), last)[: limit + 1])
    if slug and not found:
        raise no_such_system(slug)
    more = found[limit - 1].slug if len(found) > limit else ""
    chosen = moment.kept(System.objects.filter(pk__in=[one.pk for one in found[:limit]]))
    with moment.reading():
        systems = found[:limit]
        if moment.as_of is not None:
            # As they were then: what they are now says only who may see them.
            systems = list(with_people(chosen).order_by("name", "pk"))
        if slug and not systems:
            raise no_such_system(slug)
        records = oversight_of(
            systems=systems, since=span.since, until=min(span.until, moment.at), at=moment.at
        )
    return Log(moment, span, systems, records, more)
