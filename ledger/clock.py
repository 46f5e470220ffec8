"""By how much tests move the clock: read where the database clock is read, and nowhere else."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

_offset = timedelta(0)


def database_now() -> datetime:
    """Return the database clock in UTC, plus the offset that only tests may set.

    For the sealer, whose instant is the seal's own; doors read `outbox.clock.now()`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (instant,) = cursor.fetchone()
    shifted: datetime = instant + ahead()
    return shifted


def ahead() -> timedelta:
    """Return by how much this process's clock is ahead of the database's; nothing but in tests."""
    return timedelta(seconds=settings.CLOCK_OFFSET_SECONDS) + _offset


def shift(offset: timedelta) -> None:
    """Move this process's clock. Raises RuntimeError outside tests."""
    global _offset  # noqa: PLW0603  one clock a process
    if not settings.TESTING:
        raise RuntimeError("only tests may move the clock")
    _offset = offset
