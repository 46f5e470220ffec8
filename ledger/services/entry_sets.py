"""Many entries in one transaction: each whole and for itself, all written at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from ledger import touches, verbs
from ledger.copying import copy_rows, line_of
from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.services.bodies import Bodies, Draft
from ledger.services.disclosures import Openings
from ledger.services.entries import DISCLOSE, OutsideTransaction, agree

# The numbers are drawn first, so that each draft knows its own by more than the order of rows.
INSERT = """
WITH drawn AS MATERIALIZED (
    SELECT place, nextval(pg_get_serial_sequence('ledger_entry', 'id')) AS id
    FROM generate_series(1, %s) AS place
), entry AS (
    INSERT INTO ledger_entry (id, body, verb, object_type, object_id, object_label, incident_id,
        system_id, actor_kind, actor_id, actor_name, at, touched)
    SELECT drawn.id, e.body, e.verb, e.object_type, e.object_id, e.object_label, e.incident_id,
        e.system_id, %s, %s, %s, %s, CASE place WHEN 1 THEN %s::text[] ELSE '{}' END
    FROM unnest(%s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[])
        WITH ORDINALITY
        AS e(body, verb, object_type, object_id, object_label, incident_id, system_id, place)
    JOIN drawn USING (place)
    RETURNING id
), queued AS (
    INSERT INTO ledger_queue (entry_id) SELECT id FROM entry
)
SELECT id FROM drawn ORDER BY place
"""
DRAW = """
SELECT nextval(pg_get_serial_sequence('ledger_entry', 'id')) FROM generate_series(1, %s)
"""
COLUMNS = (
    "id", "body", "verb", "object_type", "object_id", "object_label", "incident_id", "system_id",
    "actor_kind", "actor_id", "actor_name", "at", "touched",
)  # fmt: skip
# From so many on they are copied; under that one statement costs less.
MANY = 20

Row = tuple[Any, ...]
Given = tuple[Any, ...]
__all__ = ["Draft", "append_entries"]


def append_entries(*, drafts: Sequence[Draft], actor: Actor, at: datetime) -> list[int]:
    """Write an entry for each draft and return their numbers in the same order.

    What was saved so far in this transaction is told by the first one; a row that a later entry
    tells of names that by its `entry_number`. Raises what `append_entry` raises.
    """
    if not drafts:
        return []
    for verb in {draft.verb for draft in drafts}:
        verbs.lookup(verb)
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{len(drafts)} entries would be written outside a transaction")
    agree(actor)
    openings = Openings(at)
    bodies = Bodies(actor, at, openings)
    rows = [_row(draft, bodies) for draft in drafts]
    with connection.cursor() as cursor:
        # In one order everywhere: two processes that know the same salts do not block each other.
        for opening in sorted(openings.rows(), key=lambda row: str(row[0])):
            cursor.execute(DISCLOSE, opening)
    given = (actor.kind, actor.id, "" if actor.person else actor.name, at)
    touched = list(dict.fromkeys(touches.take()))
    return _insert(rows, given, touched) if len(rows) < MANY else _copy(rows, given, touched)


def _insert(rows: list[Row], given: Given, touched: list[str]) -> list[int]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [len(rows), *given, touched, *columns])
        return [int(number) for (number,) in cursor.fetchall()]


def _copy(rows: list[Row], given: Given, touched: list[str]) -> list[int]:
    with connection.cursor() as cursor:
        # Drawn first, so that each draft knows its own by more than the order of rows.
        cursor.execute(DRAW, [len(rows)])
        numbers = [int(number) for (number,) in cursor.fetchall()]
    told, nothing = line_of([*given, _array(touched)]), line_of([*given, "{}"])
    own = (line_of((number, *row)) for number, row in zip(numbers, rows, strict=True))
    lines = [f"{line}\t{nothing if place else told}" for place, line in enumerate(own)]
    copy_rows("ledger_entry", COLUMNS, lines)
    copy_rows("ledger_queue", ["entry_id"], map(str, numbers))
    return numbers


def _array(texts: Sequence[str]) -> str:
    """Return texts as the database writes an array of them."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


def _row(draft: Draft, bodies: Bodies) -> Row:
    kind, key, label = draft.subject
    shown = bodies.openings.conceal(label) if isinstance(label, Personal) else label
    data = bodies.of(draft)
    return (data, draft.verb, kind, key, shown, draft.incident_id, draft.system_id)
