"""Stopping at once: until when it is ratified, what a hold on evidence keeps, what is too much.

Sources: workflow T23, T27 and the paragraph on interim measures; rulings INC-F, INC-J; AI Act
Art. 73(6).
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ledger.rules.worded import term, word, worded
from outbox.rules.durations import Duration

KINDS = (
    ("stop", "Stop it"),
    ("restrict", "Restrict its use"),
    ("route_to_human", "Route to a person"),
)
STRENGTH = ("route_to_human", "restrict", "stop")
KIND_WORDS = {
    "stop": word("stopped"),
    "restrict": word("restricted"),
    "route_to_human": word("routed to a person"),
}
AT_ONCE = {
    "stop": word("stopped at once"),
    "restrict": word("restricted at once"),
    "route_to_human": word("routed to a person at once"),
}
"""The reason of a signature whose signer gives the reason later."""
DEFAULTS = {"ratify_within": "72h", "reason_within": "24h", "interim_longest": "24h"}
REMINDERS_DAYS = (1, 2, 4, 8)

ALTERING = {
    "rollback": word("rolling back"),
    "retrain": word("retraining"),
    "pin": word("switching the version"),
    "adjust": word("adjusting rules or thresholds"),
    "reindex": word("re-indexing"),
    "prompt_change": word("changing the prompt"),
    "log_deletion": word("deleting logs"),
    "interim": word("an interim measure"),
}
"""What alters the system, and so the evidence; a stop, a suspension and a restriction do not."""
SNAPSHOT = word("a snapshot of the system as it is (snapshot_ref)")
TOLD_OR_URGENT = word(
    "when the authorities were informed (authorities_informed_at) or why protection cannot wait "
    "(immediate_protection_because)"
)

WHOLE = re.compile(
    r"\b(everything|whole system|entire system|"
    r"all (?:of it|traffic|requests|decisions|answers|use))\b",
    re.IGNORECASE,
)


def limit(limits: Mapping[str, str], name: str) -> timedelta:
    """Return a limit of a frozen plan, the shipped default where the plan is older than it."""
    seconds = Duration.parse(limits.get(name) or DEFAULTS[name]).seconds(standard_day=86400)
    return timedelta(seconds=int(seconds))


def next_reminder(number: int, at: datetime) -> datetime:
    """Return when the executive is told again: after 1, 2, 4, then every 8 days, without end."""
    return at + timedelta(days=REMINDERS_DAYS[min(number, len(REMINDERS_DAYS) - 1)])


def is_whole(words: str) -> bool:
    """Whether a measure would hold the whole system, which is a stop and not a measure (INC-F)."""
    return WHOLE.search(words) is not None


def hold_fault_of(action_type: str, parameters: Mapping[str, Any]) -> str:
    """Return what an action lacks while evidence is held, '' where nothing (Art. 73(6), INC-J).

    It names a snapshot, and either when the authorities were informed or why protection could not
    wait. What does not alter the system is never held up.
    """
    if action_type not in ALTERING:
        return ""
    told = [bool(str(parameters.get(name) or "").strip()) for name in _NEEDED]
    has_snapshot, informed, urgent = told
    if has_snapshot and (informed or urgent):
        return ""
    if has_snapshot:
        lacks = term(TOLD_OR_URGENT)
    elif informed or urgent:
        lacks = term(SNAPSHOT)
    else:
        lacks = worded("{first} and {last}", first=term(SNAPSHOT), last=term(TOLD_OR_URGENT))
    return worded(
        "{altering} needs {lacks}. A stop is never held up.",
        altering=term(ALTERING[action_type]),
        lacks=lacks,
    )


_NEEDED = ("snapshot_ref", "authorities_informed_at", "immediate_protection_because")
