"""Queues of incidents: filtered, ordered, in pages whose cost does not grow with depth."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from incidents.models import Incident
from incidents.rules.transitions import ENDED
from ledger.rules.refusals import Invalid

MOST = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What a queue is narrowed to; empty means everything. `overdue` is as of the page's instant.

    `order` is 'opened' (newest first) or 'due' (the next deadline first, open incidents only).
    """

    states: Sequence[str] = ()
    severities: Sequence[str] = ()
    kinds: Sequence[str] = ()
    system: str = ""
    unit_id: UUID | None = None
    owner_id: UUID | None = None
    open_only: bool = False
    overdue: bool = False
    words: str = ""
    order: str = "opened"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a queue; `after` is the cursor of the next one, empty at the end."""

    rows: list[Incident]
    after: str


def incident_page(
    *,
    visible: QuerySet[Incident],
    filters: Filters,
    at: datetime,
    after: str = "",
    limit: int = 50,
) -> Page:
    """Return one page in one query. Raises Invalid for a cursor that is none.

    `visible` are the incidents that the reader may see.
    """
    by_due = filters.order == "due"
    rows = _narrowed(visible, filters, at, by_due=by_due).select_related(
        "system", "unit", "owner", "deputy"
    )
    rows = rows.defer("plan")
    if after:
        rows = rows.filter(_beyond(after, by_due=by_due))
    ordering = ("stage_due_at", "id") if by_due else ("-opened_at", "-id")
    limit = min(max(limit, 1), MOST)
    found = list(rows.order_by(*ordering)[: limit + 1])
    more = len(found) > limit
    shown = found[:limit]
    return Page(shown, _cursor(shown[-1], by_due=by_due) if more else "")


def _narrowed(
    rows: QuerySet[Incident], filters: Filters, at: datetime, *, by_due: bool
) -> QuerySet[Incident]:
    exact = {
        "state__in": list(filters.states),
        "severity__in": list(filters.severities),
        "kind__in": list(filters.kinds),
        "system__slug": filters.system,
        "unit_id": filters.unit_id,
        "owner_id": filters.owner_id,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.open_only or filters.overdue or by_due:
        rows = rows.exclude(state__in=list(ENDED))
    if filters.overdue:
        rows = rows.filter(stage_due_at__lt=at)
    if by_due:
        rows = rows.filter(stage_due_at__isnull=False)
    for word in filters.words.split():
        rows = rows.filter(Q(number__icontains=word) | Q(title__icontains=word))
    return rows


def _beyond(after: str, *, by_due: bool) -> Q:
    """The condition of what comes after a cursor, as PostgreSQL compares rows."""
    instant, key = _read_cursor(after)
    if by_due:
        return Q(stage_due_at__gt=instant) | Q(stage_due_at=instant, id__gt=key)
    return Q(opened_at__lte=instant) & (Q(opened_at__lt=instant) | Q(id__lt=key))


def _cursor(row: Incident, *, by_due: bool) -> str:
    instant = (row.stage_due_at if by_due else None) or row.opened_at
    return base64.urlsafe_b64encode(f"{instant.isoformat()}|{row.pk}".encode()).decode()


def _read_cursor(text: str) -> tuple[datetime, UUID]:
    try:
        instant, _, key = base64.urlsafe_b64decode(text.encode()).decode().partition("|")
        return datetime.fromisoformat(instant), UUID(key)
    except (ValueError, binascii.Error) as error:
        raise Invalid(
            "bad_cursor",
            "This is no cursor of this list; start at its first page.",
            fields={"cursor": "This is no cursor of this list."},
        ) from error
