"""Sealed lines as the verification reads them first: a block of leaves a row, its columns whole.

A row of the log costs a driver more than its hash costs us; a block costs hardly more than a row.
The server gathers the next block while the client hashes one.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor

from ledger.rules.blocks import Block
from ledger.selectors.sealed_rows import PLAN

BLOCK = 128
# Every function by its schema and exact types: one of the same name elsewhere must not stand in.
# NULL where a text must be is a part too many (chr 31 parts them), so that no two faults make even.
BLOCKS = r"""
SELECT s, least(s + %(block)s, %(below)s), x.*
FROM pg_catalog.generate_series(%(start)s::bigint, %(below)s::bigint - 1, %(block)s::bigint) s
CROSS JOIN LATERAL (
  SELECT pg_catalog.string_agg(body, '\x0a'::bytea), pg_catalog.string_agg(hash, ''::bytea),
    pg_catalog.string_agg(pg_catalog.int8send(seq), ''::bytea),
    pg_catalog.string_agg(pg_catalog.int8send(entry_id), ''::bytea),
    pg_catalog.string_agg(pg_catalog.int8send(stream_seq), ''::bytea),
    pg_catalog.string_agg(pg_catalog.timestamptz_send(sealed_at), ''::bytea),
    pg_catalog.string_agg(pg_catalog.timestamptz_send(at), ''::bytea),
    pg_catalog.string_agg(coalesce(stream::text, E'\x1f'), E'\x1f'::text),
    pg_catalog.string_agg(coalesce(system_id::text, ''), E'\x1f'::text),
    pg_catalog.string_agg(coalesce(verb::text, E'\x1f'), E'\x1f'::text),
    pg_catalog.string_agg(coalesce(object_type::text, E'\x1f'), E'\x1f'::text),
    pg_catalog.string_agg(coalesce(object_id::text, E'\x1f'), E'\x1f'::text),
    pg_catalog.string_agg(coalesce(object_label::text, E'\x1f'), E'\x1f'::text),
    pg_catalog.string_agg(coalesce(incident_id::text, ''), E'\x1f'::text),
    pg_catalog.string_agg(coalesce(actor_kind::text, E'\x1f'), E'\x1f'::text),
    pg_catalog.string_agg(coalesce(actor_id::text, E'\x1f'), E'\x1f'::text),
    pg_catalog.string_agg(coalesce(actor_name::text, E'\x1f'), E'\x1f'::text)
  FROM (
    SELECT l.seq, l.entry_id, l.stream, l.stream_seq, l.sealed_at, l.hash, e.body, e.at,
      e.system_id, e.verb, e.object_type, e.object_id, e.object_label, e.incident_id,
      e.actor_kind, e.actor_id, e.actor_name
    FROM ledger_leaf l LEFT JOIN ledger_entry e ON e.id = l.entry_id
    WHERE l.seq >= s AND l.seq < least(s + %(block)s, %(below)s) ORDER BY l.seq
  ) row
) x
"""


def sealed_blocks(*, start: int, below: int) -> Iterator[Block]:
    """Yield the leaves of [start, below) in blocks, by seq.

    No other statement may run on the connection until it ends; it is to be read to its end.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(PLAN)
        raw: Any = connection.connection
        parameters = {"start": start, "below": below, "block": BLOCK}
        with connection.wrap_database_errors, Cursor(raw) as rows:
            found: Iterator[tuple[Any, ...]] = rows.stream(BLOCKS, parameters, binary=True)
            for first, past, *columns in found:
                yield Block(first, past, *columns[:7], texts=tuple(columns[7:]))
