"""Rows of several models read in one statement, with what belongs to each, as instances of them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from ledger.selectors.at_once import Question, Rows

M = TypeVar("M", bound=Model)
Columns = Mapping[str, Sequence[str]]
"""The columns of a row by the relation that leads to them: '' its own, 'incident__system' others'.

What a row belongs to stands behind it. Every column that is left out is read when it is looked at.
"""


def most_columns(model: type[Model], *left_out: str) -> list[str]:
    """Return the columns of a model in its order, without those that nobody reads of a row."""
    return [one.attname for one in model._meta.concrete_fields if one.attname not in left_out]


def asked_columns(rows: QuerySet[M], columns: Columns) -> Question:
    """Return what to ask with ledger.selectors.at_once for `instances_of`."""
    names = [f"{path}__{name}" if path else name for path in columns for name in columns[path]]
    return rows.select_related(None).values_list(*names)


def instances_of(model: type[M], columns: Columns, rows: Rows) -> list[M]:
    """Return the instances that were read, each with those that it belongs to."""
    return [_instance(model, columns, row) for row in rows]


def _instance(model: type[M], columns: Columns, values: Sequence[Any]) -> M:
    made: dict[str, Any] = {}
    place = 0
    for path, names in columns.items():
        parent, _, relation = path.rpartition("__")
        kind = _kind(model, path)
        read = dict(zip(names, values[place:], strict=False))
        # In the order of the model, as `from_db` takes them.
        fields = [one for one in kind._meta.concrete_fields if one.attname in read]
        given = [one.to_python(read[one.attname]) for one in fields]
        made[path] = kind.from_db("default", [one.attname for one in fields], given)
        if path:
            setattr(made[parent], relation, made[path])
        place += len(names)
    found: M = made[""]
    return found


def _kind(model: type[Model], path: str) -> Any:
    for relation in path.split("__") if path else ():
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]  # a field of a row
    return model
