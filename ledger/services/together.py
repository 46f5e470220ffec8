"""Statements whose parameters the server binds: prepared, and several in one trip.

Django's own cursor writes parameters into the statement, so that PostgreSQL plans it each time; for
a thousand rows that costs more than the statement itself.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

Statement = tuple[str, Sequence[Any]]
"""A statement and its parameters."""


def send_together(statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """Execute statements in order within the caller's transaction; return the rows of each.

    They are sent at once, so none can depend on what another one answers; they answer in binary,
    so instants are in the connection's zone, UTC. Of the errors the first one is raised, as
    Django's own. Statements are prepared where the settings let them.
    """
    if not statements:
        return []
    server = _server()
    with connection.wrap_database_errors:
        cursors = [psycopg.Cursor(server) for _ in statements]
        with server.pipeline():
            for cursor, (text, parameters) in zip(cursors, statements, strict=True):
                cursor.execute(text, parameters, binary=True)
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


def ask_prepared(text: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of one statement, with values as Django's models read them."""
    server = _server()
    with connection.wrap_database_errors:
        return psycopg.Cursor(server).execute(text, parameters).fetchall()


def _server() -> psycopg.Connection[tuple[Any, ...]]:
    connection.ensure_connection()
    server: psycopg.Connection[tuple[Any, ...]] | None = connection.connection
    assert server is not None
    return server
