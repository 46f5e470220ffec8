"""Who stood behind a system when a cause began."""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from incidents.models import Incident
from incidents.rules.plan import from_text
from registry.models import Deployment, System
from registry.selectors.compiled import compiled


def owners_since(*, system_id: UUID, since: datetime) -> list[tuple[UUID, str]]:
    """Return (person, act) of whoever owned or deputised a system at `since` or later (SEG-02)."""
    rows = _sides(system_id=system_id)
    parts: list[tuple[UUID, str]] = []
    for row, following in pairwise([*rows, None]):
        if row is not None and (following is None or following[0] > since):
            parts += [(row[1], "owned"), (row[2], "deputised")]
    return list(dict.fromkeys(parts))


def authors_since(*, system_id: UUID, environment: str, since: datetime) -> Iterable[UUID]:
    """Return the authors of every version that was live in an environment at `since` or later."""
    rows = _authors(system_id=system_id, environment=environment, since=since)
    return [author for (author,) in rows]


@compiled(system_id=UUID)
def _sides(system_id: UUID) -> QuerySet[Any, Any]:
    rows = System.history.filter(id=system_id).order_by("history_date", "history_id")
    found: QuerySet[Any, Any] = rows.values_list("history_date", "owner_id", "deputy_id")
    return found


@compiled(system_id=UUID, environment=str, since=datetime)
def _authors(system_id: UUID, environment: str, since: datetime) -> QuerySet[Any, Any]:
    rows = Deployment.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=since),
        system_id=system_id,
        environment=environment,
    )
    return rows.values_list("version__author_id").distinct()


def level_of_recurrence(earlier: Incident | None) -> int:
    """Return the level at which a new incident begins.

    One up where the cycles of the earlier one are used up (EVA-15), else the lowest.
    """
    if earlier is None or earlier.cycle < from_text(earlier.plan).max_cycles:
        return 0
    return earlier.level + 1
