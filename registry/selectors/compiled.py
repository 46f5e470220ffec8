"""Queries that repeat on every page: Django compiles each once a process, then it is only bound.

Building and compiling a query takes several times what its answer takes. A builder is called with
stand-ins in place of what is asked for; the statement is kept, and each stand-in is replaced by the
value of the call. Rows come as the database has them, as tuples: for `values_list` of columns.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

Row = tuple[Any, ...]
Builder = Callable[..., QuerySet[Any, Any]]
# A kind for each thing that is asked for: what stands in for it, by its place among them.
STAND_INS: Mapping[type, Callable[[int], object]] = {
    UUID: lambda place: UUID(int=2**127 + place),
    datetime: lambda place: datetime(1, 2, 3, 4, 5, 6, place, tzinfo=UTC),
    timedelta: lambda place: timedelta(days=-1234, microseconds=place),
    str: lambda place: f"\ue000{place}",
}


class Compiled:
    """A query that is compiled once for each form: called, it returns its rows."""

    def __init__(self, build: Builder, kinds: Mapping[str, type]) -> None:
        self.build, self.kinds = build, kinds
        self.kept: dict[tuple[int, ...], tuple[str, list[Any]]] = {}

    def __call__(self, **given: Any) -> list[Row]:
        """Return the rows for these values."""
        with connection.cursor() as cursor:
            cursor.execute(*self.statement(**given))
            rows: list[Row] = cursor.fetchall()
        return rows

    def statement(self, **given: Any) -> tuple[str, list[Any]]:
        """Return the statement and its parameters, to stand within another one."""
        form = tuple([len(given[name]) if _many(given[name]) else -1 for name in self.kinds])
        if form not in self.kept:
            self.kept[form] = _compile(self.build, self.kinds, form)
        statement, places = self.kept[form]
        values = [value for name in self.kinds for value in _each(given[name])]
        return statement, [values[one] if isinstance(one, _Place) else one for one in places]


def compiled(**kinds: type) -> Callable[[Builder], Compiled]:
    """Let a builder of a query return its rows; `kinds` are those of its arguments.

    An argument of a kind may be a sequence of it: a statement is kept for each length, so let long
    ones be `padded`. What decides on the form of the query is no argument. Raises ValueError where
    an argument is none of the statement's parameters, as one that the builder looked at would be.
    """
    return lambda build: Compiled(build, kinds)


def padded(values: Sequence[UUID]) -> list[UUID]:
    """Return values for an `in`, the last one repeated up to a power of two: few lengths remain."""
    length = 1 << max(len(values) - 1, 0).bit_length()
    return [*values, *[values[-1]] * (length - len(values))] if values else []


class _Place(int):
    """Which of the values stands at a place of the statement."""


def _compile(
    build: Builder, kinds: Mapping[str, type], form: Sequence[int]
) -> tuple[str, list[Any]]:
    stand_ins: list[object] = []
    given: dict[str, object] = {}
    for (name, kind), length in zip(kinds.items(), form, strict=True):
        made = [STAND_INS[kind](len(stand_ins) + place) for place in range(max(length, 1))]
        given[name] = made[0] if length < 0 else made[:length]
        stand_ins += made[: 1 if length < 0 else length]
    statement, params = build(**given).query.sql_with_params()
    places = [_place(one, stand_ins) for one in params]
    missing = set(range(len(stand_ins))) - {one for one in places if isinstance(one, _Place)}
    if missing:
        raise ValueError(f"{build.__name__} asks for something that its statement does not take")
    return statement, places


def _place(param: Any, stand_ins: Sequence[object]) -> Any:
    found = (number for number, one in enumerate(stand_ins) if type(one) is type(param))
    return next((_Place(number) for number in found if stand_ins[number] == param), param)


def _many(value: object) -> bool:
    return isinstance(value, list | tuple)


def _each(value: Any) -> Iterator[Any]:
    yield from value if _many(value) else (value,)
