"""`?as_of=`: the instant that a door shows, now or one that has passed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from ledger.selectors.past import as_it_was
from registry.access.permissions import signed_in
from registry.models import User
from registry.rules.instants import canonical_text, in_words, read_instant, require_begun

M = TypeVar("M", bound=Model)
NAME = "as_of"
AS_OF = OpenApiParameter(
    NAME,
    str,
    description=(
        "Show the record as it was at this instant: ISO 8601 with an offset, a local date and time "
        "in the caller's zone, or a date (the end of that day there). What was recorded later is "
        "left out; who may read is decided as of now."
    ),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant that a door shows: now, where `as_of` is None."""

    now: datetime
    as_of: datetime | None
    zone: ZoneInfo

    @property
    def at(self) -> datetime:
        """The instant to read at."""
        return self.as_of or self.now

    @property
    def query(self) -> str:
        """What links add to an address to stay at the instant; '' now."""
        return urlencode({NAME: self.text}) if self.as_of else ""

    @property
    def text(self) -> str:
        """The instant as an address carries it; '' now."""
        return canonical_text(self.as_of) if self.as_of else ""

    @property
    def stamp(self) -> str:
        """What the name of a file says of it: '-as-of-2026-03-03T130000Z'; '' now."""
        return f"-as-of-{self.as_of.astimezone(UTC):%Y-%m-%dT%H%M%SZ}" if self.as_of else ""

    @property
    def words(self) -> str:
        """The instant in the reader's zone: '3 March 2026, 14:00'."""
        return in_words(self.at, self.zone)

    @property
    def utc(self) -> str:
        """The instant in UTC, to the second."""
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"

    @property
    def local(self) -> str:
        """The instant as a field for date and time takes it."""
        return self._typed(self.at)

    @property
    def latest(self) -> str:
        """The newest instant that can be asked for, as such a field takes it."""
        return self._typed(self.now)

    def _typed(self, instant: datetime) -> str:
        return instant.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M")

    def require(self, *, began: datetime, what: str) -> None:
        """Raise Missing where the thing did not exist yet, with the words of when it began."""
        if self.as_of is not None:
            require_begun(self.as_of, began=began, what=what, zone=self.zone)

    def kept(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Return the same rows for reading within `reading`: who may see them is settled now."""
        if self.as_of is None:
            return rows
        found: QuerySet[M] = rows.model._default_manager.filter(
            pk__in=list(rows.values_list("pk", flat=True))
        )
        return found

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let the block read the record at the instant."""
        if self.as_of is None:
            yield
            return
        with as_it_was(self.as_of):
            yield


def moment_of(request: HttpRequest | Request, *, now: datetime) -> Moment:
    """Return the instant that a request asks for. Raises Invalid for what is none or to come."""
    plain = request._request if isinstance(request, Request) else request
    user = signed_in(request)
    as_of = instant_of(plain.GET.get(NAME, ""), user=user, now=now)
    return Moment(now, as_of, ZoneInfo(user.zone))


def instant_of(text: str, *, user: User, now: datetime) -> datetime | None:
    """Return the past instant that somebody means by a text; None for an empty one.

    Raises Invalid for what is none or to come.
    """
    return read_instant(text, zone=ZoneInfo(user.zone), now=now) if text.strip() else None
