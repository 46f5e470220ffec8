"""Who builds packs, and how that is put on record."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ledger.rules.actors import machine
from ledger.services.entries import append_entry

PACKER = machine("packs")


def record_building(
    *,
    verb: str,
    pack_id: UUID,
    number: str,
    system_id: UUID | None,
    at: datetime,
    details: Mapping[str, object],
) -> None:
    """Write an entry about the building of a pack, in the transaction of the pack's change."""
    append_entry(
        verb=verb,
        actor=PACKER,
        at=at,
        subject=("pack", str(pack_id), number),
        system_id=system_id,
        details=details,
        touched=[f"reports_pack:{pack_id}"],
    )
