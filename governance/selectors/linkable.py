"""Ledger entries as evidence on a case: what this floor adds to the records that may be linked."""

from datetime import datetime

from governance.rules.figures import number
from governance.selectors.pages.ledger_reach import reach_of
from incidents.link_kinds import Record
from incidents.rules.addresses import Named
from ledger.rules.worded import worded
from ledger.selectors.search import found_line
from registry.models import User

LONGEST_LABEL = 300


def find_entry(named: Named, user: User, at: datetime) -> Record | None:
    """Return a ledger entry that somebody may read; no name stands in what it is called."""
    wanted = int(named.parts[0])
    found = found_line(number=wanted, reach=reach_of(user=user, at=at))
    if found is None:
        return None
    label = worded(
        "Ledger entry № {number}: {verb}, {at} UTC",
        number=number(wanted),
        verb=found.verb,
        at=f"{found.at:%Y-%m-%d %H:%M}",
    )
    return Record("entry", label[:LONGEST_LABEL], f"/ledger/{wanted}/")
