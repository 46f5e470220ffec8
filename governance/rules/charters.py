"""Charters: how many must vote, which majority carries, and how long a round is open."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, cast

import msgspec

from governance.rules.levels import LEVELS
from governance.rules.policy_document import CommitteeRules
from governance.rules.policy_parts.levels import Levels
from governance.rules.votes import MAJORITY_ORDER, Charter, Majority
from outbox.rules.business_time import due
from outbox.rules.calendars import Calendar
from outbox.rules.durations import BadDuration, Duration

__all__ = [
    "LEVELS",
    "charter_data",
    "closes_at",
    "earliest_close",
    "is_duration",
    "notice_before_early_close",
    "opens_at",
    "rules_from",
    "voting_charter",
]

ROLE_OF_LEVEL = {"executive": "role:executive", "board": "role:board"}


def charter_data(
    rules: CommitteeRules, *, level: str, levels: Levels | None = None
) -> dict[str, Any]:
    """Return the charter of a body of this level as plain data.

    A delegate decides alone; executive and board decide by who holds the role, each by a charter of
    its own (KOM-22).
    """
    data: dict[str, Any] = msgspec.to_builtins(_rules_of_level(rules, level, levels or Levels()))
    return data


def _rules_of_level(rules: CommitteeRules, level: str, levels: Levels) -> CommitteeRules:
    if level == "committee":
        return rules
    if level == "delegate":
        return msgspec.structs.replace(
            rules, **ALONE, minimum_acceptance=1, majority_acceptance="simple", casting_vote=False
        )
    own = levels.board if level == "board" else levels.executive
    return msgspec.structs.replace(
        rules,
        seats=max(own.minimum_high, own.minimum),
        quorum=own.quorum,
        minimum=own.minimum,
        minimum_high=own.minimum_high,
        minimum_acceptance=max(own.minimum_high, own.minimum),
        majority=own.majority,
        majority_high=own.majority_high,
        majority_acceptance=own.majority_high,
        required_high=[],
        casting_vote=False,
        open_for=own.open_for or rules.open_for,
        rounds=own.rounds or rules.rounds,
        electorate=ROLE_OF_LEVEL[level],
    )


ALONE: dict[str, Any] = {
    "seats": 1,
    "minimum": 1,
    "minimum_high": 1,
    "majority": "simple",
    "majority_high": "simple",
    "required_high": [],
}


def rules_from(data: Mapping[str, Any]) -> CommitteeRules:
    """Read a charter that `charter_data` wrote."""
    return msgspec.convert(dict(data), CommitteeRules)


def voting_charter(
    rules: CommitteeRules, *, risk_tier: str, acceptance: bool = False, least_majority: str = ""
) -> Charter:
    """Return how votes are counted for a system of a risk tier (KOM-02).

    `acceptance`: a risk is to be accepted, which may ask for more. `least_majority` is that of the
    decision whose place this one takes: it never asks for less.
    """
    quorum = Fraction(rules.quorum)
    high = risk_tier == "high"
    majorities = [rules.majority_high if high else rules.majority, least_majority]
    minima = [rules.minimum_high if high else rules.minimum]
    if acceptance:
        majorities.append(rules.majority_acceptance)
        minima.append(rules.minimum_acceptance)
    return Charter(
        quorum_num=quorum.numerator,
        quorum_den=quorum.denominator,
        minimum=max(minima),
        majority=max(cast(list[Majority], [one for one in majorities if one]), key=_strength),
        casting_vote=rules.casting_vote,
        required=tuple(rules.required_high) if high else (),
    )


def _strength(majority: Majority) -> int:
    return MAJORITY_ORDER.index(majority)


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
