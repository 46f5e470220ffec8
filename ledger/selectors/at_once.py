"""Several small questions asked in one statement: what stands beside the rows of a page."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Statement = tuple[str, Sequence[Any]]
Question = QuerySet[Any, Any] | Statement
Rows = list[list[Any]]
NAMED = re.compile(r"%\((\w+)\)s")


def at_once(asked: Mapping[str, Question]) -> dict[str, Rows]:
    """Return the rows of each question, in its order, with one statement for all; none for none.

    A question is a query of `values_list` or a statement with its parameters; its columns have
    different names. Values come as JSON has them: ids and instants as text.
    """
    parts: list[str] = []
    params: list[Any] = []
    found: dict[str, Rows] = {name: [] for name in asked}
    statements = {name: _statement(question) for name, question in asked.items()}
    wanted = {name: one for name, one in statements.items() if one is not None}
    if not wanted:
        return found
    for statement, given in wanted.values():
        # Statements of ours or of Django; what somebody typed is among their parameters.
        part = f"SELECT json_agg(row_to_json(part))::text FROM ({statement}) AS part"  # noqa: S608
        parts.append(f"({part})")
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        answers = cursor.fetchone()
    for name, text in zip(wanted, answers, strict=True):
        found[name] = [list(row.values()) for row in orjson.loads(text or "[]")]
    return found


def counted(rows: QuerySet[Any, Any], *, most: int | None = None) -> Statement:
    """Return the question how many rows there are: `number`, at most `most` where one is given."""
    some = rows.order_by().values_list("pk", flat=True)[:most]
    statement, params = some.query.sql_with_params()
    # A statement of Django's own; what somebody typed is among its parameters.
    return f"SELECT count(*) AS number FROM ({statement}) AS counted", params  # noqa: S608


def named(statement: str, given: Mapping[str, Any]) -> Statement:
    """Return the question of a statement whose parameters stand in it by their names."""
    return NAMED.sub("%s", statement), [given[name] for name in NAMED.findall(statement)]


def instant(text: str) -> datetime:
    """Return an instant of an answer."""
    return datetime.fromisoformat(text)


def _statement(question: Question) -> Statement | None:
    if isinstance(question, tuple):
        return question
    try:
        statement: Statement = question.query.sql_with_params()
    except EmptyResultSet:
        return None
    return statement
