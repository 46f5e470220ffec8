"""Many entries in one transaction: each whole and for itself, all written by one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from ledger import touches, verbs
from ledger.rules.actors import Actor
from ledger.rules.canonical import canonical
from ledger.rules.commitments import Label, Personal
from ledger.services.disclosures import Openings
from ledger.services.entries import DISCLOSE, OutsideTransaction, agree, body_of

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


@dataclass(frozen=True, slots=True)
class Draft:
    """One entry that is to be written with others; the fields are those of `append_entry`."""

    verb: str
    subject: tuple[str, str, Label]
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: Label = ""
    incident_id: UUID | None = None
    system_id: UUID | None = None
    details: Mapping[str, Any] | None = None


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
    rows = [_row(draft, actor, at, openings) for draft in drafts]
    with connection.cursor() as cursor:
        # In one order everywhere: two processes that know the same salts do not block each other.
        for opening in sorted(openings.rows(), key=lambda row: str(row[0])):
            cursor.execute(DISCLOSE, opening)
        name = "" if actor.person else actor.name
        given: list[Any] = [actor.kind, actor.id, name, at, list(dict.fromkeys(touches.take()))]
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.execute(INSERT, [len(rows), *given, *columns])
        return [int(number) for (number,) in cursor.fetchall()]


def _row(draft: Draft, actor: Actor, at: datetime, openings: Openings) -> tuple[Any, ...]:
    kind, key, label = draft.subject
    body = body_of(
        draft.verb,
        actor,
        at,
        draft.subject,
        draft.before,
        draft.after,
        draft.reason,
        draft.incident_id,
        draft.system_id,
        draft.details,
    )
    shown = openings.conceal(label) if isinstance(label, Personal) else label
    data = canonical(body, openings.conceal)
    return (data, draft.verb, kind, key, shown, draft.incident_id, draft.system_id)
