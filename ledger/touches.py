"""Which rows the running transaction changed through its models: the next entry takes them along.

The net of triggers sees every change of a watched row; what an entry of the same transaction names
is settled. So a service need not list what it saved, and raw SQL that passes the models is found.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models, transaction

ATTRIBUTE = "countersign_touches"


def note(rows: Iterable[models.Model]) -> None:
    """Keep rows that were saved just now for the next entry of this transaction."""
    note_keys(f"{row._meta.db_table}:{row.pk}" for row in rows if row.pk is not None)


def note_keys(keys: Iterable[str]) -> None:
    """Keep 'table:pk' pairs for the next entry; outside a transaction nothing could match them."""
    if not connection.in_atomic_block:
        return
    pending = _pending()
    if not pending:
        transaction.on_commit(pending.clear)
    pending.update(dict.fromkeys(keys))


def take() -> list[str]:
    """Return what was kept and keep it no longer."""
    pending = _pending()
    keys = list(pending)
    pending.clear()
    return keys


def _pending() -> dict[str, None]:
    holder: Any = connection
    known: dict[str, None] | None = getattr(holder, ATTRIBUTE, None)
    if known is None:
        known = {}
        setattr(holder, ATTRIBUTE, known)
    return known
