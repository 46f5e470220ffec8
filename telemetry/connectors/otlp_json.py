"""OTLP in JSON: typed decoding, hex ids, numbers of 64 bits as text; unknown names are ignored.

By the specification (https://opentelemetry.io/docs/specs/otlp/, 'JSON Protobuf Encoding').
"""

import math
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import worded
from telemetry.rules.doubled import refuse_doubled_names
from telemetry.rules.otlp.shapes import Buckets, Event, Kind, Point, Span
from telemetry.rules.parsing import malformed

Whole = int | Annotated[str, Meta(pattern=r"^-?\d{1,20}\Z")] | None
Real = float | str | None
WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
FAILED = 2
MOST_VALUES = 3


class _Struct(msgspec.Struct, rename="camel", gc=False):
    """What JSON holds, by lower camel case."""


class _Value(_Struct):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: Whole = None
    double_value: Real = None
    array_value: "_Array | None" = None
    kvlist_value: "_Pairs | None" = None
    bytes_value: str | None = None


class _Array(_Struct):
    values: list[_Value] | None = None


class _Pair(_Struct):
    key: str = ""
    value: _Value | None = None


class _Pairs(_Struct):
    values: list[_Pair] | None = None


class _Resource(_Struct):
    attributes: list[_Pair] | None = None


class _Event(_Struct):
    name: str = ""
    attributes: list[_Pair] | None = None


class _Status(_Struct):
    code: int = 0


class _Span(_Struct):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str | None = None
    name: str = ""
    start_time_unix_nano: Whole = None
    end_time_unix_nano: Whole = None
    attributes: list[_Pair] | None = None
    events: list[_Event] | None = None
    status: _Status | None = None


class _ScopeSpans(_Struct):
    spans: list[_Span] | None = None


class _ResourceSpans(_Struct):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] | None = None


class _Traces(_Struct):
    resource_spans: list[_ResourceSpans] | None = None


class _Buckets(_Struct):
    offset: int = 0
    bucket_counts: list[Whole] | None = None


class _Point(_Struct):
    attributes: list[_Pair] | None = None
    start_time_unix_nano: Whole = None
    time_unix_nano: Whole = None
    flags: int = 0
    as_double: Real = None
    as_int: Whole = None
    count: Whole = None
    sum: Real = None
    min: Real = None
    max: Real = None
    bucket_counts: list[Whole] | None = None
    explicit_bounds: list[Real] | None = None
    scale: int = 0
    zero_count: Whole = None
    positive: _Buckets | None = None
    negative: _Buckets | None = None


class _Data(_Struct):
    data_points: list[_Point] | None = None
    aggregation_temporality: int = 0
    is_monotonic: bool = False


class _Metric(_Struct):
    name: str = ""
    unit: str = ""
    gauge: _Data | None = None
    sum: _Data | None = None
    histogram: _Data | None = None
    exponential_histogram: _Data | None = None
    summary: _Data | None = None


class _ScopeMetrics(_Struct):
    metrics: list[_Metric] | None = None


class _ResourceMetrics(_Struct):
    resource: _Resource | None = None
    scope_metrics: list[_ScopeMetrics] | None = None


class _Metrics(_Struct):
    resource_metrics: list[_ResourceMetrics] | None = None


KINDS: tuple[Kind, ...] = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
_traces = msgspec.json.Decoder(_Traces)
_metrics = msgspec.json.Decoder(_Metrics)


def spans_of_json(body: bytes, *, most_objects: int) -> Iterator[Span]:
    """Yield the spans of a document. Raises Invalid with the place, TooLarge."""
    document = _decoded(body, _traces, most_objects)
    for group in document.resource_spans or ():
        resource = _resource(group.resource)
        for scope in group.scope_spans or ():
            for span in scope.spans or ():
                yield _span(span, resource)


def metrics_of_json(body: bytes, *, most_objects: int) -> Iterator[Point]:
    """Yield the points of a document. Raises Invalid with the place, TooLarge."""
    document = _decoded(body, _metrics, most_objects)
    for group in document.resource_metrics or ():
        resource = _resource(group.resource)
        for scope in group.scope_metrics or ():
            for metric in scope.metrics or ():
                yield from _points(metric, resource)


def _decoded(body: bytes, decoder: Any, most_objects: int) -> Any:
    """Decode what cannot grow too large: every object has a brace, every value a comma."""
    if body.count(b"{") > most_objects or body.count(b",") > MOST_VALUES * most_objects:
        raise TooLarge("too_many_values", "The document holds too many values; send several.")
    try:
        document = decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise malformed(error, body) from error
    refuse_doubled_names(body)
    return document


def _resource(given: _Resource | None) -> dict[str, Any]:
    return _attributes(given.attributes) if given else {}


def _span(given: _Span, resource: dict[str, Any]) -> Span:
    return Span(
        trace_id=_identifier(given.trace_id, 32),
        span_id=_identifier(given.span_id, 16),
        parent_id=_identifier(given.parent_span_id or "", 16),
        name=given.name,
        began_ns=_whole(given.start_time_unix_nano),
        ended_ns=_whole(given.end_time_unix_nano),
        failed=given.status is not None and given.status.code == FAILED,
        attributes=_attributes(given.attributes),
        resource=resource,
        events=[Event(event.name, _attributes(event.attributes)) for event in given.events or ()],
    )


def _identifier(text: str, length: int) -> str:
    """Return an id in lower-case hex; '' for what is none: another length, no hex, zeros."""
    lower = text.lower()
    if len(lower) != length or not set(lower) <= set("0123456789abcdef"):
        return ""
    return lower if lower.strip("0") else ""


def _points(metric: _Metric, resource: dict[str, Any]) -> Iterable[Point]:
    kind = next((one for one in KINDS if getattr(metric, one) is not None), None)
    if kind is None:
        return
    data: _Data = getattr(metric, kind)
    for one in data.data_points or ():
        yield Point(
            metric=metric.name,
            unit=metric.unit,
            kind=kind,
            attributes=_attributes(one.attributes),
            resource=resource,
            began_ns=_whole(one.start_time_unix_nano),
            at_ns=_whole(one.time_unix_nano),
            temporality=data.aggregation_temporality,
            monotonic=data.is_monotonic,
            flags=one.flags,
            value=_real(one.as_double) if one.as_int is None else float(_whole(one.as_int)),
            count=_whole(one.count),
            total=_real(one.sum),
            lowest=_real(one.min),
            highest=_real(one.max),
            buckets=_buckets(one, kind),
        )


def _buckets(one: _Point, kind: Kind) -> Buckets | None:
    if kind == "histogram":
        bounds = [_real(bound) for bound in one.explicit_bounds or ()]
        return Buckets(
            bounds=[math.nan if bound is None else bound for bound in bounds],
            counts=[_whole(n) for n in one.bucket_counts or ()],
        )
    if kind != "exponential_histogram":
        return None
    return Buckets(
        scale=one.scale,
        zero=_whole(one.zero_count),
        positive=_indexed(one.positive),
        negative=_indexed(one.negative),
    )


def _indexed(given: _Buckets | None) -> dict[int, int]:
    if given is None:
        return {}
    counts = enumerate(given.bucket_counts or ())
    return {given.offset + place: whole for place, n in counts if (whole := _whole(n))}


def _attributes(given: Iterable[_Pair] | None) -> dict[str, Any]:
    return {one.key: _value(one.value) for one in given or ()}


def _value(given: _Value | None) -> Any:
    if given is None:
        return None
    if given.array_value is not None:
        return [_value(one) for one in given.array_value.values or ()]
    if given.kvlist_value is not None:
        return _attributes(given.kvlist_value.values)
    if given.int_value is not None:
        return _whole(given.int_value)
    if given.double_value is not None:
        return _real(given.double_value)
    plain = (given.string_value, given.bool_value, given.bytes_value)
    return next((one for one in plain if one is not None), None)


def _whole(given: int | str | None) -> int:
    return int(given or 0)


def _real(given: float | str | None) -> float | None:
    if given is None or isinstance(given, float):
        return given
    if isinstance(given, str):
        return WORDS[given] if given in WORDS else _number(given)
    return float(given)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        words = worded("The body is no valid OTLP: {text!r} is no number.", text=text[:40])
        raise Invalid("invalid_document", words) from error
