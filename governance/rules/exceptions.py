"""The groups of exceptions that an auditor lists apart, in the order in which they are shown.

A verb of any floor joins a group by its registration (ledger.verbs.register, `exception=True`); a
group that is not named here is shown behind these under its own name. A group without any entry is
shown with zero: that there was none is what an auditor wants to read.
"""

from collections.abc import Iterable, Mapping

GROUPS: dict[str, str] = {
    "emergency_stop": "Emergency stops",
    "lowered_severity": "Lowered severities",
    "silence": "Silences and holds",
    "voided": "Voided readings",
    "acceptance": "Acceptances, and systems kept running",
    "break_glass": "Break-glass access",
    "recorded_vote": "Recorded votes",
    "refused": "Refused attempts",
    "manual_confirmation": "Confirmed by hand",
    "lapse": "Missed deadlines and lapsed votes",
    "unroutable": "Nobody to tell",
    "undelivered": "Undelivered messages",
    "failed_action": "Failed actions",
    "set_up": "Approved at set-up, by one person",
    "sign_in": "Failed sign-ins and refused tokens",
    "bypass": "Changes without an entry",
    "set_wise": "Changes of many rows at once",
    "reopened": "Reopened origins",
    "failed_verification": "Failed verifications of the ledger",
    "erasure": "Erasures",
    "whole_organisation": "Exports and restores of the whole organisation",
}


def in_words(group: str) -> str:
    """Return a group's name as it is shown."""
    return GROUPS.get(group) or group.replace("_", " ").capitalize()


def ordered(groups: Iterable[str]) -> list[str]:
    """Return the known groups in their order, and behind them those that others registered."""
    return [*GROUPS, *sorted({group for group in groups if group} - GROUPS.keys())]


def with_zeros(counts: Mapping[str, int], *, groups: Iterable[str]) -> list[tuple[str, int]]:
    """Return every group with its count, the zeros too."""
    return [(group, counts.get(group, 0)) for group in ordered([*groups, *counts])]
