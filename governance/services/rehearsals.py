"""A delivery rehearsed: the real path with all its answers, and nothing of it kept."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection, transaction

from ledger.retries import retried
from ledger.rules.refusals import Refused

R = TypeVar("R")

# Numbers that a transaction takes for good, rolled back or not: a rehearsal counts on its own.
COUNTED = ("incidents_number",)
SHADOW = """
SELECT coalesce(pg_sequence_last_value(%s::regclass), 0) + 1
 WHERE has_database_privilege(current_database(), 'TEMP')
"""


class _Undone(Exception):
    """Carries the receipt out of the transaction that it rolls back."""

    def __init__(self, receipt: Any) -> None:
        super().__init__()
        self.receipt = receipt


@retried
def rehearse(deliver: Callable[[], R]) -> R:
    """Take a delivery in, judge it, open what it opens, and roll all of it back.

    What only the commit would find is checked too. Hints and mails are rows or wait for the
    commit, so nothing leaves. Raises what the delivery raises, marked as a dry run.
    """
    try:
        with transaction.atomic():
            _count_apart()
            receipt = deliver()
            connection.check_constraints()
            raise _Undone(receipt)
    except _Undone as undone:
        found: R = undone.receipt
        return found
    except Refused as refusal:
        refusal.extra["dry_run"] = True
        raise


def _count_apart() -> None:
    """Put a sequence of the session's own before the real one, so that no number is used up.

    Temporary relations are found first; this one goes with the transaction.
    """
    with connection.cursor() as cursor:
        for name in COUNTED:
            cursor.execute(SHADOW, [f"public.{name}"])
            row = cursor.fetchone()
            if row is not None:
                cursor.execute(f"CREATE TEMPORARY SEQUENCE {name} START {int(row[0])}")
