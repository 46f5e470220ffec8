"""The database as an archive sees it: tables, columns, rows as JSON, sequences, partitions."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

CHUNK = 2_000
TABLES = """
SELECT c.relname FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
NEEDS = """
SELECT DISTINCT a.relname, b.relname FROM pg_constraint k
  JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid = k.confrelid
 WHERE k.contype = 'f' AND a.relnamespace = 'public'::regnamespace
"""
COLUMNS = """
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
 ORDER BY c.relname, a.attnum
"""
KEYS = """
SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
 WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace
 ORDER BY c.relname, array_position(i.indkey, a.attnum)
"""
SEQUENCES = """
SELECT sequencename, last_value FROM pg_sequences
 WHERE schemaname = 'public' AND last_value IS NOT NULL ORDER BY 1
"""
PARTITIONS = """
SELECT p.relname, c.relname FROM pg_inherits i
  JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid
 WHERE p.relkind = 'p' AND c.relkind = 'r' ORDER BY 1, 2
"""
MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"
OWNS = """
SELECT relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
  FROM pg_class WHERE oid = 'ledger_entry'::regclass
"""


def tables() -> list[str]:
    """Return every table of ours, partitions aside."""
    return [name for (name,) in _rows(TABLES)]


def needs() -> dict[str, set[str]]:
    """Return {table: tables that its foreign keys refer to}."""
    found: dict[str, set[str]] = {name: set() for name in tables()}
    for table, other in _rows(NEEDS):
        if table in found:
            found[table].add(other)
    return found


def columns() -> dict[str, list[str]]:
    """Return {table: its columns in order}, generated ones aside."""
    return _grouped(COLUMNS)


def keys() -> dict[str, list[str]]:
    """Return {table: the columns of its primary key}."""
    return _grouped(KEYS)


def sequences() -> dict[str, int]:
    """Return {sequence: last value} of those that were used."""
    return {name: int(last) for name, last in _rows(SEQUENCES)}


def partitions() -> list[list[str]]:
    """Return [parent, partition] pairs."""
    return [list(row) for row in _rows(PARTITIONS)]


def migrations() -> dict[str, list[str]]:
    """Return {app: the migrations that ran}."""
    return _grouped(MIGRATIONS)


def is_owner() -> bool:
    """Whether this connection is the owner of the tables."""
    return bool(_rows(OWNS)[0][0])


def first_filled(names: list[str]) -> str:
    """Return the first of these tables that holds a row, '' where none does."""
    return next((name for name in names if _rows(f"SELECT 1 FROM {_quoted(name)} LIMIT 1")), "")  # noqa: S608  names of the catalog


def lines(
    table: str, wanted: list[str], order: list[str], replaced: dict[str, str]
) -> Iterator[bytes]:
    """Yield the rows of a table as JSON, one a line, in the order of its key.

    PostgreSQL writes the JSON itself, so that it reads the same value back: instants to the
    microsecond, decimals by their digits, bytes in hex. `replaced` is SQL by column.
    """
    parts = (f"{replaced.get(name, _quoted(name))} AS {_quoted(name)}" for name in wanted)
    by = ", ".join(map(_quoted, order)) or "1"
    query = (
        f"SELECT row_to_json(x)::text FROM (SELECT {', '.join(parts)} FROM {_quoted(table)}"  # noqa: S608
        f" ORDER BY {by}) x"
    )
    with connection.chunked_cursor() as cursor:
        found: Any = cursor.cursor
        found.itersize = CHUNK
        cursor.execute(query)
        for (line,) in cursor:
            yield line.encode() + b"\n"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _grouped(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in _rows(query):
        found.setdefault(name, []).append(value)
    return found


def _rows(query: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[str, ...]] = cursor.fetchall()
    return rows
