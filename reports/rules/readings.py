"""What a pack says of the measurements: value types, as they are written to JSON."""

from datetime import datetime
from typing import Any

from msgspec import Struct


class ReadingRecord(Struct, frozen=True, kw_only=True):
    """One window of a series; a value that is None was not measured or was no number.

    Or it is `withheld` (why): its group has fewer than ten.
    """

    window_end: datetime
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    good: bool
    withheld: str = ""


class ThresholdRecord(Struct, frozen=True, kw_only=True):
    """One version of a KPI's tolerance bands, with who wrote and who approved it."""

    name: str
    kpi: str
    kpi_name: str
    environment: str
    segment: str
    number: int
    direction: str
    mode: str
    low_side: dict[str, Any] | None
    target: float | None
    warning: float | None
    critical: float | None
    instant_critical: float | None
    recover_warning: float | None
    recover_critical: float | None
    baseline: float | None
    baseline_note: str
    fires: str
    least_n: int
    recover_windows: int
    judged_by: str
    valid_from: datetime
    author: str
    approved_by: str
    approved_at: datetime | None
    reason: str
    example: bool
    set_up: bool
    state: str
    grace_seconds: int = 0


class SeriesRecord(Struct, frozen=True, kw_only=True):
    """A KPI in an environment and segment: what it is, its figures of the period, its standing.

    `readings` are the newest of the period, for the drawing; the file holds all of them.
    `missing` counts windows that the cadence promised and nobody delivered.
    """

    id: int
    kpi: str
    name: str
    category: str
    unit: str
    better: str
    lowest: float | None
    highest: float | None
    neutral: float | None
    formula: str
    environment: str
    segment: str
    window_seconds: int
    cadence_seconds: int | None
    file: str
    count: int
    bad: int
    missing: int
    first: datetime | None
    last: datetime | None
    standing: str
    standing_since: datetime | None
    threshold: ThresholdRecord | None
    breached: bool
    readings: list[ReadingRecord]


class BatchRecord(Struct, frozen=True, kw_only=True):
    """One accepted delivery of readings or events: counts and the hash of its rows."""

    id: str
    kind: str
    source: str
    sender: str
    received_at: datetime
    accepted: int
    repeated: int
    rejected: int
    sha256: str


class EventDay(Struct, frozen=True, kw_only=True):
    """How many decision events of a day came from which version, and how many were simulated."""

    day: str
    environment: str
    version: str
    events: int
    overridden: int
    blocked: int
    boundary_violations: int
    simulated: int
