"""Partitions of readings and events, made ahead by a function of the tables' owner."""

from datetime import date, datetime

import structlog
from django.db import IntegrityError, connection, transaction

from ledger.context import current_actor
from ledger.rules.actors import machine
from ledger.services.entries import append_entry

PARENTS = ("telemetry_measurement", "telemetry_decision_event", "telemetry_event_label")
MONTHS_AHEAD = 3
log = structlog.get_logger(__name__)


@transaction.atomic
def make_partitions(at: datetime) -> int:
    """Make the months from this one to three ahead where they are missing; return how many.

    Rows of a month without a partition lie in the DEFAULT one, and would stand in its way later.
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
            # Rows of that month lie in DEFAULT already, where they are found as well.
            log.warning("partition_not_made", table=parent, month=f"{month:%Y-%m}")
            return False
