"""The one statement of a search: what is looked at of every kind, within what a reader may open."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    F,
    Func,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Left
from django.db.models.sql.compiler import SQLCompiler

from registry.rules.searching import Typed, folded
from registry.search_sources import Column, Source
from registry.selectors.search_reader import Reader

MOST = 200
EXACT = 5
READ = 4000
TITLES = 400

LANGUAGES = ("simple", "english", "german")
PART = (
    "to_tsvector('{}'::regconfig, "
    "translate(left(%(expressions)s, 20000), '-_./@+<>&', '         '))"
)
PARSED = """
SELECT to_tsquery('simple', word || CASE WHEN length(word) > 1 THEN ':*' ELSE '' END)::text,
       to_tsquery('english', word)::text, to_tsquery('german', word)::text
FROM unnest(%s::text[]) WITH ORDINALITY AS typed(word, place) ORDER BY place
"""
ONE_KIND = """
(SELECT %s AS kind, found.*, count(*) OVER () AS total,
   CASE WHEN exact THEN 0 WHEN lower(title) = %s THEN 1 WHEN lower(title) ~ ALL(%s) THEN 2
        ELSE 3 END AS rank
 FROM ({}) AS found (key, reference, title, text, about, at, exact)
 ORDER BY rank, at DESC NULLS LAST, title, key LIMIT %s OFFSET %s)
"""


class Searchable(Func):
    """The words of columns as a vector: as they stand, and by English and by German stems.

    Signs that join words part them. Only the beginning of a long text is searched.
    """

    template = f"({' || '.join(PART.format(name) for name in LANGUAGES)})"
    arg_joiner = " || ' ' || "

    def as_sql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        function: str | None = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **extra_context: Any,
    ) -> tuple[str, list[str | int]]:
        """Write the columns once for each way of reading them, with their parameters as often."""
        sql, params = super().as_sql(
            compiler, connection, function, template, arg_joiner, **extra_context
        )
        return sql, [*params] * len(LANGUAGES)


class Matches(Func):
    """`vector @@ query`; the query is the text of a tsquery."""

    template = "(%(expressions)s::tsquery)"
    arg_joiner = " @@ "
    output_field = BooleanField()


def parsed_query(asked: Typed) -> tuple[str, frozenset[str]]:
    """Return the query as text, and how words begin that are marked. Numbers need no asking."""
    if all(word.isdecimal() and word.isascii() for word in asked.words):
        words = [f"'{word}'{':*' if len(word) > 1 else ''}" for word in asked.words]
        return " & ".join(words), frozenset(asked.words)
    with connection.cursor() as cursor:
        cursor.execute(PARSED, [list(asked.words)])
        rows = cursor.fetchall()
    words = [f"({' | '.join(part for part in row if part)})" for row in rows if any(row)]
    stems = {part.strip("'") for row in rows for part in row[1:] if part.count("'") == 2}
    return " & ".join(words), frozenset({folded(one) for one in (*asked.words, *stems) if one})


def asked_rows(
    sources: Sequence[Source],
    reader: Reader,
    asked: Typed,
    query: str,
    places: dict[str, tuple[int, int]],
) -> dict[str, list[Any]]:
    """Return the rows of every kind by its name, read by one statement."""
    begins = [rf"\m{word}" for word in asked.words]
    parts: list[str] = []
    given: list[Any] = []
    for source in sources:
        inner, params = _statement(source, reader, asked, query)
        if inner:
            parts.append(ONE_KIND.format(inner))
            given += [source.name, asked.plain, begins, *params, *places[source.name]]
    found: dict[str, list[Any]] = {}
    for kind, *row in _read(reader, parts, given):
        found.setdefault(kind, []).append(row)
    return found


def _read(reader: Reader, parts: Sequence[str], given: Sequence[Any]) -> list[Any]:
    """Return the rows of all parts, with what the reader shares among them written before."""
    if not parts:
        return []
    shared = [f"{name} AS MATERIALIZED ({sql})" for name, (sql, _) in reader.written.items()]
    before = [one for _, params in reader.written.values() for one in params]
    head = f"WITH {', '.join(shared)} " if shared else ""
    with connection.cursor() as cursor:
        cursor.execute(head + " UNION ALL ".join(parts), [*before, *given])
        return list(cursor.fetchall())


def _statement(
    source: Source, reader: Reader, asked: Typed, query: str
) -> tuple[str, tuple[Any, ...]]:
    """Return what is looked at of one kind: what is typed exactly, and what holds the words."""
    rows = source.rows(reader)
    if rows is None:
        return "", ()
    exact = source.exact(asked, reader.at)
    chosen: list[QuerySet[Any, Any]] = []
    if exact is not None:
        chosen.append(_columns(source, rows.filter(exact), exact=True)[:EXACT])
        rows = rows.exclude(exact)
    if query:
        holds = Matches(Searchable(*source.words), Value(query))
        chosen.append(_columns(source, rows.filter(holds), exact=False)[: MOST + 1])
    written = [found for one in chosen if (found := _written(one))]
    sql = " UNION ALL ".join(f"({statement})" for statement, _ in written)
    return sql, tuple(param for _, params in written for param in params)


def _written(rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]] | None:
    """Return a statement with its parameters, None where nothing can be among its rows."""
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:
        return None


def _columns(source: Source, rows: QuerySet[Any], *, exact: bool) -> QuerySet[Any, Any]:
    nothing = Value("", CharField())
    instant = Value(None, DateTimeField()) if source.at is None else _expression(source.at)
    return rows.order_by(*source.order).values_list(
        Cast(_expression(source.key), TextField()),
        Cast(nothing if source.reference is None else _expression(source.reference), TextField()),
        Cast(_expression(source.title), TextField()),
        nothing if source.text is None else _text(source.text),
        Cast(nothing if source.about is None else _expression(source.about), TextField()),
        Cast(instant, DateTimeField()),
        Value(exact, BooleanField()),
    )


def _text(column: Column) -> Left:
    return Left(Coalesce(Cast(_expression(column), TextField()), Value("")), READ)


def _expression(column: Column) -> Any:
    return F(column) if isinstance(column, str) else column


def newest_titles(sources: Sequence[Source], reader: Reader) -> list[str]:
    """Return the titles that the reader may open, the newest of each kind; one query."""
    parts: list[str] = []
    given: list[Any] = []
    for source in sources:
        rows = source.rows(reader)
        title = Cast(_expression(source.title), TextField())
        if rows is None:
            continue
        written = _written(rows.order_by(*source.order).values_list(title)[:TITLES])
        if written:
            parts.append(f"({written[0]})")
            given += written[1]
    return [row[0] or "" for row in _read(reader, parts, given)]
