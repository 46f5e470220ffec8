"""The clock: PostgreSQL's, so that every process agrees. Doors read it once and pass it down."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

_offset = timedelta(0)


def now() -> datetime:
    """Return the database clock in UTC, plus the offset that only tests may set."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (instant,) = cursor.fetchone()
    shift = timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)
    return instant + shift + _offset  # type: ignore[no-any-return]


def shift(offset: timedelta) -> None:
    """Move this process's clock. Raises RuntimeError outside tests."""
    global _offset  # noqa: PLW0603  one clock a process
    if not settings.TESTING:
        raise RuntimeError("only tests may move the clock")
    _offset = offset


def server_version() -> int:
    """Return PostgreSQL's version number; 180004 is 18.4."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0])
