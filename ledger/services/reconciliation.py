"""Row changes against entries, transaction by transaction: what no entry tells of is kept.

A function of the owner settles them; the application role can neither write nor delete them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from ledger.retries import retried
from ledger.rules.actors import machine
from ledger.selectors.changes import Unmatched, unmatched_changes
from ledger.selectors.checkpoints import newest_seal
from ledger.services.own_entries import write_own

RECONCILER = machine("reconciler")
SETTLE = "SELECT settled, unmatched FROM countersign_reconcile(%s, %s)"
AT_ONCE = 5000
MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many row changes were settled, and how many of them no entry tells of."""

    settled: int
    unmatched: int


def reconcile(at: datetime) -> Reconciled:
    """Settle every row change of a transaction that is over, batch by batch."""
    settled = unmatched = 0
    while True:
        done = _batch(at)
        settled, unmatched = settled + done.settled, unmatched + done.unmatched
        if done.settled < AT_ONCE:
            return Reconciled(settled, unmatched)


def reconcile_job(at: datetime) -> int:
    """Reconcile; the sweep's job. Returns how many changes no entry tells of."""
    return reconcile(at).unmatched


@retried
@transaction.atomic
def _batch(at: datetime) -> Reconciled:
    newest = _newest_unmatched()
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [AT_ONCE, at])
        settled, unmatched = cursor.fetchone()
    if unmatched:
        _tell(unmatched_changes(after=newest, limit=AT_ONCE), at)
    return Reconciled(settled, unmatched)


def _newest_unmatched() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_unmatchedchange")
        return int(cursor.fetchone()[0])


def _tell(found: Sequence[Unmatched], at: datetime) -> None:
    write_own(
        "ledger.changes_unmatched",
        origin=origin(),
        at=at,
        details={
            "count": len(found),
            "tables": dict(sorted(Counter(one.table for one in found).items())),
            "roles": sorted({one.role for one in found}),
            "rows": [_row(one) for one in found[:MOST_NAMED]],
        },
        actor=RECONCILER,
    )


def _row(one: Unmatched) -> dict[str, Any]:
    return {
        "table": one.table,
        "key": one.key,
        "operation": one.operation,
        "transaction": one.transaction,
        "role": one.role,
        "at": one.at,
    }


def origin() -> str:
    """Return the name of the log that entries about the ledger itself stand under."""
    seal = newest_seal()
    return seal.origin if seal else str(settings.LEDGER_ORIGIN)
