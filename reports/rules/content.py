"""The whole of a pack as one value: collected piece by piece, rendered from nothing else."""

from datetime import datetime

from msgspec import Struct

from reports.rules.decided import DecisionRecord, ExceptionRecord, SignatureRecord
from reports.rules.matters import IncidentRecord, WatchRecord
from reports.rules.readings import BatchRecord, EventDay, SeriesRecord, ThresholdRecord
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
    """Where the system's lines of the period lie in its stream, and how long the stream was."""

    id: str
    first: int | None
    last: int | None
    count: int


class Ledgered(Struct, frozen=True, kw_only=True):
    """The ledger lines of the pack: how many, from which number to which, their hash.

    `withheld` counts the personal values in them that nothing in the pack opens.
    """

    entries: int
    first: int
    last: int
    newest_at: datetime | None
    sha256: str
    stream: StreamRecord
    neighbours: int
    proofs: int
    stamps: int
    opened: int
    withheld: int
    refusals: list[ExceptionRecord]


class Content(Struct, frozen=True, kw_only=True):
    """Everything that the pack says, but single readings and single ledger lines."""

    scope: Scope
    seal: SealRecord
    things: Things
    readings: Readings
    matters: Matters
    ledger: Ledgered
