"""Meetings: whether the notice suffices, what is small enough for consent, signed lists."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.rules.motion_kinds import WORDS
from governance.rules.policy_parts.meetings import Meetings
from ledger.rules.canonical import canonical
from ledger.rules.worded import small, term, word, worded

TOO_SOON = "The charter's notice ends at {told}; the meeting cannot begin before."
TOO_SOON_BUT = (
    "The charter's notice ends at {told}; the meeting cannot begin before. Convene it as urgent, "
    "with the reason, if it cannot wait."
)
MOST_ITEMS = 50
OUTSIDE = ("executive", "board")
"""The levels that may decide outside, on a document that two persons certify (KOM-22)."""
MOST_SIGNED = 25
"""How many records one ceremony signs (T25: a batch of up to 25)."""


@dataclass(frozen=True, slots=True)
class ConsentCase:
    """What decides whether a motion may stand on the consent agenda."""

    severity: str
    risk_tier: str
    kinds: Sequence[str]
    has_conditions: bool = False


def consent_fault(case: ConsentCase, rules: Meetings) -> str:
    """Return why a motion is too big for the consent agenda, '' if it may stand there."""
    if case.severity not in rules.consent_severities:
        return worded(
            "its case is {severity}, and the policy takes small ones only",
            severity=term(case.severity),
        )
    if case.risk_tier not in rules.consent_tiers:
        return worded("its system is of {risk_tier} tier", risk_tier=term(case.risk_tier))
    never = [kind for kind in case.kinds if kind in rules.consent_never]
    if never:
        words = WORDS.get(never[0], never[0])
        return worded("{words} is talked about first", words=small(term(words)))
    talked = word("it sets conditions, which are talked about first")
    return talked if case.has_conditions else ""


def notice_fault(
    *, starts_at: datetime, at: datetime, earliest: datetime, told: str, urgent: bool, reason: str
) -> str:
    """Return why a meeting cannot be convened for an instant, '' if it can.

    `earliest` is when the charter's notice that begins now has passed, the short one if urgent,
    and `told` the same in words.
    """
    if starts_at <= at:
        return "A meeting is convened for a time to come."
    if urgent and not reason.strip():
        return "Say why it is urgent: the notice is shortened."
    if starts_at < earliest:
        return worded(TOO_SOON if urgent else TOO_SOON_BUT, told=told)
    return ""


def list_text(*, kind: str, signer: str, items: Iterable[Mapping[str, Any]]) -> str:
    """Return the canonical text of a list that one ceremony signs (RFC 8785).

    It holds what the person was shown, item by item, each with the hash of its record.
    """
    rows = [dict(item) for item in items]
    return canonical({"record": f"list of {kind}", "signer": signer, "items": rows}).decode()


def list_hash(text: str) -> str:
    """Return the SHA-256 of a list's text, in hex; every signature on it is bound to that."""
    return hashlib.sha256(text.encode()).hexdigest()


def repeated(values: Iterable[str]) -> str:
    """Return the first value that stands twice, '' if none does."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return ""
