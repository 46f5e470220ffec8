"""OTLP as it comes in by HTTP: inflated within bounds, counted before it is decoded, decoded.

Protobuf and JSON, by the specification (https://opentelemetry.io/docs/specs/otlp/, 'OTLP/HTTP').
A protobuf of eight megabytes can hold four million empty messages, which would take ninety times
the memory: so messages are counted on the wire first.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import term, worded
from telemetry.connectors.otlp_json import metrics_of_json, spans_of_json
from telemetry.connectors.otlp_wire import Malformed, count_messages
from telemetry.rules.otlp.shapes import Buckets, Event, Kind, Point, Span

JSON, PROTOBUF = "application/json", "application/x-protobuf"
MOST_MESSAGES = 400_000
"""Most messages in one body, at each depth together: about a thousand spans in full detail."""

MOST_SPANS = 20_000
MOST_POINTS = 20_000
FAILED = 2
"""The status code of a span that failed."""

CHUNK = 64 * 1024


def inflated(body: bytes, encoding: str, *, most: int) -> bytes:
    """Return a body as it was before gzip, of at most `most` bytes. Raises Invalid, TooLarge.

    It is inflated piece by piece, so that a bomb costs no more than that.
    """
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Invalid("encoding_not_supported", "Send the body as it is, or compressed by gzip.")
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        whole = b"".join(_pieces(inflater, body, most))
    except zlib.error as error:
        raise Invalid("malformed_gzip", "The body is no valid gzip.") from error
    if not inflater.eof:
        raise Invalid("malformed_gzip", "The gzip of the body ends too early.")
    if inflater.unused_data:
        raise Invalid("malformed_gzip", "Something follows the gzip of the body.")
    return whole


def _pieces(inflater: Any, body: bytes, most: int) -> Iterable[bytes]:
    size = 0
    while body and not inflater.eof:
        piece = inflater.decompress(body, CHUNK)
        size += len(piece)
        if size > most:
            raise too_large(most)
        yield piece
        body = inflater.unconsumed_tail


def too_large(most: int) -> TooLarge:
    """Return the refusal of a body that is larger than it may be."""
    words = worded(
        "A body holds at most {most} KiB, inflated too; send several smaller ones.",
        most=most // 1024,
    )
    return TooLarge("body_too_large", words)


def decoded_spans(body: bytes, kind: str) -> list[Span]:
    """Return the spans of a body of JSON or PROTOBUF. Raises Invalid, TooLarge."""
    if kind == JSON:
        found = spans_of_json(body, most_objects=MOST_MESSAGES)
    else:
        found = _spans(_parsed(body, ExportTraceServiceRequest()))
    spans = list(islice(found, MOST_SPANS + 1))
    if len(spans) > MOST_SPANS:
        raise TooLarge(
            "too_many_spans",
            worded("One request takes at most {most_spans} spans.", most_spans=MOST_SPANS),
        )
    return spans


def decoded_points(body: bytes, kind: str) -> list[Point]:
    """Return the points of a body of JSON or PROTOBUF. Raises Invalid, TooLarge."""
    if kind == JSON:
        found = metrics_of_json(body, most_objects=MOST_MESSAGES)
    else:
        found = _points(_parsed(body, ExportMetricsServiceRequest()))
    points = list(islice(found, MOST_POINTS + 1))
    if len(points) > MOST_POINTS:
        raise TooLarge(
            "too_many_points",
            worded("One request takes at most {most_points} points.", most_points=MOST_POINTS),
        )
    return points


def _parsed(body: bytes, request: Any) -> Any:
    try:
        found = count_messages(body, request.DESCRIPTOR, most=MOST_MESSAGES)
        if found > MOST_MESSAGES:
            raise TooLarge(
                "too_many_messages",
                worded(
                    "One request takes at most {most_messages} messages, attributes counted.",
                    most_messages=MOST_MESSAGES,
                ),
            )
        request.ParseFromString(body)
    except (Malformed, DecodeError, RecursionError) as error:
        why = term(error.args[0]) if isinstance(error, Malformed) else str(error)
        raise Invalid(
            "malformed_protobuf", worded("The body is no valid protobuf: {why}.", why=why)
        ) from error
    return request


def _spans(request: Any) -> Iterator[Span]:
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield _span(span, resource)


def _span(span: Any, resource: dict[str, Any]) -> Span:
    return Span(
        trace_id=_identifier(span.trace_id, 16),
        span_id=_identifier(span.span_id, 8),
        parent_id=_identifier(span.parent_span_id, 8),
        name=span.name,
        began_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
        failed=span.status.code == FAILED,
        attributes=_attributes(span.attributes),
        resource=resource,
        events=[Event(event.name, _attributes(event.attributes)) for event in span.events],
    )


def _identifier(raw: bytes, length: int) -> str:
    """Return an id as hex; '' for one of another length, or of zeros, which is none."""
    return raw.hex() if len(raw) == length and any(raw) else ""


def _points(request: Any) -> Iterator[Point]:
    for resource_metrics in request.resource_metrics:
        resource = _attributes(resource_metrics.resource.attributes)
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                yield from _of_metric(metric, resource)


def _of_metric(metric: Any, resource: dict[str, Any]) -> Iterable[Point]:
    kind: Kind | None = metric.WhichOneof("data")
    if kind is None:
        return
    data = getattr(metric, kind)
    temporality = getattr(data, "aggregation_temporality", 0)
    monotonic = getattr(data, "is_monotonic", False)
    for one in data.data_points:
        given = _number(one) if kind in ("gauge", "sum") else _recorded(one, kind)
        yield Point(
            metric=metric.name,
            unit=metric.unit,
            kind=kind,
            attributes=_attributes(one.attributes),
            resource=resource,
            began_ns=one.start_time_unix_nano,
            at_ns=one.time_unix_nano,
            temporality=temporality,
            monotonic=monotonic,
            flags=one.flags,
            **given,
        )


def _number(one: Any) -> dict[str, Any]:
    chosen = one.WhichOneof("value")
    return {"value": None if chosen is None else float(getattr(one, chosen))}


def _recorded(one: Any, kind: Kind) -> dict[str, Any]:
    given: dict[str, Any] = {"count": one.count}
    if kind == "summary":
        return given
    for ours, theirs in (("total", "sum"), ("lowest", "min"), ("highest", "max")):
        if one.HasField(theirs):
            given[ours] = getattr(one, theirs)
    return given | {"buckets": _buckets(one, kind)}


def _buckets(one: Any, kind: Kind) -> Buckets:
    if kind == "histogram":
        return Buckets(bounds=list(one.explicit_bounds), counts=list(one.bucket_counts))
    return Buckets(
        scale=one.scale,
        zero=one.zero_count,
        positive=_indexed(one.positive.offset, one.positive.bucket_counts),
        negative=_indexed(one.negative.offset, one.negative.bucket_counts),
    )


def _indexed(offset: int, counts: Sequence[int]) -> dict[int, int]:
    return {offset + place: n for place, n in enumerate(counts) if n}


def _attributes(given: Iterable[KeyValue]) -> dict[str, Any]:
    return {one.key: _value(one.value) for one in given}


def _value(given: AnyValue) -> Any:
    chosen = given.WhichOneof("value")
    if chosen is None:
        return None
    found = getattr(given, chosen)
    if chosen == "array_value":
        return [_value(one) for one in found.values]
    if chosen == "kvlist_value":
        return _attributes(found.values)
    return found.hex() if chosen == "bytes_value" else found
