"""Exceptions in how things were lived with: acceptances, silences, recorded votes, approvals alone.

Pure. Stops without a transition of their own (of a standing order) count as emergency stops.
"""

from collections.abc import Iterator

from reports.rules.conduct import Conduct, ContainmentRecord
from reports.rules.decided import ExceptionRecord


def of_conduct(conduct: Conduct, system: str) -> Iterator[ExceptionRecord]:
    """Yield the exceptions of a system, by its short name."""
    yield from _of_acceptances(conduct, system)
    yield from _of_silences(conduct, system)
    yield from (_of_stop(item, system) for item in conduct.containments if item.by_rule)
    for vote in conduct.votes:
        later = "countersigned" if vote.countersigned_at else "not countersigned: it does not count"
        yield ExceptionRecord(
            kind="recorded vote",
            system=system,
            at=vote.at,
            who=vote.person,
            what=f"{vote.vote} on {vote.decision} in {vote.meeting}, {later}",
            why=vote.reason,
            incident="",
            entry=vote.entry,
        )
    for alone in conduct.setups:
        by = f"confirmed by {alone.confirmed_by}" if alone.confirmed_by else "not confirmed yet"
        yield ExceptionRecord(
            kind="approved alone",
            system=system,
            at=alone.at,
            who=alone.person,
            what=f"{alone.kind} {alone.label}, {by}",
            why="nobody else could approve it yet",
            incident="",
            entry=None,
        )


def _of_acceptances(conduct: Conduct, system: str) -> Iterator[ExceptionRecord]:
    for item in conduct.acceptances:
        yield ExceptionRecord(
            kind="acceptance",
            system=system,
            at=item.from_at,
            who=item.owner,
            what=f"{item.number} until {item.until_at:%Y-%m-%d}, {item.state}",
            why=item.residual_risk,
            incident=item.incident,
            entry=None,
        )


def _of_silences(conduct: Conduct, system: str) -> Iterator[ExceptionRecord]:
    for item in conduct.mutes:
        agreed = f"agreed by {item.approved_by}" if item.approved_by else "never in force"
        over = ", ".join(part for part in (item.kpi, item.environment, item.segment) if part)
        yield ExceptionRecord(
            kind="silence",
            system=system,
            at=item.from_at,
            who=item.asked_by,
            what=f"{over or 'everything'} until {item.until_at:%Y-%m-%d %H:%M} UTC, {agreed}",
            why=item.reason,
            incident=", ".join(item.incidents),
            entry=None,
        )


def _of_stop(item: ContainmentRecord, system: str) -> ExceptionRecord:
    return ExceptionRecord(
        kind="emergency stop",
        system=system,
        at=item.at,
        who=item.by_rule,
        what=f"{item.kind}: {item.scope}",
        why=item.reason,
        incident=item.incident,
        entry=item.entry,
    )
