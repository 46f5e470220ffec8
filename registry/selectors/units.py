"""Units: roles are inherited downwards, so both directions of the tree are asked for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models.expressions import RawSQL

from ledger.selectors.at_once import Question, Rows, at_once, named
from outbox.rules.calendars import Calendar
from registry.models import Unit
from registry.rules.calendars import calendar_of_record
from registry.selectors.glasses import note_glass

ABOVE = """
WITH RECURSIVE above(id, parent_id, distance) AS (
    SELECT id, parent_id, 0 FROM registry_unit WHERE id = %s
    UNION
    SELECT unit.id, unit.parent_id, above.distance + 1
    FROM registry_unit unit JOIN above ON unit.id = above.parent_id
    WHERE above.distance < 50
) SELECT id, min(distance) FROM above GROUP BY id ORDER BY 2
"""
EVERY_ABOVE = """
WITH RECURSIVE above(id, parent_id) AS (
    SELECT id, parent_id FROM registry_unit WHERE id = ANY(%s)
    UNION
    SELECT unit.id, unit.parent_id FROM registry_unit unit JOIN above ON unit.id = above.parent_id
) SELECT id FROM above
"""

# What somebody opened in an emergency counts for themselves alone, never for who acts for them; it
# is told apart, for the reading is on record.
BELOW_ROLES = """
WITH RECURSIVE below(id) AS (
    SELECT unit_id FROM registry_roleassignment
    WHERE user_id = ANY(%(people)s) AND unit_id IS NOT NULL
      AND from_at <= %(at)s AND (until_at IS NULL OR until_at > %(at)s)
    UNION
    SELECT unit_id FROM registry_breakglass
    WHERE person_id = %(reader)s AND unit_id IS NOT NULL
      AND from_at <= %(at)s AND until_at > %(at)s
    UNION
    SELECT unit.id FROM registry_unit unit JOIN below ON unit.parent_id = below.id
)
SELECT 'unit' AS kind, id FROM below
UNION ALL
SELECT 'glass', id FROM registry_breakglass
WHERE person_id = %(reader)s AND from_at <= %(at)s AND until_at > %(at)s
"""


def units_above(*, unit_id: UUID) -> list[UUID]:
    """Return the unit itself and every unit above it, nearest first."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [unit_id])
        return [row[0] for row in cursor.fetchall()]


def these_and_above(unit_ids: Iterable[UUID]) -> RawSQL:
    """Return the keys of these units and of all above them, found within the asking statement."""
    return RawSQL(EVERY_ABOVE, [sorted(unit_ids)])  # noqa: S611  the units go as parameters


def units_in_scope(
    *, user_ids: Sequence[UUID], at: datetime, reader: UUID | None = None
) -> list[UUID]:
    """Return the units for which one of these people holds a role, with all below them.

    For a reader also those that they opened in an emergency; that they read is noted.
    """
    return scope_told(at_once({"scope": scope_asked(user_ids, at, reader)})["scope"])


def scope_asked(user_ids: Sequence[UUID], at: datetime, reader: UUID | None = None) -> Question:
    """Return what to ask for `units_in_scope`, to be read by `scope_told`."""
    given: dict[str, Any] = {"people": list(user_ids), "at": at, "reader": reader}
    return named(BELOW_ROLES, given)


def scope_told(rows: Rows) -> list[UUID]:
    """Return the units that `scope_asked` found; what was opened in an emergency is noted."""
    for word, glass in rows:
        if word == "glass":
            note_glass(UUID(glass))
    return [UUID(unit) for word, unit in rows if word == "unit"]


def calendar_of(*, unit: Unit) -> Calendar:
    """Return the calendar that the unit's deadlines are computed by."""
    kept = unit.calendar
    return calendar_of_record(zone=kept.zone, hours=kept.hours, exceptions=kept.exceptions)


BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM registry_unit WHERE id = ANY(%s)
    UNION
    SELECT unit.id FROM registry_unit unit JOIN below ON unit.parent_id = below.id
) SELECT id FROM below
"""


def units_below(*, unit_ids: Sequence[UUID]) -> list[UUID]:
    """Return these units and every unit below them."""
    if not unit_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(BELOW, [list(unit_ids)])
        return [row[0] for row in cursor.fetchall()]
