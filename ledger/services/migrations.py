"""Data migrations that leave a record: who changes rows while the product is upgraded."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.migrations.operations import RunPython

from ledger.clock import database_now
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.selectors.changes import changed_here, newest_change
from ledger.services.bulk import tell_changes

VERB = "records.migrated"
Change = Callable[[Any, Any], None]


def recorded_migration(
    name: str, reason: str, function: Change, reverse: Change | None = None
) -> RunPython:
    """Return the operation that changes rows as the command `name` and says so in the ledger.

    The net itself says which rows `function(apps, schema_editor)` changed. Where there are none, as
    in a new installation, nothing is written. Depends on the newest migration of the ledger.
    """
    return RunPython(
        _recorded(name, reason, function),
        _recorded(name, f"taken back: {reason}", reverse) if reverse else None,
    )


def _recorded(name: str, reason: str, function: Change) -> Change:
    if not reason.strip():
        raise ValueError("a data migration needs its reason")
    actor = machine(f"migration {name}", kind="command", channel="command")

    def run(apps: Any, schema_editor: Any) -> None:
        with transaction.atomic(using=schema_editor.connection.alias), acting_as(actor):
            before = newest_change()
            function(apps, schema_editor)
            keys = changed_here(after=before)
            tell_changes(keys, reason=reason, actor=actor, at=database_now(), verb=VERB)

    return run
