"""The clock: PostgreSQL's, so that every process agrees. Doors read it once and pass it down."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, Func, Value
from django.db.models.expressions import Combinable

from ledger import clock


def now() -> datetime:
    """Return the database clock in UTC, plus the offset that only tests may set."""
    return clock.database_now()


def now_asked_there() -> Combinable:
    """Return `now()` as an expression, for a query that is the page's only one on the clock."""
    there = Func(function="clock_timestamp", output_field=DateTimeField())
    return ExpressionWrapper(there + Value(clock.ahead()), output_field=DateTimeField())


def shift(offset: timedelta) -> None:
    """Move this process's clock. Raises RuntimeError outside tests."""
    clock.shift(offset)


def server_version() -> int:
    """Return PostgreSQL's version number; 180004 is 18.4."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0])
