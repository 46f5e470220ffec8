"""Entries that are neither sealed nor waiting: somebody deleted their place in the queue."""

from datetime import datetime
from enum import Enum

import structlog
from django.db import connection

from ledger.models import Leaf
from ledger.selectors.lines import newest_number
from ledger.services.keys import origin_in_force
from ledger.services.own_entries import write_own

# One statement sees an entry together with its place in the queue, or neither. Bounds at both ends
# let the planner take the indexes also where nothing was analysed yet.
PUT_BACK = """
INSERT INTO ledger_queue (entry_id)
SELECT e.id FROM ledger_entry e WHERE e.id BETWEEN %(first)s AND %(last)s
AND NOT EXISTS (SELECT 1 FROM ledger_leaf l
                WHERE l.entry_id = e.id AND l.entry_id BETWEEN %(first)s AND %(last)s)
AND NOT EXISTS (SELECT 1 FROM ledger_queue q
                WHERE q.entry_id = e.id AND q.entry_id BETWEEN %(first)s AND %(last)s)
ON CONFLICT DO NOTHING RETURNING entry_id
"""
# How many numbers before the newest leaf every seal looks through; once a day it looks at all.
WINDOW = 5_000
MOST_NAMED = 100
log = structlog.get_logger(__name__)


class Search(Enum):
    """How far to look: not at all, through the last few thousand, through all entries."""

    NONE = "none"
    RECENT = "recent"
    ALL = "all"


def put_back_lost(*, search: Search, at: datetime) -> int:
    """Queue again what lost its place, and say so in the ledger; return how many.

    Within the seal, after its ground was found good: deleted leaves are no lost places.
    """
    if search is Search.NONE:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(PUT_BACK, {"first": _first(search), "last": newest_number()})
        numbers = sorted(number for (number,) in cursor.fetchall())
    if numbers:
        log.error("ledger_requeued", entries=len(numbers), first=numbers[0])
        write_own(
            "ledger.requeued",
            origin=origin_in_force(),
            at=at,
            details={"count": len(numbers), "entries": numbers[:MOST_NAMED]},
        )
    return len(numbers)


def _first(search: Search) -> int:
    if search is Search.ALL:
        return 1
    newest = Leaf.objects.order_by("-seq").values_list("entry_id", flat=True).first()
    return max(1, int(newest or 0) - WINDOW)
