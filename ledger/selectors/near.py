"""The newest entries that somebody may read, found by index however many others lie above them.

An entry about a case names the case's system or none, so whoever may read it sees the system that
it names. Of each system seen, of one's own acts and of what names no system the newest are taken,
each by an index that ends in the number: among them are the newest of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.selectors.at_once import Statement, at_once
from ledger.selectors.reach import Reach

MOST_NEAR = 300
# Of each of many systems no more than what fills a page.
MOST_OF_MANY = 60
MANY = 50
BEYOND = 2**63 - 1

# Only the systems that were written about last can hold the newest of all.
OF_SYSTEMS = """
SELECT one.id FROM (
    SELECT seen.key FROM ({seen}) AS seen(key) CROSS JOIN LATERAL (
        SELECT id FROM ledger_entry
        WHERE system_id = seen.key AND id < %s ORDER BY id DESC LIMIT 1
    ) AS newest ORDER BY newest.id DESC LIMIT %s
) AS lately CROSS JOIN LATERAL (
    SELECT id FROM ledger_entry
    WHERE system_id = lately.key AND id < %s ORDER BY id DESC LIMIT %s
) AS one
"""
OWN = "(SELECT id FROM ledger_entry WHERE actor_id = %s AND id < %s ORDER BY id DESC LIMIT %s)"
OF_CASES = """
(SELECT id FROM ledger_entry WHERE system_id IS NULL AND incident_id IS NOT NULL AND id < %s
 ORDER BY id DESC LIMIT %s)
"""
OF_ORGANISATION = """
(SELECT id FROM ledger_entry WHERE system_id IS NULL AND incident_id IS NULL AND id < %s
 ORDER BY id DESC LIMIT %s)
"""


@dataclass(frozen=True, slots=True)
class Near:
    """Numbers of entries among which are the newest within reach, the newest first.

    `is_cut` says that there are more below them.
    """

    numbers: Sequence[int]
    is_cut: bool


def near(reach: Reach, *, before: int | None) -> tuple[Near, Near]:
    """Return what is near below `before`, and what is near from the newest on; one query."""
    most = MOST_NEAR + 1
    if reach.all_systems or len(reach.system_ids) > MANY:
        most = MOST_OF_MANY + 1
    asked = {"newest": _asked(reach, BEYOND, most)}
    if before is not None:
        asked["below"] = _asked(reach, before, most)
    found = at_once(asked)
    newest, below = (
        Near([number for (number,) in found[name]], len(found[name]) == most)
        for name in ("newest", "newest" if before is None else "below")
    )
    return below, newest


def _asked(reach: Reach, before: int, most: int) -> Statement:
    seen = "SELECT unnest(%s::uuid[])"
    params: list[Any] = [list(reach.system_ids)]
    if reach.more_systems is not None:
        # With the systems that only a case lets them see, or with all.
        more, given = reach.more_systems.query.sql_with_params()
        seen, params = f"{seen} UNION ({more})", [*params, *given]
    below = [before, most]
    parts = [OF_SYSTEMS.format(seen=seen), OWN, OF_CASES]
    values: list[Any] = [*params, *below, *below, reach.actor_id, *below, *below]
    if reach.organisation:
        parts.append(OF_ORGANISATION)
        values += below
    # Statements of ours and of Django; who reads what is among their parameters.
    union = " UNION ".join(parts)
    statement = f"SELECT id FROM ({union}) AS near ORDER BY id DESC LIMIT %s"  # noqa: S608
    return statement, [*values, most]
