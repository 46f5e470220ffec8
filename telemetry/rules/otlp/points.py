"""What a point of a metric adds to its window: values, increases, recordings; resets and repeats.

By OpenTelemetry's data model for metrics (https://opentelemetry.io/docs/specs/otel/metrics/
data-model/): delta and cumulative temporality, resets by a new beginning, gaps.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ledger.rules.worded import worded
from telemetry.rules.otlp.conventions import text_said
from telemetry.rules.otlp.shapes import CUMULATIVE, DELTA, NO_VALUE, Attributes, Point
from telemetry.rules.otlp.tallies import (
    Edges,
    Histogram,
    Tally,
    Unmergeable,
    add_histogram,
    add_value,
    histogram_of,
    without,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 10**9
EARLIEST_NS = 946_684_800 * SECOND
LATEST_NS = 4_102_444_800 * SECOND
"""The years 2000 and 2100."""
MOST_COUNTED = 2**53
REPEATED = "repeated"
"""What a point is that came before: no fault, and nothing new."""


class Refused(Exception):
    """A point that is not taken; the reason in words."""


class Total(msgspec.Struct, omit_defaults=True):
    """A running total as it stood at the newest point of its stream."""

    value: float = 0.0
    count: int = 0
    total: float | None = None
    histogram: Histogram | None = None


@dataclass(slots=True)
class Stream:
    """Where a stream of points stands; `newest_ns` is 0 before its first point."""

    began_ns: int = 0
    newest_ns: int = 0
    total: Total | None = None


def stream_key(point: Point) -> str:
    """Return a name for the stream of a point: its attributes and those of what sends it."""
    parts = [sorted(_flat(point.resource)), sorted(_flat(point.attributes))]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _flat(attributes: Attributes) -> list[tuple[str, str]]:
    return [(name, repr(value)) for name, value in attributes.items()]


def matches(point: Point, wanted: Mapping[str, Any]) -> bool:
    """Whether a point, or what sends it, has all these attributes with these values."""
    return all(
        _same(point.attributes.get(name, point.resource.get(name)), value)
        for name, value in wanted.items()
    )


def _same(said: Any, wanted: Any) -> bool:
    """Whether values are the same; what a person wrote is text, so numbers are compared as such."""
    if isinstance(said, bool):
        return str(said).lower() == str(wanted).lower()
    return said is not None and str(said) == str(wanted)


def environment_of(point: Point) -> str:
    """Return where the sender runs, 'production' unless it says otherwise."""
    return text_said("environment", point.attributes, point.resource) or "production"


def segment_of(point: Point, attribute: str) -> str:
    """Return the segment by an attribute, '' without one. Raises Refused where it is not sent."""
    if not attribute:
        return ""
    value = point.attributes.get(attribute, point.resource.get(attribute))
    if value is None or value == "":
        raise Refused(
            worded(
                "The attribute {attribute} that names its segment is missing.", attribute=attribute
            )
        )
    if isinstance(value, list | dict):
        raise Refused(
            worded(
                "The attribute {attribute} that names its segment is no plain value.",
                attribute=attribute,
            )
        )
    return f"{attribute}={str(value)[:60]}"


def window_end_of(at_ns: int, seconds: int) -> datetime:
    """Return the end of the window that an instant lies in, counted from 1970; its end is in it."""
    length = seconds * SECOND
    return EPOCH + timedelta(seconds=-(-at_ns // length) * seconds)


def take(point: Point, stream: Stream, tally: Tally, window_seconds: int) -> str:
    """Add a point to the tally of its window and move its stream on.

    Returns REPEATED for what came before, a note where nothing could be added yet, '' otherwise.
    Raises Refused; then nothing has moved.
    """
    if point.flags & NO_VALUE:
        return "The point says that nothing was recorded."
    _check_instants(point)
    if point.at_ns <= stream.newest_ns:
        return REPEATED
    if point.temporality == DELTA and 0 < point.began_ns < stream.newest_ns:
        raise Refused("The point overlaps in time with one that came before.")
    taker = TAKERS.get(point.kind)
    if taker is None:
        raise Refused("A summary cannot be added up; send a histogram instead.")
    try:
        note, total = taker(point, stream, tally, window_seconds)
    except Unmergeable as error:
        raise Refused(str(error)) from error
    stream.began_ns, stream.newest_ns, stream.total = point.began_ns, point.at_ns, total
    return note


def _check_instants(point: Point) -> None:
    if not EARLIEST_NS <= point.at_ns < LATEST_NS or not 0 <= point.began_ns <= point.at_ns:
        raise Refused("The instants of the point are surely a mistake.")


def _take_gauge(point: Point, stream: Stream, tally: Tally, seconds: int) -> tuple[str, None]:
    add_value(tally, _number(point.value), point.at_ns)
    return "", None


def _take_sum(point: Point, stream: Stream, tally: Tally, seconds: int) -> tuple[str, Total | None]:
    value = _number(point.value)
    if point.monotonic and value < 0:
        raise Refused("A sum that only rises is not negative.")
    if point.temporality == DELTA:
        tally.points += 1
        tally.increase += value
        return "", None
    _require_cumulative(point)
    if not point.monotonic:
        add_value(tally, value, point.at_ns)
    total = Total(value=value)
    since = _since(point, stream, seconds)
    if since is None:
        return FIRST, total
    gained = value - since.value
    if point.monotonic and gained < 0:
        # It fell without saying that it began anew: what it stands at came since.
        gained = value
    tally.points += 0 if not point.monotonic else 1
    tally.increase += gained
    return "", total


def _take_histogram(
    point: Point, stream: Stream, tally: Tally, seconds: int
) -> tuple[str, Total | None]:
    if point.buckets is None or not 0 <= point.count <= MOST_COUNTED:
        raise Refused("The histogram has no buckets, or counts what cannot be.")
    own = histogram_of(point.buckets)
    whole = None if point.total is None else _number(point.total)
    if point.temporality == DELTA:
        add_histogram(tally, own, point.count, whole, Edges(point.lowest, point.highest))
        return "", None
    _require_cumulative(point)
    total = Total(count=point.count, total=whole, histogram=own)
    since = _since(point, stream, seconds)
    if since is None:
        return FIRST, total
    if since.histogram is None:
        add_histogram(tally, own, point.count, whole, Edges(point.lowest, point.highest))
        return "", total
    if point.count < since.count:
        raise Refused("The running total of the histogram fell without a new beginning.")
    gained = None if whole is None or since.total is None else whole - since.total
    left = without(own, since.histogram)
    # The lowest and highest of a running total are those since its beginning, not of the window.
    edges = Edges(point.lowest, point.highest, exact=False)
    add_histogram(tally, left, point.count - since.count, gained, edges)
    return "", total


FIRST = "The first point of a running total: what comes is counted from here."


def _since(point: Point, stream: Stream, seconds: int) -> Total | None:
    """Return what a running total stood at before; nothing at a beginning; None where unknown.

    A beginning within the window of the point, or after the newest point seen, is a reset or a
    start that was seen whole.
    """
    if stream.newest_ns and stream.total is not None and point.began_ns == stream.began_ns:
        return stream.total
    if stream.newest_ns and point.began_ns >= stream.newest_ns:
        return Total()
    began = EPOCH + timedelta(microseconds=point.began_ns // 1000)
    length = timedelta(seconds=seconds)
    if point.began_ns and began >= window_end_of(point.at_ns, seconds) - length:
        return Total()
    return None


def _require_cumulative(point: Point) -> None:
    if point.temporality != CUMULATIVE:
        raise Refused("The point says neither delta nor cumulative.")


def _number(value: float | None) -> float:
    if value is None or not math.isfinite(value):
        raise Refused("NaN and Infinity are no numbers; nothing is recorded as no value.")
    return value


Taker = Callable[[Point, Stream, Tally, int], tuple[str, Total | None]]
TAKERS: Mapping[str, Taker] = {
    "gauge": _take_gauge,
    "sum": _take_sum,
    "histogram": _take_histogram,
    "exponential_histogram": _take_histogram,
}
