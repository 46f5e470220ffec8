"""Queues of incidents: filtered, ordered, in pages whose cost does not grow with depth."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from incidents.models import Incident
from incidents.rules.transitions import ENDED, OPEN_STATES
from ledger.rules.instants import instant_read
from ledger.rules.refusals import Invalid
from registry.models import System

MOST = 200
BY_DUE = ("stage_due_at", "id")
OPEN = frozenset(OPEN_STATES)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a queue is narrowed to; empty means everything. `overdue` is as of the page's instant.

    `order` is 'opened' (newest first) or 'due' (the next deadline first, open incidents only).
    `system` is a short name; `system_id` says the same where the caller knows the key.
    """

    states: Sequence[str] = ()
    severities: Sequence[str] = ()
    kinds: Sequence[str] = ()
    system: str = ""
    system_id: UUID | None = None
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


@dataclass(frozen=True, slots=True)
class Lines:
    """One page of a list: each row has the fields that were asked for, by name."""

    rows: list[Any]
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
    rows = _ordered(visible, filters, at, after, limit)
    rows = rows.select_related("system", "unit", "owner", "deputy").defer("plan")
    return Page(*_cut(rows, filters, limit))


def incident_lines(
    *,
    visible: QuerySet[Incident],
    names: Sequence[str],
    filters: Filters,
    at: datetime,
    after: str = "",
    limit: int = 50,
) -> Lines:
    """Return one page as rows of these fields alone, `id`, `opened_at` and `stage_due_at` too.

    One query, as `incident_page`: a list shows a few values of each, and needs no incidents with
    their systems, people and states for that. Raises Invalid for a cursor that is none.
    """
    wanted = dict.fromkeys(("id", "opened_at", "stage_due_at", *names))
    rows = _ordered(visible, filters, at, after, limit)
    return Lines(*_cut(rows.values_list(*wanted, named=True), filters, limit))


def _ordered(
    visible: QuerySet[Incident], filters: Filters, at: datetime, after: str, limit: int
) -> QuerySet[Incident]:
    by_due = filters.order == "due"
    rows = _narrowed(visible, filters, at, by_due=by_due)
    if after:
        rows = rows.filter(_beyond(after, by_due=by_due))
    if not by_due:
        return rows.order_by("-opened_at", "-id")
    # What is told of each is joined to those found: with it beside each row the database may sort
    # all that is due, where it can walk the index in its order.
    found = rows.order_by(*BY_DUE).values("pk")[: _most(limit) + 1]
    shown: QuerySet[Incident] = Incident.objects.filter(pk__in=found)
    return shown.order_by(*BY_DUE)


def _cut(rows: QuerySet[Any, Any], filters: Filters, limit: int) -> tuple[list[Any], str]:
    """Read a page and whether there is another one: its rows, and the cursor of the next."""
    limit = _most(limit)
    found = list(rows[: limit + 1])
    shown = found[:limit]
    more = len(found) > limit
    return shown, _cursor(shown[-1], by_due=filters.order == "due") if more else ""


def _most(limit: int) -> int:
    return min(max(limit, 1), MOST)


def _narrowed(
    rows: QuerySet[Incident], filters: Filters, at: datetime, *, by_due: bool
) -> QuerySet[Incident]:
    is_open = filters.open_only or filters.overdue or by_due
    # Said twice, what is open is taken for rarer than it is, and the index is not walked in order.
    states = [] if by_due and set(filters.states) == OPEN else list(filters.states)
    exact = {
        "state__in": states,
        "severity__in": list(filters.severities),
        "kind__in": list(filters.kinds),
        "system_id": filters.system_id,
        "unit_id": filters.unit_id,
        "owner_id": filters.owner_id,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.system:
        # Its key first, and by itself: only of a key that it is told does the database know that
        # the system has few cases, and walk the index of these and not that of all.
        named = System.objects.filter(slug=filters.system).values_list("pk", flat=True).first()
        rows = rows.filter(system_id=named) if named else rows.none()
    if is_open:
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
        return Q(stage_due_at__gte=instant) & (Q(stage_due_at__gt=instant) | Q(id__gt=key))
    return Q(opened_at__lte=instant) & (Q(opened_at__lt=instant) | Q(id__lt=key))


def _cursor(row: Any, *, by_due: bool) -> str:
    instant = (row.stage_due_at if by_due else None) or row.opened_at
    return base64.urlsafe_b64encode(f"{instant.isoformat()}|{row.id}".encode()).decode()


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
