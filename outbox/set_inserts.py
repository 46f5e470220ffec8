"""Rows of one table inserted at once: by COPY where they are many, else as one JSON document.

Only for tables that this floor and those above write set-wise in a sweep. What is on record must
name its entry in the row itself (`entry_number`), for nothing here is told to the next entry.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from django.db import IntegrityError, connection, models, transaction

from ledger.copying import copy_rows, text_of

# Under so many rows one statement costs less than COPY with its savepoint.
MANY = 20
UNIQUE = "23505"


def insert_rows(
    model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, skip_known: bool
) -> None:
    """Insert rows, given by column, all by the same columns; one not given has its default.

    With `skip_known` rows under a key that the table has stay as they are there. Raises
    IntegrityError without it.
    """
    if not rows:
        return
    if len(rows) < MANY:
        _insert(model, rows, skip_known)
    elif not skip_known:
        _copy(model, rows)
    elif not _copied(model, rows):
        _insert(model, rows, skip_known)


def _copied(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Copy rows of which none is known, as mostly; where one is, nothing happened."""
    try:
        with transaction.atomic():
            _copy(model, rows)
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != UNIQUE:
            raise
        return False
    return True


def _copy(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    given = tuple(rows[0])
    line, columns = _line(model, given)
    lines = [line % tuple([text_of(row[name]) for name in given]) for row in rows]
    copy_rows(model._meta.db_table, columns, lines)


@cache
def _line(model: type[models.Model], given: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the form of a line, with the defaults written out, and the columns in its order."""
    others = {name: value for name, value in _usual(model).items() if name not in given}
    usual = [text_of(value).replace("%", "%%") for value in others.values()]
    return "\t".join([*("%s" for _ in given), *usual]), (*given, *others)


def _insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]], skip_known: bool) -> None:
    usual = _usual(model)
    document = orjson.dumps([{**usual, **row} for row in rows]).decode()
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, skip_known), [document])


@cache
def _usual(model: type[models.Model]) -> dict[str, Any]:
    """Return the defaults that are values; what is made anew for each row is given with it."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return {field.column: field.get_default() for field in fields if not field.is_relation}


@cache
def _statement(model: type[models.Model], skip_known: bool) -> str:
    """Return the statement; a number that the table draws is not given."""
    drawn = isinstance(model._meta.pk, models.AutoField)
    fields = [one for one in model._meta.concrete_fields if not (drawn and one.primary_key)]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    # Every name is a model's own.
    return (
        f"INSERT INTO {table} ({names}) SELECT {names}"  # noqa: S608
        f" FROM json_populate_recordset(NULL::{table}, %s::json)"
        f"{' ON CONFLICT DO NOTHING' if skip_known else ''}"
    )
