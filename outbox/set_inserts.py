"""Rows of one table inserted by one statement, as one JSON document: a quarter of `bulk_create`.

Only for tables that this floor and those above write set-wise in a sweep. What is on record must
name its entry in the row itself (`entry_number`), for nothing here is told to the next entry.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from django.db import connection, models


def insert_rows(
    model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, skip_known: bool
) -> None:
    """Insert rows, given by column; a column that is not given has the model's default.

    With `skip_known` rows under a key that the table has stay as they are there. Raises
    IntegrityError without it.
    """
    if not rows:
        return
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
