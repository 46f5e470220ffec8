"""The one statement of a search: what is looked at of every kind, within what a reader may open.

Its plan must not hang on what PostgreSQL knows of a table: reading words out of a row costs a
thousand times what reading them in the index costs. So the query stands in the statement as one
that is not known beforehand: whatever the words are, few rows are expected, and the index is asked.
"""

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
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Left
from django.db.models.sql.compiler import SQLCompiler

from registry.rules.searching import Typed, folded
from registry.search_sources import Column, Source
from registry.selectors.search_reader import Reader

MOST = 200
EXACT = 5
READ = 4000
TITLES = 400
WINDOW = 5_000

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
# What is newest of a large kind is looked at first: there the index of instants narrows what the
# index of words finds. Only where that is not enough the rest is, without a walk in its order.
SINCE = """
SELECT min(newest.at) AS pk FROM (SELECT {at} AS at FROM {table} ORDER BY {at} DESC LIMIT %s) newest
"""
BOTH = """
SELECT pk FROM {near} UNION ALL SELECT rest.pk FROM (SELECT pk FROM ({far}) AS far
 LIMIT (SELECT %s - count(*) FROM {near})) AS rest
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


class Unwalked(Func):
    """An instant by which rows are put in order after they are found, never walked by an index."""

    template = "(%(expressions)s + interval '0')"
    output_field = DateTimeField()


def parsed_query(asked: Typed) -> tuple[str, frozenset[str]]:
    """Return the query as text, and how words begin that are marked. Numbers need no asking."""
    if all(word.isdecimal() and word.isascii() for word in asked.words):
        words = [f"'{word}'{':*' if len(word) > 1 else ''}" for word in asked.words]
        return " & ".join(words), frozenset(asked.words)
    with connection.cursor() as cursor:
        cursor.execute(PARSED, [list(asked.words)])
        rows = cursor.fetchall()
    words = [f"({' | '.join(_apart(row))})" for row in rows if any(row)]
    stems = {part.strip("'") for row in rows for part in row[1:] if part.count("'") == 2}
    return " & ".join(words), frozenset({folded(one) for one in (*asked.words, *stems) if one})


def _apart(forms: Sequence[str]) -> list[str]:
    """Return the forms of a word that find more than the ones before: 'band' is in 'band':*."""
    found: list[str] = []
    for form in filter(None, forms):
        begun = (one.removesuffix("':*") for one in found if one.endswith("':*"))
        if form not in found and not any(form.startswith(one) for one in begun):
            found.append(form)
    return found


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
    chosen: list[tuple[str, tuple[Any, ...]] | None] = []
    if exact is not None:
        chosen.append(_written(_columns(source, rows.filter(exact), exact=True)[:EXACT]))
        rows = rows.exclude(exact)
    if query:
        unknown = RawSQL("SELECT %s::text", (query,))  # noqa: S611  a parameter of its own
        rows = rows.filter(Matches(Searchable(*source.words), unknown))
        chosen.append(_newest_first(source, reader, rows))
    written = [one for one in chosen if one]
    sql = " UNION ALL ".join(f"({statement})" for statement, _ in written)
    return sql, tuple(param for _, params in written for param in params)


def _newest_first(
    source: Source, reader: Reader, rows: QuerySet[Any]
) -> tuple[str, tuple[Any, ...]] | None:
    """Return what reads the newest of these rows, of a large kind in two steps."""
    if not source.large:
        return _written(_columns(source, rows, exact=False)[: MOST + 1])
    since = _since(source, reader, rows)
    name = str(source.at)
    # An end as well: of what lies between two instants PostgreSQL expects little.
    without_end = RawSQL("SELECT 'infinity'::timestamptz", ())  # noqa: S611  nobody's input
    window = {f"{name}__gte": since, f"{name}__lt": without_end}
    newest = rows.filter(**window).order_by(*source.order).values("pk")
    older = rows.filter(**{f"{name}__lt": since}).values("pk")
    older = older.order_by(Unwalked(F(name)).desc(), *source.order)
    near, far = _written(newest[: MOST + 1]), _written(older[: MOST + 1])
    if near is None or far is None:
        return None
    reader.written[f"{source.name}_near"] = near
    # Rows are found by themselves, and joined when they are few: a join would choose its own index.
    both = BOTH.format(near=f"{source.name}_near", far=far[0])
    reader.written[f"{source.name}_found"] = (both, (*far[1], MOST + 1))
    found = RawSQL(f"SELECT pk FROM {source.name}_found", ())  # noqa: S608, S611  a name of ours
    return _written(_columns(source, rows.model.objects.filter(pk__in=found), exact=False))


def _since(source: Source, reader: Reader, rows: QuerySet[Any]) -> RawSQL:
    """Return from when on a row is among the newest of its kind, whoever may open it."""
    name, meta = f"{source.name}_since", rows.model._meta
    column = meta.get_field(str(source.at)).column
    sql = SINCE.format(at=f'"{column}"', table=f'"{meta.db_table}"')
    reader.written[name] = (sql, (WINDOW,))
    return RawSQL(f"SELECT {name}.pk FROM {name}", ())  # noqa: S608, S611  a name of ours


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
