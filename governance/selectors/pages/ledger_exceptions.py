"""All exceptions of a period in one list, with how many there were of each kind, zero too."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from governance.rules.exceptions import in_words, with_zeros
from governance.rules.ledger_filter import Asked
from governance.rules.ledger_filter import in_words as filter_in_words
from governance.selectors.pages.ledger_options import systems_asked, systems_told
from governance.selectors.pages.ledger_room import list_of
from governance.selectors.pages.ledger_wanted import Reading
from ledger import verbs
from ledger.selectors.at_once import Question, at_once
from ledger.selectors.groups import tallies_asked, tallies_told
from ledger.selectors.reach import Reach
from ledger.selectors.search import Wanted, counts_by_group

USUAL = timedelta(days=90)


def usual_period(asked: Asked, *, zone: ZoneInfo, at: datetime) -> Asked:
    """Return what is asked for, of the last 90 days where no period is given."""
    if asked.since or asked.until:
        return asked
    return asked.of_period((at - USUAL).astimezone(zone).date().isoformat())


def exceptions_page(
    *, asked: Asked, reading: Reading, reach: Reach, zone: ZoneInfo, at: datetime,
    also: Mapping[str, Question] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what templates/governance/ledger/exceptions.html shows; two queries.

    With the answers to what is asked `also`.
    """
    beside = {**systems_asked(reach), **(also or {})}
    if reading.faults:
        found: dict[str, Any] = {"answers": at_once(beside)}
    else:
        # How many there are is shown group by group, and not again above the list.
        beside |= tallies_asked(wanted=_every(reading.wanted), reach=reach)
        found = list_of(reading.wanted, asked, reach, beside, counted=False)
    answers = found.pop("answers")
    tallies = tallies_told(answers, wanted=_every(reading.wanted), reach=reach)
    counts = {group: one.count for group, one in tallies.items()}
    more = {group for group, one in tallies.items() if one.is_more}
    return {
        "at": at,
        "asked": asked,
        "faults": reading.faults,
        "said": filter_in_words(asked, zone=zone),
        "zone": zone.key,
        "groups": [
            {
                "label": in_words(group),
                "count": count,
                "more": group in more,
                "url": _url(asked, group),
                "name": group,
            }
            for group, count in with_zeros(counts, groups=_registered())
        ],
        "all_count": sum(counts.values()),
        "all_more": bool(more),
        "all_url": _url(asked, ""),
        "group_words": in_words(asked.group) if asked.group else "",
        "systems": systems_told(answers, reach),
        "may_verify": reach.organisation,
        "query": urlencode(asked.query),
        "also": {name: answers[name] for name in also or ()},
        **found,
    }


def group_counts(wanted: Wanted, reach: Reach) -> dict[str, int]:
    """Return how many exceptions of each group there are, whichever group is asked for."""
    return counts_by_group(wanted=_every(wanted), reach=reach)


def _every(wanted: Wanted) -> Wanted:
    return Wanted(
        since=wanted.since,
        until=wanted.until,
        system_ids=wanted.system_ids,
        newest=wanted.newest,
        exceptions=verbs.exceptions(),
    )


def _registered() -> list[str]:
    return [verb.group for verb in verbs.exceptions()]


def _url(asked: Asked, group: str) -> str:
    kept = {name: value for name, value in asked.query.items() if name != "group"}
    return f"?{urlencode({**kept, **({'group': group} if group else {})})}"
