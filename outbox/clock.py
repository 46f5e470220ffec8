"""The clock: PostgreSQL's, so that every process agrees. Doors read it once and pass it down."""

from datetime import datetime, timedelta

from django.db import connection

from ledger import clock


def now() -> datetime:
    """Return the database clock in UTC, plus the offset that only tests may set."""
    return clock.database_now()


def shift(offset: timedelta) -> None:
    """Move this process's clock. Raises RuntimeError outside tests."""
    clock.shift(offset)


def server_version() -> int:
    """Return PostgreSQL's version number; 180004 is 18.4."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0])
