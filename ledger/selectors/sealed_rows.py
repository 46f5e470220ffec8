"""Sealed lines as the verification reads them: tuples from the driver, past the ORM.

The server sends while the client hashes: rows come in small parts of one long statement, in binary.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor, capabilities

from ledger.rules.batches import Row

PART = 128
# By index from leaf to entry, in order and from the first row on: a hash join would first read all.
PLAN = """
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;
SET LOCAL enable_sort = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off
"""
ROWS = """
SELECT l.seq, l.entry_id, l.stream_seq, l.sealed_at, l.hash, e.body, l.stream, e.system_id::text,
  e.verb, e.object_type, e.object_id, e.object_label, e.incident_id::text, e.actor_kind, e.actor_id,
  e.actor_name, e.at
FROM ledger_leaf l LEFT JOIN ledger_entry e ON e.id = l.entry_id
WHERE l.seq >= %s AND l.seq < %s ORDER BY l.seq LIMIT %s
"""
EXTENT = """
SELECT (SELECT count(*) FROM ledger_leaf), (SELECT max(seq) FROM ledger_leaf),
  (SELECT size FROM ledger_checkpoint ORDER BY id DESC LIMIT 1)
"""
# One statement sees an entry together with its place in the queue or its leaf, or neither.
ASTRAY = """
SELECT count(*), min(e.id) FROM ledger_entry e
WHERE NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.entry_id = e.id)
AND NOT EXISTS (SELECT 1 FROM ledger_queue q WHERE q.entry_id = e.id)
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """How many leaves there are, the seq past the newest, the newest checkpoint's size."""

    leaves: int
    past: int
    size: int


def sealed_rows(*, start: int, below: int, limit: int) -> Iterator[list[Row]]:
    """Yield up to `limit` leaves of [start, below) with their entries, in parts, by seq.

    No other statement may run on the connection until it ends. An entry that is gone is None in
    every column.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(PLAN)
        raw: Any = connection.connection
        with connection.wrap_database_errors, Cursor(raw) as rows:
            size = PART if capabilities.has_stream_chunked() else 1
            found = rows.stream(ROWS, [start, below, limit], binary=True, size=size)
            while part := list(islice(found, PART)):
                yield part


def extent() -> Extent:
    """Return how far the log goes, all three figures as one instant saw them."""
    with connection.cursor() as cursor:
        cursor.execute(EXTENT)
        count, newest, size = cursor.fetchone()
    return Extent(int(count), 0 if newest is None else int(newest) + 1, int(size or 0))


def astray() -> tuple[int, int | None]:
    """Return how many entries are neither sealed nor waiting, and the first one's number."""
    with connection.cursor() as cursor:
        cursor.execute(ASTRAY)
        count, first = cursor.fetchone()
    return int(count), first


def nodes(*, level: int, first: int, last: int) -> dict[int, bytes]:
    """Return the stored subtree hashes of a level with an index of [first, last]."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT "index", hash FROM ledger_node WHERE level = %s AND "index" BETWEEN %s AND %s',
            [level, first, last],
        )
        return {index: bytes(digest) for index, digest in cursor.fetchall()}


def openings() -> Iterator[list[tuple[str, bytes, str]]]:
    """Yield every disclosure as (commitment, salt, value), in parts."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute("SELECT commitment, salt, value FROM ledger_disclosure")
        while part := cursor.fetchmany(2000):
            yield [(digest, bytes(salt), value) for digest, salt, value in part]


def checkpoints(*, past: int, up_to: int) -> list[tuple[str, int, bytes, str, bytes, datetime]]:
    """Return checkpoints with a size of (past, up_to], by size and in the order they were made.

    Each is (origin, size, root, note, frontier, sealed).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT origin, size, root, note, frontier, sealed_at FROM ledger_checkpoint"
            " WHERE size > %s AND size <= %s ORDER BY size, id",
            [past, up_to],
        )
        return [
            (origin, size, bytes(root), note, bytes(frontier), sealed)
            for origin, size, root, note, frontier, sealed in cursor.fetchall()
        ]
