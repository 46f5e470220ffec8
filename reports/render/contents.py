"""The contents of a pack by section: what is there, how new it is, what is missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.rules import figures
from reports.rules.content import Content
from reports.rules.exceptions import exceptions_of
from reports.rules.gaps import Gap

GRAVEST = ("critical", "warning", "none")


@dataclass(frozen=True)
class Section:
    """One row of the contents; `state` is a standing of the design and `said` its words."""

    number: int
    id: str
    title: str
    evidence: str
    newest: datetime | None
    state: str
    said: str
    files: str


def sections_of(content: Content, gaps: Sequence[Gap]) -> list[Section]:
    """Return the sections of the report in their order."""
    rows = [*_of_things(content), *_of_matters(content)]
    return [
        Section(number, id, title, evidence, newest, *_state(id, present, gaps), files)
        for number, (id, title, evidence, newest, present, files) in enumerate(rows, start=1)
    ]


Row = tuple[str, str, str, datetime | None, bool, str]


def _of_things(content: Content) -> list[Row]:
    things, readings = content.things, content.readings
    system = things.system
    count = sum(item.count for item in readings.series)
    return [
        (
            "system",
            "The system and its life",
            f"registry record v{system.record_version}, "
            f"{_many(things.lifecycle, 'step')} of its life",
            _newest([*(row.at for row in things.lifecycle), system.registered_at]),
            True,
            "system/",
        ),
        (
            "versions",
            "Versions and deployments",
            f"{_many(things.versions, 'version')}, {_many(things.deployments, 'deployment')}",
            _newest(
                [
                    *(row.from_at for row in things.deployments),
                    *(row.created_at for row in things.versions),
                ]
            ),
            bool(things.versions),
            "system/",
        ),
        (
            "people",
            "Who held which role",
            f"{_many(things.roles, 'role')}, "
            f"{_many(things.absences, 'leave or delegation', 'leaves and delegations')}",
            _newest(row.from_at for row in things.roles),
            bool(things.roles),
            "people/",
        ),
        (
            "rules",
            "Rules in force",
            f"{_many(things.policies, 'policy', 'policies')}, whole text",
            _newest(row.valid_from for row in things.policies),
            bool(things.policies),
            "policies/",
        ),
        (
            "bands",
            "KPIs and their bands",
            f"{_many(readings.series, 'series', 'series')}, "
            f"{_many(readings.thresholds, 'version')} of bands",
            _newest(row.valid_from for row in readings.thresholds),
            bool(readings.thresholds),
            "kpi/",
        ),
        (
            "readings",
            "Readings of the period",
            f"{figures.number(count)} readings, "
            f"{_many(readings.batches, 'delivery', 'deliveries')}",
            _newest(row.last for row in readings.series),
            count > 0,
            "kpi/",
        ),
    ]


def _of_matters(content: Content) -> list[Row]:
    matters, ledger = content.matters, content.ledger
    found = exceptions_of(content)
    return [
        (
            "incidents",
            "Incidents",
            f"{_many(matters.incidents, 'incident')}, {_many(matters.watches, 'watch', 'watches')}",
            _newest(row.opened_at for row in matters.incidents),
            bool(matters.incidents),
            "incidents/",
        ),
        (
            "decisions",
            "Decisions",
            f"{_many(matters.decisions, 'motion')}, "
            f"{figures.number(sum(len(row.ballots) for row in matters.decisions))} ballots",
            _newest(row.closed_at for row in matters.decisions),
            bool(matters.decisions),
            "decisions/",
        ),
        (
            "signatures",
            "Signatures",
            _many(matters.signatures, "signature"),
            _newest(row.signed_at for row in matters.signatures),
            bool(matters.signatures),
            "signatures/",
        ),
        (
            "exceptions",
            "Exceptions",
            _many(found, "exception"),
            _newest(row.at for row in found),
            bool(found),
            "exceptions/",
        ),
        (
            "record",
            "The record, and how to check it",
            f"{figures.number(ledger.entries)} ledger lines, sealed and signed",
            ledger.newest_at,
            ledger.entries > 0,
            "audit/",
        ),
    ]


def _state(id: str, present: bool, gaps: Sequence[Gap]) -> tuple[str, str]:
    own = [gap for gap in gaps if gap.section == id]
    if own:
        letters = [gap.letter for gap in own]
        shown = ", ".join(letters) if len(letters) < 4 else f"{letters[0]} to {letters[-1]}"
        worst = min(own, key=lambda gap: GRAVEST.index(gap.state)).state
        return worst, f"gap {shown}" if len(own) == 1 else f"gaps {shown}"
    return ("ok", "complete") if present else ("suppressed", "nothing here")


def _many(rows: Sequence[object], one: str, many: str = "") -> str:
    return f"{figures.number(len(rows))} {one if len(rows) == 1 else many or f'{one}s'}"


def _newest(instants: Iterable[datetime | None]) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)
