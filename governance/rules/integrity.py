"""A finding about the record itself, in words: what a case of it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.rules.worded import titled, worded

MAJOR, SEVERE = "major", "severe"
MOST_LINES = 20
# Found together beyond so many, they are one case: somebody reads one page, not a hundred.
MOST_CASES = 3
SUMMARY = (
    "What the record holds did not come about by the product's own services, or no longer is what "
    "was sealed. Find out who did it and why, and whether any decision rested on it. Nothing is "
    "put right by hand in the database: a correction is an act of its own, with an entry."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: its reference, a title, lines that say what, and since when."""

    reference: str
    title: str
    lines: tuple[str, ...]
    happened_at: datetime
    severity: str = MAJOR


@dataclass(frozen=True, slots=True)
class IntegrityCase:
    """Findings that one incident answers for."""

    key: str
    title: str
    summary: str
    severity: str
    onset_at: datetime
    findings: tuple[Finding, ...]


def cases_of(findings: Sequence[Finding]) -> list[IntegrityCase]:
    """Return a case for each finding, or one for all where there are too many."""
    if len(findings) > MOST_CASES:
        title = titled(
            "{first}, and {count} further findings",
            first=findings[0].title,
            count=len(findings) - 1,
        )
        return [_case(findings, title)]
    return [_case([one], one.title) for one in findings]


def of_change(
    *,
    transaction: int,
    count: int,
    tables: Sequence[str],
    roles: Sequence[str],
    rows: Sequence[str],
    system: str,
    happened_at: datetime,
) -> Finding:
    """Return what is said of a transaction whose changes no entry tells of.

    `rows` are the first ones in words; `system` names AI systems among what was changed, or ''.
    """
    return Finding(
        reference=f"transaction {transaction}",
        title=_outside(count, system, ", ".join(tables))[:200],
        lines=(
            worded(
                "Database role: {roles}. Transaction {number}.",
                roles=", ".join(roles),
                number=transaction,
            ),
            *rows,
        ),
        happened_at=happened_at,
    )


def of_verification(*, run: str, failure: str, first_bad: int | None, at: datetime) -> Finding:
    """Return what is said of a verification that failed."""
    entry = (
        worded("First bad entry: {number}.", number=first_bad)
        if first_bad is not None
        else "No single entry."
    )
    return Finding(
        reference=f"verification {run}",
        title=titled("The ledger is not what was sealed"),
        lines=(failure, entry),
        happened_at=at,
        severity=SEVERE,
    )


def of_net(*, number: int, said: Sequence[str], at: datetime) -> Finding:
    """Return what is said of triggers that guard the record and were changed."""
    return Finding(
        reference=f"net {number}",
        title=_changed(len(said)),
        lines=tuple(said),
        happened_at=at,
        severity=SEVERE,
    )


def _outside(count: int, system: str, tables: str) -> str:
    said = {"count": count, "system": system, "tables": tables}
    if system and count == 1:
        return titled("1 row of {system} changed outside the services: {tables}", **said)
    if system:
        return titled("{count} rows of {system} changed outside the services: {tables}", **said)
    if count == 1:
        return titled("1 row changed outside the services: {tables}", **said)
    return titled("{count} rows changed outside the services: {tables}", **said)


def _changed(count: int) -> str:
    if count == 1:
        return titled("1 trigger under the record changed")
    return titled("{count} triggers under the record changed", count=count)


def _case(findings: Sequence[Finding], title: str) -> IntegrityCase:
    severe = any(one.severity == SEVERE for one in findings)
    return IntegrityCase(
        key=f"integrity {findings[0].reference}"[:64],
        title=title[:200],
        summary="\n".join([SUMMARY, *_lines(findings)]),
        severity=SEVERE if severe else MAJOR,
        onset_at=min(one.happened_at for one in findings),
        findings=tuple(findings),
    )


def _lines(findings: Sequence[Finding]) -> list[str]:
    lines = [line for one in findings for line in one.lines]
    left = len(lines) - MOST_LINES
    more = [worded("and {count} further lines, in the ledger", count=left)] if left > 0 else []
    return lines[:MOST_LINES] + more
