"""What stands against putting a policy in force where it would serve: tiers, calendars. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from governance.rules.policy_document import PolicyDocument, Step
from incidents.rules.plan import SEVERITIES
from ledger.rules.worded import as_written, either, joined, term, worded
from outbox.rules.calendars import Calendar, lint_calendar

TOP = {"role:executive": "an executive", "role:board": "the board"}


def tier_faults(document: PolicyDocument) -> Iterator[str]:
    """Yield at which severities a system of high tier would not reach executive and board."""
    for severity in SEVERITIES:
        reached = {
            recipient
            for step in document.escalation.ladder
            if _serves(step, severity)
            for recipient in step.recipients
        }
        missing = [words for role, words in TOP.items() if role not in reached]
        if missing:
            yield (
                worded(
                    "At {severity} the ladder does not reach {missing}; systems "
                    "of high tier ask for both.",
                    severity=term(severity),
                    missing=either([term(one) for one in missing]),
                )
            )


def calendar_faults(calendar: Calendar, *, name: str, years: int, on: datetime) -> tuple[str, ...]:
    """Return how a calendar falls short of reaching so many years ahead; 0 years ask for nothing.

    A year counts as entered once it has one dated exception, a holiday or other hours.
    """
    if not years:
        return ()
    known = max((day.year for day in calendar.exceptions), default=None)
    reaching = Calendar(
        zone=calendar.zone,
        weekly=calendar.weekly,
        exceptions=calendar.exceptions,
        known_until=None if known is None else date(known, 12, 31),
    )
    found = lint_calendar(reaching, on=on.astimezone(UTC).date(), years=years)
    return tuple(joined(": ", [as_written(name), one]) for one in found)


def _serves(step: Step, severity: str) -> bool:
    at_high = not step.tiers or "high" in step.tiers
    return at_high and (not step.severities or severity in step.severities)
