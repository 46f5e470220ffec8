"""What came in last through a door, kept for who sets up a sender; no part of the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from governance.models import Arrival
from governance.selectors.doors import MOST_ARRIVALS

UPSERT = """
INSERT INTO governance_arrival AS a
  (system_id, door, name, unit, taken, not_taken, reason, first_at, last_at, refused_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (system_id, door, name) DO UPDATE SET
  unit = CASE WHEN EXCLUDED.unit = '' THEN a.unit ELSE EXCLUDED.unit END,
  taken = a.taken + EXCLUDED.taken,
  not_taken = a.not_taken + EXCLUDED.not_taken,
  reason = CASE WHEN EXCLUDED.reason = '' THEN a.reason ELSE EXCLUDED.reason END,
  last_at = EXCLUDED.last_at,
  refused_at = coalesce(EXCLUDED.refused_at, a.refused_at)
"""
LONGEST_NAME, LONGEST_UNIT, LONGEST_REASON = 200, 40, 500


@dataclass(slots=True)
class Arrived:
    """What came under a name: how many became something, how many did not, and why not."""

    unit: str = ""
    taken: int = 0
    not_taken: int = 0
    reason: str = ""


Named = dict[tuple[UUID, str], Arrived]
"""By system and name."""


@transaction.atomic
def note_arrivals(*, door: str, arrived: Named, at: datetime) -> None:
    """Add what came to what is known of each name; of a system at most 500 names are kept.

    In the order of their keys, so that two deliveries at once cannot deadlock.
    """
    clean: Named = {}
    for (system, name), one in arrived.items():
        clean[system, plain(name, LONGEST_NAME)] = one
    kept = _kept(door, clean)
    if not kept:
        return
    with connection.cursor() as cursor:
        cursor.executemany(UPSERT, [_row(door, key, clean[key], at) for key in sorted(kept)])


def _kept(door: str, arrived: Named) -> Sequence[tuple[UUID, str]]:
    systems = {system for system, _ in arrived}
    rows = Arrival.objects.filter(system_id__in=systems, door=door)
    known = set(rows.values_list("system_id", "name"))
    room = {one: MOST_ARRIVALS - sum(key[0] == one for key in known) for one in systems}
    kept = []
    for key in arrived:
        if key in known or room[key[0]] > 0:
            kept.append(key)
            room[key[0]] -= key not in known
    return kept


def _row(door: str, key: tuple[UUID, str], one: Arrived, at: datetime) -> list[Any]:
    refused = at if one.not_taken else None
    unit, reason = plain(one.unit, LONGEST_UNIT), plain(one.reason, LONGEST_REASON)
    return [key[0], door, key[1], unit, one.taken, one.not_taken, reason, at, at, refused]


def plain(text: str, longest: int) -> str:
    """Return a text as a column holds it: without NUL, no longer than it may be."""
    return text.replace("\x00", "")[:longest]
