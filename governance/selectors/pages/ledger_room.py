"""The reading room: the head, the filter, one page of entries that fit it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from governance.rules.ledger_filter import Asked, in_words
from governance.selectors.pages.ledger_head import standing_asked, standing_told
from governance.selectors.pages.ledger_options import options_asked, options_told
from governance.selectors.pages.ledger_reach import READS_ORGANISATION
from governance.selectors.pages.ledger_rows import names_asked, names_told, rows_of
from governance.selectors.pages.ledger_wanted import Reading
from ledger.selectors.at_once import Question, at_once
from ledger.selectors.reach import MOST_COUNTED, Reach
from ledger.selectors.search import Wanted, found_beside
from registry.rules.permits import in_words as roles_in_words

PAGE = 50
NOTHING = {"rows": [], "count": 0, "more": False, "pages": {}}


def room_page(
    *, asked: Asked, reading: Reading, reach: Reach, zone: ZoneInfo, at: datetime,
    also: Mapping[str, Question] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what templates/governance/ledger/room.html shows.

    With the answers to what is asked `also`. Two queries whatever is found; nothing is looked for
    while a field is wrong.
    """
    beside = {**standing_asked(), **options_asked(reach), **(also or {})}
    if reading.faults:
        found: dict[str, Any] = {**NOTHING, "answers": at_once(beside)}
    else:
        found = list_of(reading.wanted, asked, reach, beside)
    answers = found.pop("answers")
    return {
        "at": at,
        "asked": asked,
        "faults": reading.faults,
        "said": in_words(asked, zone=zone),
        "zone": zone.key,
        "standing": standing_told(answers, at),
        "options": options_told(answers, reach),
        "reach": reach,
        "may_verify": reach.organisation,
        "all_roles": roles_in_words(READS_ORGANISATION),
        "query": urlencode(asked.query),
        "also": {name: answers[name] for name in also or ()},
        **found,
    }


def list_of(
    wanted: Wanted,
    asked: Asked,
    reach: Reach,
    beside: Mapping[str, Question],
    counted: bool = True,
) -> dict[str, Any]:
    """Return one page of rows, how many there are in all, and the ways on; two queries.

    `answers` are those to what is asked beside. Who counts them there has no need of `counted`.
    """
    before = int(asked.before) if asked.before.isdigit() else None
    found = found_beside(
        wanted=wanted.settled(), reach=reach, before=before, limit=PAGE + 1,
        beside=lambda objects: {**beside, **names_asked(objects[:PAGE])}, counted=counted,
    )  # fmt: skip
    shown, most = found.lines[:PAGE], min(MOST_COUNTED, reach.most_counted)
    older = str(shown[-1].number) if len(found.lines) > PAGE else str(found.last or "")
    return {
        "rows": rows_of(shown, names_told(found.answers)),
        "count": min(found.count, most),
        "more": found.is_more or found.count > most,
        "answers": found.answers,
        "pages": {
            "shown": len(shown),
            "older_url": f"?{urlencode({**asked.query, 'before': older})}" if older else "",
            "newer_url": f"?{urlencode(asked.query)}" if before is not None else "",
        },
    }
