"""The whole of a pack as one value: collected piece by piece, rendered from nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from reports.rules.conduct import Conduct
from reports.rules.decided import DecisionRecord, ExceptionRecord, SignatureRecord
from reports.rules.frameworks import Frameworks, Registered
from reports.rules.matters import IncidentRecord, WatchRecord
from reports.rules.readings import BatchRecord, EventDay, SeriesRecord, ThresholdRecord
from reports.rules.shared import Shared
from reports.rules.things import (
    AbsenceRecord,
    DeploymentRecord,
    LifecycleRecord,
    PolicyRecord,
    RoleRecord,
    Scope,
    SystemRecord,
    VersionRecord,
)


class Things(Struct, frozen=True, kw_only=True):
    """The system, what ran, who answered for it, by which rules."""

    system: SystemRecord
    versions: list[VersionRecord]
    deployments: list[DeploymentRecord]
    lifecycle: list[LifecycleRecord]
    roles: list[RoleRecord]
    absences: list[AbsenceRecord]
    policies: list[PolicyRecord]


class Readings(Struct, frozen=True, kw_only=True):
    """The series with their figures, the bands, the deliveries."""

    series: list[SeriesRecord]
    thresholds: list[ThresholdRecord]
    batches: list[BatchRecord]
    event_days: list[EventDay]


class Matters(Struct, frozen=True, kw_only=True):
    """What went wrong, what was decided, who signed."""

    incidents: list[IncidentRecord]
    watches: list[WatchRecord]
    decisions: list[DecisionRecord]
    signatures: list[SignatureRecord]


class SealRecord(Struct, frozen=True, kw_only=True):
    """The checkpoint that the pack is bound to; `key` is the public key that signed it (vkey)."""

    origin: str
    size: int
    root: str
    sealed_at: datetime
    key: str


class StreamRecord(Struct, frozen=True, kw_only=True):
    """Where a stream's lines of the period lie in it, and how long the stream was.

    `id` is a system's uuid, or 'organisation'.
    """

    id: str
    first: int | None
    last: int | None
    count: int


class Ledgered(Struct, frozen=True, kw_only=True):
    """The ledger lines of the pack: how many, from which number to which, their hash.

    `withheld` counts the personal values in them that nothing in the pack opens; `unproved` the
    lines that would have a proof of their own, but for a cap.
    """

    entries: int
    first: int
    last: int
    newest_at: datetime | None
    sha256: str
    streams: list[StreamRecord]
    incidents: list[str]
    objects: list[str]
    neighbours: int
    proofs: int
    unproved: int
    stamps: int
    opened: int
    withheld: int
    refusals: list[ExceptionRecord]


class Redaction(Struct, frozen=True, kw_only=True):
    """What this recipient does not get, why, and in how many places it was left out."""

    what: str
    why: str
    count: int


@dataclass(frozen=True)
class SystemContent:
    """Everything that the pack says of one system, but single readings."""

    scope: Scope
    things: Things
    readings: Readings
    matters: Matters
    conduct: Conduct
    registered: Registered = Registered()


@dataclass(frozen=True)
class Content:
    """Everything that the pack says, but single readings and single ledger lines.

    `systems` reads a system's content from disk each time that it is asked for: iterate over it,
    and keep none.
    """

    scope: Scope
    seal: SealRecord
    systems: Sequence[SystemContent]
    shared: Shared
    ledger: Ledgered
    redactions: Sequence[Redaction] = ()
    frameworks: Frameworks = Frameworks()

    @property
    def one(self) -> SystemContent | None:
        """The only system, None where there are several."""
        return self.systems[0] if len(self.systems) == 1 else None

    def incidents(self) -> Iterator[IncidentRecord]:
        """Yield the incidents of all systems, system by system."""
        for item in self.systems:
            yield from item.matters.incidents

    def decisions(self) -> Iterator[DecisionRecord]:
        """Yield the motions of all systems, system by system."""
        for item in self.systems:
            yield from item.matters.decisions

    def signatures(self) -> Iterator[SignatureRecord]:
        """Yield the signatures of all systems, system by system."""
        for item in self.systems:
            yield from item.matters.signatures
