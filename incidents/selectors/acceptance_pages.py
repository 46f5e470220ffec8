"""The register of accepted risks in pages, by the end of each, whose cost is that of one page."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from incidents.models import RiskAcceptance
from incidents.rules.acceptances import Event
from incidents.selectors.acceptance_grounds import events_of
from incidents.selectors.acceptances import Shown, shown_by
from ledger.rules.instants import instant_read
from ledger.rules.refusals import Invalid
from registry.models import System

MOST = 200
NEAR = timedelta(days=30)
VIEWS = ("running", "near", "over", "all")


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `after` is the cursor of the next one, empty at the end."""

    rows: Sequence[Shown]
    after: str


def acceptance_page(
    *,
    visible: QuerySet[RiskAcceptance],
    at: datetime,
    view: str = "all",
    system: str = "",
    after: str = "",
    limit: int = 50,
) -> Page:
    """Return one page with the validity of each row at `at`. Raises Invalid for a bad cursor.

    What runs comes with the next end first, all else with the last end first. 'running' are those
    of which no end is on record and whose instant is not reached: one that is void for another
    reason is shown there as void until that is noted.
    """
    limit = min(max(limit, 1), MOST)
    rows = page_rows(visible=visible, at=at, view=view, system=system, after=after, limit=limit)
    found = list(rows)
    return page_of(found, events_of(found[:limit], at), at=at, limit=limit)


def page_rows(
    *,
    visible: QuerySet[RiskAcceptance],
    at: datetime,
    view: str,
    system: str,
    after: str,
    limit: int,
) -> QuerySet[RiskAcceptance]:
    """Return the rows of a page and the one behind it. Raises Invalid for a bad cursor.

    With a system one query more.
    """
    by_next = view in ("running", "near")
    rows = _viewed(visible, view, at)
    if system:
        # By its key: how many incidents a system has is known of the key, and of no short name.
        # Without that a system of none would be sought in every accepted risk.
        key = System.objects.filter(slug=system).values_list("pk", flat=True).first()
        rows = rows.filter(incident__system_id=key) if key else rows.none()
    if after:
        rows = rows.filter(_beyond(after, by_next=by_next))
    order = ("until_at", "id") if by_next else ("-until_at", "-id")
    return rows.order_by(*order)[: limit + 1]


def page_of(
    found: Sequence[RiskAcceptance],
    events: Mapping[UUID, Sequence[Event]],
    *,
    at: datetime,
    limit: int,
) -> Page:
    """Return the page of `page_rows`, by what ends each of its rows (acceptance_grounds)."""
    kept = found[:limit]
    return Page(shown_by(kept, events, at), _cursor(kept[-1]) if len(found) > limit else "")


def _viewed(rows: QuerySet[RiskAcceptance], view: str, at: datetime) -> QuerySet[RiskAcceptance]:
    active = RiskAcceptance.State.ACTIVE
    if view == "running":
        return rows.filter(state=active, until_at__gt=at)
    if view == "near":
        return rows.filter(state=active, until_at__gt=at, until_at__lte=at + NEAR)
    if view == "over":
        return rows.filter(~Q(state=active) | Q(until_at__lte=at))
    return rows


def _beyond(after: str, *, by_next: bool) -> Q:
    instant, key = _read_cursor(after)
    # The bound by itself is what the index is entered by: of an 'or' it serves neither side.
    if by_next:
        return Q(until_at__gte=instant) & (Q(until_at__gt=instant) | Q(id__gt=key))
    return Q(until_at__lte=instant) & (Q(until_at__lt=instant) | Q(id__lt=key))


def _cursor(row: RiskAcceptance) -> str:
    return base64.urlsafe_b64encode(f"{row.until_at.isoformat()}|{row.pk}".encode()).decode()


def _read_cursor(text: str) -> tuple[datetime, UUID]:
    try:
        instant, _, key = base64.urlsafe_b64decode(text.encode()).decode().partition("|")
        return instant_read(instant), UUID(key)
    except (ValueError, binascii.Error) as error:
        raise Invalid(
            "bad_cursor",
            "This is no cursor of this list; start at its first page.",
            fields={"cursor": "This is no cursor of this list."},
        ) from error
