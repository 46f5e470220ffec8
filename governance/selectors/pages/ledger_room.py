"""The reading room: the head, the filter, one page of entries that fit it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from governance.rules.ledger_filter import Asked, in_words
from governance.selectors.pages.ledger_head import standing
from governance.selectors.pages.ledger_options import options
from governance.selectors.pages.ledger_reach import READS_ORGANISATION
from governance.selectors.pages.ledger_rows import rows_of
from governance.selectors.pages.ledger_wanted import Reading
from ledger.selectors.search import MOST_COUNTED, Reach, Wanted, found_count, found_page
from registry.rules.permits import in_words as roles_in_words

PAGE = 50


def room_page(
    *, asked: Asked, reading: Reading, reach: Reach, zone: ZoneInfo, at: datetime
) -> dict[str, Any]:
    """Return what templates/governance/ledger/room.html shows.

    A fixed number of queries whatever is found; nothing is looked for while a field is wrong.
    """
    found = None if reading.faults else list_of(reading.wanted, asked, reach)
    return {
        "at": at,
        "asked": asked,
        "faults": reading.faults,
        "said": in_words(asked, zone=zone),
        "zone": zone.key,
        "standing": standing(at),
        "options": options(reach),
        "reach": reach,
        "may_verify": reach.organisation,
        "all_roles": roles_in_words(READS_ORGANISATION),
        "query": urlencode(asked.query),
        **(found or {"rows": [], "count": 0, "more": False, "pages": {}}),
    }


def list_of(wanted: Wanted, asked: Asked, reach: Reach) -> dict[str, Any]:
    """Return one page of rows, how many there are in all, and the ways on; three queries."""
    settled = wanted.settled()
    before = int(asked.before) if asked.before.isdigit() else None
    lines = found_page(wanted=settled, reach=reach, before=before, limit=PAGE + 1)
    count = found_count(wanted=settled, reach=reach)
    shown = lines[:PAGE]
    older = str(shown[-1].number) if len(lines) > PAGE else ""
    return {
        "rows": rows_of(shown),
        "count": min(count, MOST_COUNTED),
        "more": count > MOST_COUNTED,
        "pages": {
            "shown": len(shown),
            "older_url": f"?{urlencode({**asked.query, 'before': older})}" if older else "",
            "newer_url": f"?{urlencode(asked.query)}" if before is not None else "",
        },
    }
