"""Standing orders: when one fires, how a vote on it ended, when it counts as unproven (INC-12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incidents.rules.plan import SEVERITIES
from ledger.rules.canonical import canonical
from ledger.rules.worded import worded

SPENDING = "budget_consumption"
"""What an agent spends of its limit; it has a rule of its own and is no boundary here."""
VALUED = frozenset({"breach", "fairness", "boundary"})
"""Kinds of breaches whose value is a reading of the KPI itself."""
SILENT = frozenset({"silence", "fault"})
"""Kinds of cases that say that no readings come."""
CASE_KINDS = ("reported", "concern", "supplier", "version", "drift")
"""Kinds of cases that come in without a reading beyond a limit; an order names those it means."""
LONGEST_VALID = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class When:
    """When an order fires: its rule, the KPI ('' for any), its limit and on which side of it.

    Of the rule 'case' the kinds of cases and the least severity.
    """

    rule: str
    kpi_id: str
    limit_value: float | None
    higher_is_worse: bool
    case_kinds: frozenset[str] = frozenset()
    least_severity: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a system: the kind of breach, its KPI and value, whether it was instant."""

    kind: str
    kpi_id: str
    value: float | None
    instant: bool


def fires(when: When, seen: Seen) -> bool:
    """Whether what was seen is what the order waits for."""
    if when.rule == "case" or (when.kpi_id and when.kpi_id != seen.kpi_id):
        return False
    if when.rule == "silence":
        return seen.kind in SILENT
    if when.rule == "instant":
        return seen.instant
    if when.rule == "boundary":
        return seen.kind == "boundary" and seen.instant and (seen.kpi_id != SPENDING)
    return seen.kind in VALUED and reaches(when, seen.value)


def fires_on_case(when: When, *, kind: str, severity: str) -> bool:
    """Whether an open case is what the order waits for: its kind, and severe enough."""
    if when.rule != "case" or kind not in when.case_kinds:
        return False
    return SEVERITIES.index(severity) >= SEVERITIES.index(when.least_severity)


def reaches(when: When, value: float | None) -> bool:
    """Whether a reading reaches the limit of the order; the limit itself does."""
    if value is None or when.limit_value is None:
        return False
    return value >= when.limit_value if when.higher_is_worse else value <= when.limit_value


def is_beyond(value: float, limit: float | None, *, below: bool) -> bool:
    """Whether a reading lies beyond an instant limit; the limit itself does."""
    if limit is None:
        return False
    return value <= limit if below else value >= limit


def order_text(content: Mapping[str, Any]) -> str:
    """Return an order as canonical text: what every vote signs."""
    return canonical(dict(content)).decode()


def outcome(*, seats: int, in_favour: int, against: int) -> str:
    """Return 'adopted' once more than half of all seats are for it, 'rejected' once they cannot be.

    Absolute majority of the seats that may vote: an order acts without asking anybody. '' while
    it is open.
    """
    if 2 * in_favour > seats:
        return "adopted"
    if 2 * (seats - against) <= seats:
        return "rejected"
    return ""


def is_proven(*, drilled_at: datetime | None, at: datetime, within: timedelta) -> bool:
    """Whether an order was tried lately enough to be relied on."""
    return drilled_at is not None and at - drilled_at <= within


def order_faults(
    *,
    rule: str,
    kpi_id: str,
    limit_value: float | None,
    valid_from: datetime,
    valid_until: datetime,
    at: datetime,
    case_kinds: Sequence[str] = (),
    least_severity: str = "",
) -> dict[str, str]:
    """Return what is wrong with an order, by field; {} for nothing."""
    found = _case_faults(rule, kpi_id, case_kinds, least_severity)
    if rule == "limit" and not kpi_id:
        found["kpi"] = "Name the KPI whose reading stops it."
    if rule == "limit" and limit_value is None:
        found["limit_value"] = "Say at which reading it stops."
    if rule != "limit" and limit_value is not None:
        found["limit_value"] = "Only the rule with a limit of its own has one."
    if valid_until <= max(valid_from, at):
        found["valid_until"] = "It must end after it begins, and in the future."
    elif valid_until - valid_from > LONGEST_VALID:
        found["valid_until"] = "At most a year: then the committee decides on it anew."
    return found


def _case_faults(
    rule: str, kpi_id: str, case_kinds: Sequence[str], least_severity: str
) -> dict[str, str]:
    if rule != "case":
        given = {"case_kinds": case_kinds, "least_severity": least_severity}
        return {
            name: "Only an order that waits for a case has this." for name in given if given[name]
        }
    found: dict[str, str] = {}
    if not case_kinds or not set(case_kinds) <= set(CASE_KINDS):
        found["case_kinds"] = worded(
            "Name at least one of: {case_kinds}.", case_kinds=", ".join(CASE_KINDS)
        )
    if least_severity not in SEVERITIES:
        found["least_severity"] = worded(
            "It is one of: {severities}.", severities=", ".join(SEVERITIES)
        )
    if kpi_id:
        found["kpi"] = "A case that is opened is about no single KPI."
    return found


def who_votes(
    seats: Sequence[Mapping[str, Any]], barred: frozenset[str]
) -> list[tuple[int, list[str]]]:
    """Return who may vote on each seat, (number, persons): not who owns the system or put it.

    A seat that nobody may vote on is left out of the electorate.
    """
    found = []
    for seat in seats:
        people = [one for one in (seat["person"], seat["substitute"]) if one and one not in barred]
        if people:
            found.append((int(seat["number"]), people))
    return found
