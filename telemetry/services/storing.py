"""Rows into an insert-only table: COPY, and only after a doubled key one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction


@dataclass(frozen=True, slots=True)
class Table:
    """How rows of plain tuples are laid down: columns with their types, the key first.

    Rows are equal when their first `compared` columns are.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    key: int
    compared: int

    @property
    def names(self) -> str:
        """The columns in order."""
        return ", ".join(name for name, _ in self.columns)

    @property
    def arrays(self) -> str:
        """Parameters that hold a column each."""
        return ", ".join(f"%s::{kind}[]" for _, kind in self.columns)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of rows: inserted now; there already and equal; there already and different."""

    inserted: list[tuple[Any, ...]]
    repeated: list[tuple[Any, ...]]
    different: list[tuple[Any, ...]]


def store_rows(table: Table, rows: list[tuple[Any, ...]]) -> Stored:
    """Insert rows that are sorted by key and hold each key once.

    Two deliveries at once take the keys in one order, so neither waits for the other in a circle.
    """
    if not rows:
        return Stored([], [], [])
    try:
        with transaction.atomic():
            _copy(table, rows)
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != "23505":
            raise
        return _insert_new(table, rows)
    return Stored(rows, [], [])


def _copy(table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    statement = f"COPY {table.name} ({table.names}) FROM STDIN (FORMAT BINARY)"
    # COPY is psycopg's own; Django does not translate its errors by itself.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.set_types([kind for _, kind in table.columns])
        write = copy.write_row
        for row in rows:
            write(row)


def _insert_new(table: Table, rows: list[tuple[Any, ...]]) -> Stored:
    key = ", ".join(name for name, _ in table.columns[: table.key])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table.name} ({table.names})"
            f" SELECT * FROM unnest({table.arrays}) ORDER BY {key}"  # noqa: S608  names of ours
            f" ON CONFLICT DO NOTHING RETURNING {key}",
            _columns(rows),
        )
        new = set(cursor.fetchall())
    inserted = [row for row in rows if row[: table.key] in new]
    present = [row for row in rows if row[: table.key] not in new]
    known = _known_rows(table, present)
    repeated = [row for row in present if row[: table.compared] in known]
    different = [row for row in present if row[: table.compared] not in known]
    return Stored(inserted, repeated, different)


def _known_rows(table: Table, rows: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    keys = table.columns[: table.key]
    names = ", ".join(name for name, _ in keys)
    arrays = ", ".join(f"%s::{kind}[]" for _, kind in keys)
    compared = ", ".join(f"t.{name}" for name, _ in table.columns[: table.compared])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {compared} FROM {table.name} t"  # noqa: S608  names of ours
            f" JOIN unnest({arrays}) AS k({names}) USING ({names})",
            _columns([row[: table.key] for row in rows]),
        )
        return set(cursor.fetchall())


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
