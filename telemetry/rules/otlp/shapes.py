"""What a span and a point say, however they were encoded.

Instants are nanoseconds since 1970 in UTC; attributes hold text, numbers, booleans, lists and
mappings of these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Attributes = Mapping[str, Any]
Kind = Literal["gauge", "sum", "histogram", "exponential_histogram", "summary"]
DELTA, CUMULATIVE = 1, 2
NO_VALUE = 1
"""The flag of a point that says: nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened within a span."""

    name: str
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Span:
    """One span; ids are lower-case hex, `parent_id` is '' for a root."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    began_ns: int
    ended_ns: int
    failed: bool
    attributes: Attributes
    resource: Attributes
    events: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class Buckets:
    """Counts by bucket. Explicit: `bounds` has one fewer than `counts`.

    Exponential: `scale`, the count at zero, and counts by index of each sign.
    """

    bounds: Sequence[float] = ()
    counts: Sequence[int] = ()
    scale: int | None = None
    zero: int = 0
    positive: Mapping[int, int] = field(default_factory=dict)
    negative: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a metric. `value` of gauges and sums, the rest of histograms."""

    metric: str
    unit: str
    kind: Kind
    attributes: Attributes
    resource: Attributes
    began_ns: int
    at_ns: int
    temporality: int = 0
    monotonic: bool = False
    flags: int = 0
    value: float | None = None
    count: int = 0
    total: float | None = None
    lowest: float | None = None
    highest: float | None = None
    buckets: Buckets | None = None
