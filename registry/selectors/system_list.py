"""Lists of systems: filtered, ordered, in pages whose cost does not grow with depth."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import RawSQL

from ledger.rules.instants import instant_read
from ledger.rules.refusals import Invalid
from registry.models import System
from registry.selectors.search import owned_by, searched

MOST = 200
COUNTED = 10_000
ORDERS = {
    "name": ("name", "id"),
    "newest": ("-registered_at", "-id"),
    "oldest": ("registered_at", "id"),
}
RUNNING = ("pilot", "production")
UNIT_AND_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT %s::uuid
    UNION
    SELECT unit.id FROM registry_unit unit JOIN below ON unit.parent_id = below.id
) SELECT id FROM below
"""
VIEWS: dict[str, Q] = {
    "all": Q(),
    "running": Q(lifecycle__in=RUNNING),
    "high_risk": Q(legal_class="high_risk"),
    "undecided": Q(legal_class="undecided") & ~Q(lifecycle="retired"),
    "suspended": Q(lifecycle="suspended"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means everything.

    `unit_id` holds for the unit and all below it; `owner` is a beginning of a word of the owner's
    name; `words` are searched as registry.selectors.search says.
    """

    view: str = "all"
    owner_id: UUID | None = None
    unit_id: UUID | None = None
    kinds: Sequence[str] = ()
    tiers: Sequence[str] = ()
    legal_classes: Sequence[str] = ()
    lifecycles: Sequence[str] = ()
    owner: str = ""
    words: str = ""
    order: str = "name"


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `after` is the cursor of the next one, empty at the end."""

    rows: list[System]
    after: str


def page_of_systems(
    *, visible: QuerySet[System], filters: Filters, after: str = "", limit: int = 50
) -> Page:
    """Return one page of the systems that the reader may see. Raises Invalid for no cursor.

    One query, whatever the filters.
    """
    rows = narrowed(visible, filters)
    if after:
        rows = rows.filter(_beyond(after, filters.order))
    limit = min(max(limit, 1), MOST)
    found = list(rows.order_by(*ORDERS[filters.order])[: limit + 1])
    shown = found[:limit]
    return Page(shown, _cursor(shown[-1], filters.order) if len(found) > limit else "")


def narrowed(rows: QuerySet[System], filters: Filters) -> QuerySet[System]:
    """Keep what the filters ask for."""
    exact = {
        "owner_id": filters.owner_id,
        "kind__in": list(filters.kinds),
        "risk_tier__in": list(filters.tiers),
        "legal_class__in": list(filters.legal_classes),
        "lifecycle__in": list(filters.lifecycles),
    }
    rows = rows.filter(
        VIEWS[filters.view], **{name: value for name, value in exact.items() if value}
    )
    if filters.unit_id is not None:
        # Asked within the page's own statement; the id is a parameter.
        rows = rows.filter(unit_id__in=RawSQL(UNIT_AND_BELOW, [filters.unit_id]))  # noqa: S611
    rows = owned_by(rows, filters.owner)
    return searched(rows, filters.words)


def counted(visible: QuerySet[System], conditions: Mapping[str, Q]) -> dict[str, Any]:
    """Return how many systems meet each condition, and under 'units' the ids of their units.

    One query and one pass over COUNTED systems at most: beyond that each figure is a least one.
    """
    wanted: dict[str, Any] = {
        name: Count("pk", filter=condition) if condition else Count("pk")
        for name, condition in conditions.items()
    }
    rows = visible.order_by()[:COUNTED]
    found: dict[str, Any] = rows.aggregate(**wanted, units=ArrayAgg("unit_id", distinct=True))
    return found | {"units": found["units"] or []}


def _beyond(after: str, order: str) -> Q:
    """The condition of what comes after a cursor."""
    column = ORDERS[order][0].removeprefix("-")
    step = "lt" if ORDERS[order][0].startswith("-") else "gt"
    value, key = _read_cursor(after, order)
    return Q(**{f"{column}__{step}e": value}) & (
        Q(**{f"{column}__{step}": value}) | Q(**{f"id__{step}": key})
    )


def _cursor(row: System, order: str) -> str:
    value = row.name if order == "name" else row.registered_at.isoformat()
    return base64.urlsafe_b64encode(f"{row.pk}|{value}".encode()).decode()


def _read_cursor(text: str, order: str) -> tuple[Any, UUID]:
    try:
        key, _, value = base64.urlsafe_b64decode(text.encode()).decode().partition("|")
        if "\x00" in value:
            raise ValueError
        return (value if order == "name" else instant_read(value)), UUID(key)
    except (ValueError, binascii.Error) as error:
        words = "This is no cursor of this list; start at its first page."
        raise Invalid("bad_cursor", words, fields={"cursor": words}) from error
