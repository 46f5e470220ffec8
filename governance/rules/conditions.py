"""Conditions of a decision: what they say, and whether the decision is in force (KOM-21)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.rules.instants import instant_meant
from ledger.rules.worded import worded
from outbox.rules.business_time import due
from outbox.rules.calendars import Calendar
from outbox.rules.durations import BadDuration, Duration

OVERDUE = {
    "escalate": "it goes a level up to be decided anew",
    "review": "it goes back to the same body",
    "revoke": "the decision is revoked",
}
KEYS = frozenset({"text", "owner", "owner_id", "verifier_id", "due", "evidence", "on_overdue"})
SETTLED = frozenset({"met", "moved"})
MOST = 20
LONGEST = {"text": 2000, "owner": 120, "due": 40, "evidence": 2000}


@dataclass(frozen=True, slots=True)
class Standing:
    """A condition as it stands: until when, and whether it is settled."""

    due_at: datetime | None
    state: str


def condition_faults(conditions: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield (field, words) for each fault of the conditions of a motion."""
    if len(conditions) > MOST:
        yield "conditions", worded("A motion has at most {most} conditions.", most=MOST)
    for number, condition in enumerate(conditions):
        for name, words in _faults_of(condition):
            yield f"conditions.{number}.{name}", words


def due_of(text: str, *, at: datetime, calendar: Calendar) -> datetime | None:
    """Return when a condition is due: a duration from the adoption, or a date; None for ''.

    A date means its end in UTC. Raises ValueError, BadDuration.
    """
    if not text:
        return None
    if text[:4].isdecimal() and "-" in text:
        day = instant_meant(text)
        if len(text) == len("2026-12-31"):
            day = day.replace(hour=23, minute=59, second=59)
        return day
    return due(at, Duration.parse(text), calendar)


def in_force(conditions: Iterable[Standing], at: datetime) -> bool:
    """Whether a conditional decision is in force: while no condition is overdue, by the instants.

    It is not in force in all three cases of what follows (KOM-21); no job takes part in this.
    """
    return not any(is_overdue(one, at) for one in conditions)


def is_overdue(condition: Standing, at: datetime) -> bool:
    """Whether a condition was not settled in time."""
    if condition.state in SETTLED:
        return False
    return condition.state == "overdue" or (condition.due_at is not None and condition.due_at <= at)


def _faults_of(condition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in set(condition) - KEYS:
        yield name, "There is no such field."
    if not str(condition.get("text") or "").strip():
        yield "text", "Say what must be so."
    yield from _text_faults(condition)
    yield from _person_faults(condition)
    if (condition.get("on_overdue") or "escalate") not in OVERDUE:
        yield "on_overdue", worded("One of: {overdue}.", overdue=", ".join(OVERDUE))
    if not _is_due(condition.get("due") or ""):
        yield "due", "Write a duration such as 30d or 10bd, or a date such as 2026-12-31."


def _text_faults(condition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, longest in LONGEST.items():
        value = condition.get(name) or ""
        if not isinstance(value, str) or "\x00" in value or len(value) > longest:
            yield name, worded("This is a text of at most {longest} characters.", longest=longest)


def _person_faults(condition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("owner_id", "verifier_id"):
        if not _is_id(condition.get(name)):
            yield name, "This is no identifier."
    owner, verifier = condition.get("owner_id"), condition.get("verifier_id")
    if owner and verifier and str(owner) == str(verifier):
        yield "verifier_id", "Who sees to it is somebody else than who answers for it."


def _is_id(value: Any) -> bool:
    try:
        return not value or bool(UUID(str(value)))
    except ValueError:
        return False


def _is_due(text: Any) -> bool:
    if not text:
        return True
    try:
        if not isinstance(text, str):
            return False
        if text[:4].isdecimal() and "-" in text:
            return bool(instant_meant(text))
        return Duration.parse(text).amount > 0
    except (BadDuration, ValueError):
        return False
