"""What came through a door is noted: the last row taken, the rows refused and why.

An aid for who sets up a sender. It stands outside the delivery's transaction, so that a delivery
refused as a whole leaves its reason, and it never makes a delivery fail that was good.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from registry.models import System
from telemetry.models import DoorRun, DoorState
from telemetry.rules.excerpts import reason_of

EVERY = timedelta(minutes=1)
"""How often, at most, a process notes that rows of a system are being taken."""
MOST_RUNS = 60
MOST_ROWS = 500
MOST_SYSTEMS = 5
"""A delivery that names no system is told at the sender's systems, by name, so many at most."""
KEPT = timedelta(days=14)
AT_ONCE = 2000
MOST_REMEMBERED = 20_000
Row = Mapping[str, str]

# Rows come by the short name of their system, or by its id.
FOUND_BY = {str: "y.slug = u.key", UUID: "y.id = u.key::uuid"}
NOTE_ACCEPTED = """
INSERT INTO telemetry_door_state AS s
  (system_id, door, accepted_at, accepted_row, accepted_by, deliveries, refused,
   rejected_field, rejected_why, rejected_by)
SELECT y.id, %s, %s, u.row::jsonb, %s, 0, 0, '', '', ''
  FROM unnest(%s::text[], %s::text[]) AS u(key, row) JOIN registry_system y ON {found}
 ORDER BY y.id
ON CONFLICT (system_id, door) DO UPDATE SET
  accepted_at = EXCLUDED.accepted_at, accepted_row = EXCLUDED.accepted_row,
  accepted_by = EXCLUDED.accepted_by
"""
NOTE_REFUSED = """
WITH kept AS (
  INSERT INTO telemetry_door_state AS s
    (system_id, door, accepted_by, deliveries, refused,
     rejected_at, rejected_row, rejected_field, rejected_why, rejected_by)
  VALUES (%(system)s, %(door)s, '', 1, %(rejected)s,
     %(at)s, %(row)s, %(field)s, %(why)s, %(sender)s)
  ON CONFLICT (system_id, door) DO UPDATE SET
    deliveries = s.deliveries + 1, refused = s.refused + EXCLUDED.refused,
    rejected_at = EXCLUDED.rejected_at, rejected_row = EXCLUDED.rejected_row,
    rejected_field = EXCLUDED.rejected_field, rejected_why = EXCLUDED.rejected_why,
    rejected_by = EXCLUDED.rejected_by
  RETURNING s.id, s.deliveries)
INSERT INTO telemetry_door_run AS r
  (state_id, slot, at, sender, failure, accepted, repeated, rejected, rows)
SELECT k.id, k.deliveries %% %(slots)s, %(at)s, %(sender)s, %(failure)s, %(accepted)s,
  %(repeated)s, %(rejected)s, %(rows)s FROM kept k
ON CONFLICT (state_id, slot) DO UPDATE SET
  at = EXCLUDED.at, sender = EXCLUDED.sender, failure = EXCLUDED.failure,
  accepted = EXCLUDED.accepted, repeated = EXCLUDED.repeated, rejected = EXCLUDED.rejected,
  rows = EXCLUDED.rows
"""
log = structlog.get_logger(__name__)
# Per process: when rows of a system were noted as taken, by door, and by short name or id.
_noted: dict[tuple[str, str | UUID], datetime] = {}


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken; `system` is the short name that it goes by, '' for none."""

    number: int
    field: str
    reason: str
    row: Row
    system: str = ""


@dataclass(frozen=True, slots=True)
class Refusals:
    """What of a delivery was not taken. `failure` says why nothing was, '' where something was.

    `count` are all rows refused, of which `rows` may be the first ones only.
    """

    rows: Sequence[RefusedRow]
    failure: str = ""
    accepted: int = 0
    repeated: int = 0
    count: int = 0


@dataclass(slots=True)
class _Group:
    """The rows of one system."""

    system_id: UUID
    rows: list[RefusedRow] = field(default_factory=list)
    more: int = 0


def note_accepted(
    *, door: str, rows: Mapping[str, Row] | Mapping[UUID, Row], sender: str, at: datetime
) -> None:
    """Keep the last row taken of each system, once a minute at most.

    `rows` come by the short names of the systems, or by their ids.
    """
    due = {key: row for key, row in rows.items() if is_due(door, key, at)}
    if not due:
        return
    if len(_noted) > MOST_REMEMBERED:
        _noted.clear()
    _noted.update({(door, key): at for key in due})
    statement = NOTE_ACCEPTED.format(found=FOUND_BY[type(next(iter(due)))])
    texts = [json.dumps(dict(row)) for row in due.values()]
    _execute(statement, [door, at, sender[:80], [str(key) for key in due], texts])


def is_due(door: str, system: str | UUID, at: datetime) -> bool:
    """Whether a row of this system would be noted as taken now."""
    last = _noted.get((door, system))
    return last is None or not timedelta(0) <= at - last < EVERY


def forget_noted() -> None:
    """Let the next row taken be noted whatever was noted before."""
    _noted.clear()


def note_refused(
    *, door: str, refusals: Refusals, reach: QuerySet[System], sender: str, at: datetime
) -> None:
    """Keep the rows that were refused, with the reasons, at the systems that they name.

    One statement for each system. What names no system in `reach` is told at the sender's own
    systems, by name, five at most: its rows never show up at a system that it may not write to.
    """
    for group in _groups(refusals, reach):
        _execute(NOTE_REFUSED, _said(door, group, refusals, sender, at))


def _groups(refusals: Refusals, reach: QuerySet[System]) -> list[_Group]:
    named = {one.system for one in refusals.rows if one.system}
    known = dict(reach.filter(slug__in=[one for one in named if "\x00" not in one])
                 .values_list("slug", "pk"))  # fmt: skip
    groups = {slug: _Group(pk) for slug, pk in sorted(known.items())}
    lost = [one for one in refusals.rows if one.system not in known]
    if lost or not groups:
        own = reach.order_by("name", "pk").values_list("slug", "pk")[:MOST_SYSTEMS]
        for slug, pk in own:
            groups.setdefault(slug, _Group(pk)).rows += lost
    for one in refusals.rows:
        if one.system in known:
            groups[one.system].rows.append(one)
    if len(groups) == 1:
        only = next(iter(groups.values()))
        only.more = max(0, refusals.count - len(only.rows))
    return sorted(groups.values(), key=lambda one: one.system_id)


def _said(
    door: str, group: _Group, refusals: Refusals, sender: str, at: datetime
) -> dict[str, Any]:
    rows = sorted(group.rows, key=lambda one: one.number)
    last = rows[-1] if rows else None
    failure = reason_of(refusals.failure)
    return {
        "system": group.system_id,
        "door": door,
        "at": at,
        "sender": sender[:80],
        "rejected": len(rows) + group.more,
        "row": json.dumps(dict(last.row)) if last else None,
        "field": last.field[:60] if last else "",
        "why": reason_of(last.reason) if last else failure,
        "failure": failure,
        "accepted": refusals.accepted,
        "repeated": refusals.repeated,
        "slots": MOST_RUNS,
        "rows": json.dumps([_kept(one) for one in rows[:MOST_ROWS]]),
    }


def _kept(one: RefusedRow) -> list[object]:
    return [one.number, one.field[:60], reason_of(one.reason), dict(one.row)]


def _execute(statement: str, given: Any) -> None:
    """Run a statement in a transaction of its own; that it fails is logged and nothing more."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, given)
    except DatabaseError as error:
        log.warning("door_not_noted", error=type(error).__name__)


@transaction.atomic
def forget_refused(at: datetime) -> int:
    """Delete refused rows that are older than two weeks, some thousand deliveries a sweep.

    The excerpt of the last row refused goes with them; its reason and instant stay.
    """
    old = DoorRun.objects.filter(at__lt=at - KEPT).order_by("at").values_list("pk", flat=True)
    gone = DoorRun.objects.filter(pk__in=list(old[:AT_ONCE])).delete()[0]
    stale: Iterable[str] = ("rejected", "accepted")
    for side in stale:
        rows = DoorState.objects.filter(**{f"{side}_at__lt": at - KEPT})
        rows.exclude(**{f"{side}_row": None}).update(**{f"{side}_row": None})
    return gone
