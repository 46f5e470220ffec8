"""Evidence packs as evidence on a case: what this floor adds to the records that may be linked."""

from datetime import datetime

from incidents.link_kinds import Record
from incidents.rules.addresses import Named
from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from registry.models import User
from reports.selectors.pack_rights import refusal_for_pack
from reports.selectors.packs import pack_by_number


def find_pack(named: Named, user: User, at: datetime) -> Record | None:
    """Return a pack that somebody may have, with the hash of its file once it is built."""
    try:
        pack = pack_by_number(named.parts[0])
    except Missing:
        return None
    if refusal_for_pack(user_id=user.pk, pack=pack, at=at) is not None:
        return None
    label = worded(
        "Evidence pack {number}, {since} to {until}",
        number=pack.number,
        since=f"{pack.since:%Y-%m-%d}",
        until=f"{pack.until:%Y-%m-%d}",
    )
    return Record("pack", str(label), f"/packs/{pack.number}/", pack.sha256)
