"""Pages of the clocks that run: keyset paging by when they are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from incidents.models import Incident
from incidents.selectors.clocks import ClockLine, line_of, still_owed
from ledger.rules.refusals import Invalid

LIMIT = 50


@dataclass(frozen=True, slots=True)
class ClockPage:
    """Clocks that run, the next one due first; `after` is the cursor of the following page."""

    lines: Sequence[ClockLine]
    after: str


def clock_page(
    *, incidents: QuerySet[Incident], at: datetime, after: str = "", limit: int = LIMIT
) -> ClockPage:
    """Return one page of the clocks that run on some incidents. Raises Invalid for no cursor."""
    rows = still_owed().filter(incident__in=incidents.values("pk")).order_by("due_at", "id")
    if after:
        due_at, key = _cursor(after)
        rows = rows.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, id__gt=key))
    found = list(rows[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    cursor = f"{last.due_at.isoformat()}_{last.pk}" if last is not None else ""
    return ClockPage([line_of(row, at) for row in found[:limit]], cursor)


def _cursor(text: str) -> tuple[datetime, UUID]:
    try:
        instant, _, key = text.rpartition("_")
        due_at = datetime.fromisoformat(instant)
        if due_at.tzinfo is None:
            raise ValueError("no zone")
        return due_at, UUID(key)
    except (ValueError, OverflowError) as error:
        raise Invalid("bad_cursor", "This page cannot be found; begin with the first.") from error
