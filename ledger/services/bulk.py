"""The one way to write governed records set-wise: with a reason, and an entry that says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from ledger import touches
from ledger.governed import bulk_allowed
from ledger.rules.actors import Actor
from ledger.services.entries import append_entry

VERB = "records.changed_together"


@contextmanager
def audited_bulk(*, reason: str, actor: Actor, at: datetime, verb: str = VERB) -> Iterator[None]:
    """Allow set-wise writes on governed models within the block, in one transaction.

    At its end one entry names the reason, counts the rows by table and carries their keys;
    where nothing was written there is none. Raises ValueError without a reason, KeyError for an
    unregistered verb.
    """
    with transaction.atomic(), bulk_allowed(reason):
        before = touches.take()
        yield
        written = touches.take()
        if not written:
            touches.note_keys(before)
            return
        append_entry(
            verb=verb,
            actor=actor,
            at=at,
            subject=("records", "", _words(written)),
            reason=reason,
            details={"rows": _counts(written)},
            touched=[*before, *written],
        )


def _counts(keys: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for key in keys:
        table = key.partition(":")[0]
        counts[table] = counts.get(table, 0) + 1
    return counts


def _words(keys: list[str]) -> str:
    return ", ".join(f"{count} of {table}" for table, count in sorted(_counts(keys).items()))
