"""The record as it was: within a block, every table reads as it stood at an instant.

Selectors stay as they are. Each table that a query names is replaced by a common table expression
of the same name, made by that table's source: the newest row of its history until the instant, or
the rows that were known by then. The block is read-only, and its search path holds no table: what
has no source is not found, so nothing newer than the instant slips in unseen.

A floor registers sources in `AppConfig.ready()`; a model with a history needs none.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

AT = "{at}"
Source = Callable[[str, type[models.Model] | None], str]
_sources: dict[str, Source] = {}

WORDS = re.compile(r"[a-z_][a-z0-9_]*")
FIRST = re.compile(r"[\s(]*(\w*)")
HEAD = re.compile(r"\s*(WITH\s+RECURSIVE\s|WITH\s|)", re.IGNORECASE)
CLOSED = "SET LOCAL search_path = pg_catalog; SET LOCAL transaction_read_only = on"

HISTORY = """SELECT {columns} FROM public.{table} b CROSS JOIN LATERAL (
  SELECT one.* FROM public.{history} one WHERE one.{key} = b.{key}
    AND one.history_id < coalesce((SELECT min(late.history_id) FROM public.{history} late
      WHERE late.{key} = b.{key} AND late.history_date > {at}), 9223372036854775807)
  ORDER BY one.history_id DESC LIMIT 1) h WHERE h.history_type <> '-'"""


class NoPast(RuntimeError):
    """A block within a block, or a statement that is no query: a defect."""


def register(table: str | type[models.Model], source: Source) -> None:
    """Say once how a table was at an instant. Raises ValueError for a doubled table."""
    name = table if isinstance(table, str) else table._meta.db_table
    if _sources.setdefault(name, source) is not source:
        raise ValueError(f"the past of {name!r} is registered twice")


def known_from(column: str, *, later: Sequence[str] = ()) -> Source:
    """Rows that never change but for columns of `later`: instants, empty until they had come."""

    def source(table: str, model: type[models.Model] | None) -> str:
        said = ", ".join(_until(name, later) for name in _columns(model)) if later else "b.*"
        return f"SELECT {said} FROM public.{table} b WHERE b.{column} <= {AT}"  # noqa: S608

    return source


def with_history(**filled: str) -> Source:
    """Rows as their history has them; `filled` says in SQL what the history leaves out.

    `b` is the row of today, `h` that of the history. A row that was changed out of turn, by a
    service with an earlier instant, counts from the later of the two.
    """

    def source(table: str, model: type[models.Model] | None) -> str:
        assert model is not None
        history = model.history.model._meta.db_table  # type: ignore[attr-defined]
        kept = {one.column for one in model.history.model._meta.concrete_fields}  # type: ignore[attr-defined]
        columns = [
            f"h.{name}" if name in kept else f"{filled[name]} AS {name}" for name in _columns(model)
        ]
        return HISTORY.format(
            columns=", ".join(columns),
            table=table,
            history=history,
            key=model._meta.pk.column,
            at=AT,
        )

    return source


def unchanged() -> Source:
    """Reference data and what belongs to the reader's session: as they are today."""
    return lambda table, model: f"SELECT * FROM public.{table}"  # noqa: S608  names of ours


def written_as(statement: str) -> Source:
    """Rows as a query of the floor's own says; `{at}` in it stands for the instant."""
    return lambda table, model: statement


def field_before(*, object_type: str, verb: str, name: str, key: str) -> str:
    """Return SQL for a column that has no history, from the ledger: (changed, was) beside a row.

    The first entry of `verb` after the instant says what the field was before it.
    """
    return (
        f"(SELECT convert_from(e.body, 'UTF8')::jsonb -> 'before' ->> '{name}' AS was,"  # noqa: S608
        f" true AS changed FROM public.ledger_entry e WHERE e.object_type = '{object_type}'"
        f" AND e.object_id = {key}::text AND e.verb = '{verb}' AND e.at > {AT}"
        " ORDER BY e.id LIMIT 1)"
    )


def without_past(labels: Sequence[str]) -> list[str]:
    """Return the tables of these apps for which nobody said how they were."""
    return sorted(
        model._meta.db_table
        for label in labels
        for model in apps.get_app_config(label).get_models()
        if not _is_history(model) and _source_of(model._meta.db_table, model) is None
    )


@contextmanager
def as_it_was(at: datetime) -> Iterator[None]:
    """Let every query of the block read the record as it was at the instant.

    Nothing can be written. Who may read must be asked before: roles, too, are as they were then.
    Querysets must be evaluated, and templates rendered, inside.
    """
    if any(isinstance(one, _Rewriter) for one in connection.execute_wrappers):
        raise NoPast("the record is read as of an instant already")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(CLOSED)
        with connection.execute_wrapper(_Rewriter(at)):
            yield
        # Takes back the closed search path too, where the block stands in a larger transaction.
        transaction.set_rollback(True)


@dataclass
class _Rewriter:
    """Puts before each query what its tables were at the instant."""

    at: datetime
    known: dict[str, str] = field(default_factory=dict)

    def __call__(
        self, execute: Any, statement: Any, params: Any, many: bool, context: Mapping[str, Any]
    ) -> Any:
        return execute(self.rewritten(statement), params, many, context)

    def rewritten(self, statement: str) -> str:
        """Return the query over the past. Raises NoPast for what is no query."""
        first = FIRST.match(statement).group(1).upper()  # type: ignore[union-attr]
        if first in ("SAVEPOINT", "RELEASE", "ROLLBACK"):
            return statement
        if first not in ("SELECT", "WITH"):
            raise NoPast(f"the past is only read, not {first}")
        parts = [part for name in _named(statement) if (part := self._part(name))]
        if not parts:
            return statement
        head = HEAD.match(statement)
        assert head is not None
        own = head.group(1)
        rest = statement[head.end() :]
        return f"{own or 'WITH '}{', '.join(parts)}{', ' if own else ' '}{rest}"

    def _part(self, table: str) -> str:
        if table not in self.known:
            source = _source_of(table, _models().get(table))
            self.known[table] = source(table, _models().get(table)) if source else ""
        said = self.known[table].replace(
            AT, f"'{self.at.astimezone(UTC).isoformat()}'::timestamptz"
        )
        return f'"{table}" AS NOT MATERIALIZED ({said})' if said else ""


def _named(statement: str) -> list[str]:
    return sorted(set(WORDS.findall(statement)) & (_sources.keys() | _models().keys()))


def _source_of(table: str, model: type[models.Model] | None) -> Source | None:
    found = _sources.get(table)
    if found is None and model is not None and hasattr(model, "history"):
        return with_history()
    return found


def _models() -> dict[str, type[models.Model]]:
    if not _tables:
        _tables.update({model._meta.db_table: model for model in apps.get_models()})
    return _tables


_tables: dict[str, type[models.Model]] = {}


def _is_history(model: type[models.Model]) -> bool:
    return hasattr(model, "instance_type")


def _columns(model: type[models.Model] | None) -> list[str]:
    assert model is not None
    return [one.column for one in model._meta.concrete_fields if one.column]


def _until(name: str, later: Sequence[str]) -> str:
    if name not in later:
        return f"b.{name}"
    return f"CASE WHEN b.{name} <= {AT} THEN b.{name} END AS {name}"
