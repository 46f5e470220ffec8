"""Which rows the running transaction changed through its models: the next entry takes them along.

The net of triggers sees every change of a watched row; what an entry of the same transaction names
is settled. So a service need not list what it saved, and raw SQL that passes the models is found.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models, transaction

ATTRIBUTE = "countersign_touches"


class Pending:
    """Keys that wait for an entry, and the mark by which their transaction is known to live on."""

    def __init__(self) -> None:
        self.keys: dict[str, None] = {}

    def mark(self) -> None:
        """Forget them at the commit."""
        self.keys.clear()

    def lives(self) -> bool:
        """Whether the transaction or savepoint of the first key was not rolled back."""
        return any(entry[1] == self.mark for entry in connection.run_on_commit)


def note(rows: Iterable[models.Model]) -> None:
    """Keep rows that were saved just now for the next entry of this transaction."""
    note_keys(key_of(row) for row in rows if row.pk is not None)


def key_of(row: models.Model) -> str:
    """Return how the net calls a row."""
    return f"{row._meta.db_table}:{row.pk}"


def note_keys(keys: Iterable[str]) -> None:
    """Keep 'table:pk' pairs for the next entry; outside a transaction nothing could match them."""
    if not connection.in_atomic_block:
        return
    pending = _pending()
    if pending is None:
        pending = Pending()
        setattr(connection, ATTRIBUTE, pending)
        transaction.on_commit(pending.mark)
    pending.keys.update(dict.fromkeys(keys))


def take() -> list[str]:
    """Return what was kept and keep it no longer."""
    pending = _pending()
    if pending is None:
        return []
    keys = list(pending.keys)
    pending.keys.clear()
    return keys


def _pending() -> Pending | None:
    """Return what this transaction keeps; what a rolled back one left behind is dropped."""
    holder: Any = connection
    known: Pending | None = getattr(holder, ATTRIBUTE, None)
    return known if known is not None and known.lives() else None
