"""What a sender may deliver: a row of a measurement, a decision event; why a row is not taken.

Decoding is typed, so that most of the checking costs nothing. Text lengths are those of the tables.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

R = TypeVar("R")

Slug = Annotated[str, Meta(min_length=1, max_length=80)]
KpiId = Annotated[str, Meta(min_length=1, max_length=60)]
Environment = Annotated[str, Meta(min_length=1, max_length=30)]
Short = Annotated[str, Meta(max_length=60)]
Text = Annotated[str, Meta(max_length=4000)]
Instant = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
OnError = Literal["keep_good", "refuse_all"]

LARGEST_SPAN = 366 * 86400
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
NUL = "The character NUL is not allowed."
WINDOW = re.compile(r"([1-9]\d{0,8})([smhd])", re.ASCII)
SEGMENT = re.compile(r"[^=\x00-\x1f]{1,59}=[^\x00-\x1f]{1,60}")


class MeasurementRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A value of a KPI for the window that ends at `window_end`; a null value is a bad reading."""

    system: Slug
    kpi: KpiId
    window: Annotated[str, Meta(max_length=10)]
    window_end: Instant
    value: float | None
    environment: Environment = "production"
    segment: Annotated[str, Meta(max_length=120)] = ""
    n: Count | None = None
    low: float | None = None
    high: float | None = None
    revision: Count = 0
    quality: Literal["good", "bad"] = "good"


class ToolCall(msgspec.Struct, forbid_unknown_fields=True, gc=False, omit_defaults=True):
    """A call of a tool and what came of it."""

    tool: Short
    outcome: Short
    amount: float | None = None


class DecisionRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One decision, answer or action of a system."""

    system: Slug
    event_id: Annotated[str, Meta(min_length=1, max_length=80)]
    at: Instant
    version: Annotated[str, Meta(min_length=1, max_length=60)]
    environment: Environment = "production"
    segment: Annotated[dict[Short, Short], Meta(max_length=20)] = {}
    answer: Text | None = None
    truth: Text | None = None
    confidence: float | None = None
    overridden: bool | None = None
    latency_ms: Annotated[float, Meta(ge=0)] | None = None
    cost: float | None = None
    topic: Annotated[str, Meta(max_length=200)] = ""
    outcome: Literal["", "success", "partial", "failure"] = ""
    tool_calls: Annotated[list[ToolCall], Meta(max_length=100)] = []
    blocked: bool = False
    boundary_violation: bool = False
    spend: float | None = None
    feedback: Literal["", "up", "down"] | None = None
    escalated: bool = False
    grounded: bool | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that is not taken: its number (the first is 1), the field, the reason in words."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery(Generic[R]):
    """A parsed body: the rows that could be read with their numbers, and those that could not."""

    rows: Sequence[R]
    numbers: Sequence[int]
    rejected: Sequence[Rejection] = ()
    source: str = ""
    on_error: OnError = "keep_good"


@lru_cache(maxsize=512)
def window_seconds(text: str) -> int | None:
    """Return the seconds of a window such as '5m' or '7d', None for anything else."""
    found = WINDOW.fullmatch(text)
    if found is None:
        return None
    seconds = int(found[1]) * SECONDS[found[2]]
    return seconds if seconds <= LARGEST_SPAN else None


def segment_fault(segment: str) -> str | None:
    """Return why a segment cannot be one, None for '' and for 'attribute=value'."""
    if not segment or SEGMENT.fullmatch(segment):
        return None
    return "A segment is empty or of the form attribute=value."


def measurement_fault(row: MeasurementRow) -> tuple[str, str] | None:
    """Return (field, reason) of what typed decoding could not see, None for a sound row."""
    if row.window_end < EARLIEST:
        return "window_end", "A window before the year 2000 is surely a mistake."
    if row.low is not None and row.high is not None and row.low > row.high:
        return "low", "The lower bound is above the upper bound."
    return None


def decision_fault(row: DecisionRow) -> tuple[str, str] | None:
    """Return (field, reason) of what typed decoding could not see, None for a sound row."""
    if row.at < EARLIEST:
        return "at", "An instant before the year 2000 is surely a mistake."
    for field in ("event_id", "version", "environment", "answer", "truth", "topic"):
        if "\x00" in (getattr(row, field) or ""):
            return field, NUL
    if any("\x00" in part for pair in row.segment.items() for part in pair):
        return "segment", NUL
    if any("\x00" in call.tool + call.outcome for call in row.tool_calls):
        return "tool_calls", NUL
    return None
