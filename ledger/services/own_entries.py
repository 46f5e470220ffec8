"""Entries that the ledger writes about itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.services.entries import append_entry

SEALER = machine("sealer")


def write_own(
    verb: str,
    *,
    origin: str,
    at: datetime,
    details: Mapping[str, Any],
    reason: str = "",
    actor: Actor = SEALER,
) -> int:
    """Write an entry about the log of this origin and return its number."""
    with acting_as(actor):
        return append_entry(
            verb=verb,
            actor=actor,
            at=at,
            subject=("ledger", origin, origin),
            details=details,
            reason=reason,
        )
