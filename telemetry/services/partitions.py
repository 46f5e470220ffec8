"""Partitions of readings and events, made ahead by a function of the tables' owner."""

from datetime import date, datetime

import structlog
from django.db import IntegrityError, OperationalError, connection, transaction

from ledger.context import current_actor
from ledger.rules.actors import machine
from ledger.services.entries import append_entry

PARENTS = ("telemetry_measurement", "telemetry_decision_event", "telemetry_event_label")
MONTHS_AHEAD = 3
log = structlog.get_logger(__name__)


@transaction.atomic
def make_partitions(at: datetime) -> int:
    """Make the months from this one to three ahead where they are missing; return how many.

    Where nothing ran for months, the first rows of a month lie in the DEFAULT one and stand in its
    way: they are moved into it.
    """
    made = [
        f"{parent} {month:%Y-%m}"
        for parent in PARENTS
        for month in _months(at.date())
        if _make(parent, month)
    ]
    if made:
        append_entry(
            verb="partitions.made",
            actor=current_actor() or machine("sweep"),
            at=at,
            subject=("telemetry", "partitions", "partitions"),
            details={"made": made},
        )
    return len(made)


def _months(today: date) -> list[date]:
    months = []
    for ahead in range(MONTHS_AHEAD + 1):
        years, month = divmod(today.month - 1 + ahead, 12)
        months.append(date(today.year + years, month + 1, 1))
    return months


def _make(parent: str, month: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{parent}_{month:%Y%m}"])
        if cursor.fetchone()[0] is not None:
            return False
        try:
            with transaction.atomic():
                cursor.execute("SELECT telemetry_make_partition(%s, %s)", [parent, month])
                return bool(cursor.fetchone()[0])
        except IntegrityError:
            return _settle(parent, month)


def _settle(parent: str, month: date) -> bool:
    """Give a month its partition whose rows lie in DEFAULT; False where the table is in use."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT telemetry_settle_partition(%s, %s)", [parent, month])
    except OperationalError:
        # They are found in DEFAULT as well; the next sweep tries again.
        log.warning("partition_not_made", table=parent, month=f"{month:%Y-%m}")
        return False
    return True
