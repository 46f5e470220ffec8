"""Exports and downloads: whoever takes data out of the product is on record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.commitments import Label, Personal
from ledger.services.entries import append_entry

# Filters that are chosen from a list of ours; whatever else somebody filters by may be a name.
CHOICES = frozenset(
    {
        "view", "state", "severity", "system", "order", "record", "since", "until", "as_of",
        "verb", "group", "kind", "channel", "object", "refused", "exceptions", "number", "format",
    }
)  # fmt: skip


@transaction.atomic
def record_download(
    *,
    what: str,
    subject: tuple[str, str, Label],
    rows: int,
    asked: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    incident_id: UUID | None = None,
    system_id: UUID | None = None,
) -> None:
    """Put a download on record: which sheet, of what, by which filter, and how many rows.

    `asked` are the filters as given, which may name people; what is longer than 200 characters is
    cut.
    """
    given = {key: _given(key, str(value)[:200]) for key, value in asked.items() if value}
    append_entry(
        verb="sheet.downloaded",
        actor=actor,
        at=at,
        subject=subject,
        incident_id=incident_id,
        system_id=system_id,
        details={
            "sheet": what,
            "rows": rows,
            "asked": given,
        },
    )


def _given(key: str, value: str) -> Label:
    return value if key in CHOICES else Personal(value, kind="text")
