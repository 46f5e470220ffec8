"""The one way to write governed records set-wise: with a reason, and an entry that says so."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from ledger.governed import bulk_allowed
from ledger.rules.actors import Actor
from ledger.selectors.changes import changed_here, newest_change
from ledger.services.entries import append_entry

VERB = "records.changed_together"
# Keys that one entry takes along at most; more rows are more entries.
AT_ONCE = 5000


@contextmanager
def audited_bulk(*, reason: str, actor: Actor, at: datetime, verb: str = VERB) -> Iterator[None]:
    """Allow set-wise writes on governed models within the block, in one transaction.

    At its end the rows that the net saw changing, by whatever statement, are told by an entry with
    the reason and counts by table. Raises ValueError without a reason, KeyError for an unregistered
    verb.
    """
    with transaction.atomic(), bulk_allowed(reason):
        before = newest_change()
        yield
        tell_changes(changed_here(after=before), reason=reason, actor=actor, at=at, verb=verb)


def tell_changes(
    keys: Sequence[str], *, reason: str, actor: Actor, at: datetime, verb: str
) -> None:
    """Write an entry for each five thousand rows; none where nothing changed."""
    for first in range(0, len(keys), AT_ONCE):
        part = keys[first : first + AT_ONCE]
        counts = Counter(key.partition(":")[0] for key in part)
        append_entry(
            verb=verb,
            actor=actor,
            at=at,
            subject=(
                "records",
                "",
                ", ".join(f"{n} of {table}" for table, n in sorted(counts.items())),
            ),
            reason=reason,
            details={"rows": dict(counts)},
            touched=part,
        )
