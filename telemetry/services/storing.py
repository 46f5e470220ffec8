"""Rows into an insert-only table: COPY, and only after a doubled key one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from telemetry.rules.packing import Pack


@dataclass(frozen=True, slots=True)
class Table:
    """How rows of plain tuples are laid down: columns with their types, the key first.

    Rows are equal when their first `compared` columns are. `pack` lays rows down at once for COPY;
    without it each is written column by column.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    key: int
    compared: int
    pack: Pack | None = None

    @property
    def names(self) -> str:
        """The columns in order."""
        return ", ".join(name for name, _ in self.columns)

    @staticmethod
    def arrays(columns: Sequence[tuple[str, str]]) -> str:
        """Parameters that hold a column each."""
        return ", ".join(f"%s::{kind}[]" for _, kind in columns)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of rows: inserted now; there already and equal; there already and different."""

    inserted: list[tuple[Any, ...]]
    repeated: list[tuple[Any, ...]]
    different: list[tuple[Any, ...]]


class RowsPresent(Exception):
    """Some of the rows are there already, and the transaction is lost: begin again, carefully."""


def nothing() -> None:
    """Do nothing while the rows are being stored."""


def store_rows(
    table: Table,
    rows: list[tuple[Any, ...]],
    *,
    careful: bool = True,
    meanwhile: Callable[[], None] = nothing,
) -> Stored:
    """Insert rows that are sorted by key and hold each key once.

    Two deliveries at once take the keys in one order, so neither waits for the other in a circle.
    With care a savepoint stands before the COPY; without, a delivery that came before costs the
    whole transaction, and one that is new costs two statements less. Raises RowsPresent then.
    `meanwhile` is called once the rows are sent and before the server's answer is waited for.
    """
    if not rows:
        return Stored([], [], [])
    try:
        if not careful:
            _copy(table, rows, meanwhile)
        else:
            with transaction.atomic():
                _copy(table, rows, meanwhile)
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != "23505":
            raise
        if not careful:
            raise RowsPresent(table.name) from error
        return _insert_new(table, rows)
    return Stored(rows, [], [])


def _copy(table: Table, rows: Sequence[tuple[Any, ...]], meanwhile: Callable[[], None]) -> None:
    statement = f"COPY {table.name} ({table.names}) FROM STDIN (FORMAT BINARY)"
    # COPY is psycopg's own; Django does not translate its errors by itself.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        if table.pack is not None:
            copy.write(table.pack(rows))
        else:
            copy.set_types([kind for _, kind in table.columns])
            write = copy.write_row
            for row in rows:
                write(row)
        meanwhile()


def _insert_new(table: Table, rows: list[tuple[Any, ...]]) -> Stored:
    key = table.columns[: table.key]
    names = ", ".join(name for name, _ in key)
    with connection.cursor() as cursor:
        # In the order of the rows, which is the order of COPY, whatever the collation says.
        cursor.execute(
            f"INSERT INTO {table.name} ({table.names})"  # noqa: S608  names of ours
            f" SELECT {table.names} FROM unnest({table.arrays(table.columns)})"
            f" WITH ORDINALITY AS u({table.names}, place) ORDER BY place"
            f" ON CONFLICT DO NOTHING RETURNING {names}",
            _columns(rows),
        )
        new = set(cursor.fetchall())
    inserted = [row for row in rows if row[: table.key] in new]
    present = [row for row in rows if row[: table.key] not in new]
    equal = _equal_keys(table, present) if present else set()
    repeated = [row for row in present if row[: table.key] in equal]
    different = [row for row in present if row[: table.key] not in equal]
    return Stored(inserted, repeated, different)


def _equal_keys(table: Table, rows: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Return the keys whose stored row says the same in all compared columns."""
    compared = table.columns[: table.compared]
    key = [name for name, _ in compared[: table.key]]
    same = " AND ".join(
        f"t.{name} IS NOT DISTINCT FROM u.{name}" for name, _ in compared[table.key :]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(f't.{name}' for name in key)} FROM {table.name} t"  # noqa: S608
            f" JOIN unnest({table.arrays(compared)})"
            f" AS u({', '.join(name for name, _ in compared)}) USING ({', '.join(key)})"
            f" WHERE {same or 'true'}",
            _columns([row[: table.compared] for row in rows]),
        )
        return set(cursor.fetchall())


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
