"""Charters: how many must vote, which majority carries, and how long a round is open."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, cast

import msgspec

from governance.rules.policy_document import CommitteeRules
from governance.rules.votes import Charter, Majority
from outbox.rules.business_time import due
from outbox.rules.calendars import Calendar
from outbox.rules.durations import BadDuration, Duration

LEVELS = ("delegate", "committee", "executive", "board")
ROLE_OF_LEVEL = {"executive": "role:executive", "board": "role:board"}


def charter_data(rules: CommitteeRules, *, level: str) -> dict[str, Any]:
    """Return the charter of a body of this level as plain data.

    A delegate decides alone; executive and board decide by who holds the role (KOM-22), each by
    the profile's own times.
    """
    if level == "committee":
        kept = rules
    else:
        kept = msgspec.structs.replace(
            rules,
            seats=1,
            minimum=1,
            minimum_high=1,
            majority="simple",
            majority_high="simple",
            required_high=[],
            electorate=ROLE_OF_LEVEL.get(level, "seats"),
        )
    data: dict[str, Any] = msgspec.to_builtins(kept)
    return data


def rules_from(data: Mapping[str, Any]) -> CommitteeRules:
    """Read a charter that `charter_data` wrote."""
    return msgspec.convert(dict(data), CommitteeRules)


def voting_charter(rules: CommitteeRules, *, risk_tier: str) -> Charter:
    """Return how votes are counted for a system of a risk tier (KOM-02)."""
    quorum = Fraction(rules.quorum)
    high = risk_tier == "high"
    return Charter(
        quorum_num=quorum.numerator,
        quorum_den=quorum.denominator,
        minimum=rules.minimum_high if high else rules.minimum,
        majority=cast(Majority, rules.majority_high if high else rules.majority),
        casting_vote=rules.casting_vote,
        required=tuple(rules.required_high) if high else (),
    )


def opens_at(
    rules: CommitteeRules, *, procedure: str, urgent: bool, at: datetime, calendar: Calendar
) -> datetime:
    """Return when votes may be cast: at once in writing, after the notice in a meeting."""
    if procedure == "written":
        return at
    notice = rules.notice_urgent if urgent else rules.notice
    return due(at, Duration.parse(notice), calendar)


def closes_at(
    rules: CommitteeRules, *, opens: datetime, closes_in: str | None, calendar: Calendar
) -> datetime:
    """Return when the round closes. Raises BadDuration."""
    return due(opens, Duration.parse(closes_in or rules.open_for), calendar)


def earliest_close(
    rules: CommitteeRules, *, opens: datetime, urgent: bool, calendar: Calendar
) -> datetime:
    """Return how long a round stays open at least, unless everybody has voted (KOM-18)."""
    least = rules.min_open_urgent if urgent else rules.min_open
    return due(opens, Duration.parse(least), calendar)


def notice_before_early_close(rules: CommitteeRules, *, at: datetime) -> datetime:
    """Return when a round that is decided may close after its notice (KOM-17)."""
    return due(at, Duration.parse(rules.early_notice))


def is_duration(text: str) -> bool:
    """Whether a text is a duration that a round may be open for."""
    try:
        return Duration.parse(text).amount > 0
    except BadDuration:
        return False
