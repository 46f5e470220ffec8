"""What delegates have decided in a month: reported to the committee (SEG-15)."""

import re
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, Q, QuerySet, UUIDField

from governance.models import Committee, Decision, ElectorSeat
from incidents.models import Incident
from incidents.selectors.visibility import is_among
from ledger.rules.refusals import Invalid
from registry.selectors.keyset import place_of, place_read
from registry.selectors.unnest import Unnest

MOST = 500
PAGE = 50
# What a line shows, and the states that a case and a system cannot be made without.
SHOWN = (
    "number",
    "title",
    "state",
    "closed_at",
    "incident__number",
    "incident__state",
    "incident__system__name",
    "incident__system__lifecycle",
)
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def month_of(text: str, *, at: datetime) -> tuple[datetime, datetime]:
    """Return from when to when a month such as '2026-11' lasts, in UTC; '' is the present one.

    Raises Invalid.
    """
    found = MONTH.fullmatch(text) if text else None
    if text and found is None:
        words = "Write a month such as 2026-11."
        raise Invalid("no_month", words, fields={"month": words})
    year, month = (int(found[1]), int(found[2])) if found else (at.year, at.month)
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return (
        datetime(year, month, 1, tzinfo=UTC),
        datetime(following[0], following[1], 1, tzinfo=UTC),
    )


def decided_by_delegates(
    *, visible: QuerySet[Incident], month: str, at: datetime
) -> QuerySet[Decision]:
    """Return the newest rounds that delegates closed in a month, at most MOST. Raises Invalid."""
    rows = _closed(visible, month, at, after="", most=MOST)
    return _with_electors(rows.select_related("incident__system", "committee", "resolution"))


def delegated_page(
    *, visible: QuerySet[Incident], month: str, at: datetime, after: str = ""
) -> tuple[list[Decision], str]:
    """Return a page of these rounds, the newest first, from behind the place `after` on.

    With the place behind which there are more, else ''. What is no place counts as the beginning.
    Of each only what a line shows. Two queries. Raises Invalid.
    """
    rows = _closed(visible, month, at, after=after, most=PAGE + 1)
    named = rows.select_related("incident__system").only(*SHOWN)
    found = list(_with_electors(named)[: PAGE + 1])
    shown = found[:PAGE]
    last = shown[-1].closed_at if len(found) > PAGE else None
    return shown, place_of(last, shown[-1].pk) if last else ""


def _closed(
    visible: QuerySet[Incident], month: str, at: datetime, *, after: str, most: int
) -> QuerySet[Decision]:
    """The newest rounds of each delegate, by an index of its own; together the newest of all."""
    begins, ends = month_of(month, at=at)
    closed = Decision.objects.filter(closed_at__gte=begins, closed_at__lt=ends)
    each = closed.filter(_beyond(after), is_among(visible), committee_id=OuterRef("pk"))
    newest = ArraySubquery(each.order_by("-closed_at", "-id").values("pk")[:most])
    bodies = Committee.objects.filter(level=Committee.Level.DELEGATE)
    keys = bodies.values(one=Unnest(newest, output_field=UUIDField()))
    rows: QuerySet[Decision] = Decision.objects.filter(pk__in=keys)
    return rows.order_by("-closed_at", "-id")


def _with_electors(rows: QuerySet[Decision]) -> QuerySet[Decision]:
    seats = ElectorSeat.objects.select_related("seated")
    return rows.prefetch_related(Prefetch("electors", seats, to_attr="sitting"))


def _beyond(after: str) -> Q:
    place = place_read(after)
    try:
        key = UUID(place[1]) if place else None
    except ValueError:
        key = None
    if place is None or key is None:
        return Q()
    return Q(closed_at__lte=place[0]) & (Q(closed_at__lt=place[0]) | Q(id__lt=key))
