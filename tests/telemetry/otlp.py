"""OTLP as tests need it: spans and points, every argument defaulted; bodies of real protobuf."""

import datetime as dt

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from telemetry.rules.otlp.shapes import CUMULATIVE, DELTA, Buckets, Event, Point, Span

AT_NS = int(dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC).timestamp()) * 10**9
SECOND = 10**9
TRACE = "5b8efff798038103d269b633813fc60c"


def span(number=1, *, operation="chat", parent=0, ms=250, trace=TRACE, resource=None, **changes):
    """A span of a model's call; `number` and `parent` are its id and that of the one above."""
    attributes = {"gen_ai.operation.name": operation} if operation else {}
    ended_ns = changes.pop("ended_ns", AT_NS)
    return Span(
        trace_id=trace,
        span_id=f"{number:016x}",
        parent_id=f"{parent:016x}" if parent else "",
        name=changes.pop("name", operation or "GET /"),
        began_ns=ended_ns - ms * 10**6,
        ended_ns=ended_ns,
        failed=changes.pop("failed", False),
        attributes=attributes | changes.pop("attributes", {}),
        resource={"service.name": "claims-bot", "service.version": "2.3"} | (resource or {}),
        events=[Event(*one) for one in changes.pop("events", ())],
    )


def gauge(value=0.9, *, seconds=0, **changes):
    """A point of a gauge, so many seconds after AT."""
    return Point(**_point("gauge", seconds, changes) | {"value": value})


def total(value=10.0, *, seconds=0, began=-30, monotonic=True, delta=False, **changes):
    """A point of a sum; cumulative since `began` seconds after AT, or the delta since then."""
    return Point(
        **_point("sum", seconds, changes)
        | {
            "value": value,
            "began_ns": AT_NS + began * SECOND if began is not None else 0,
            "temporality": DELTA if delta else CUMULATIVE,
            "monotonic": monotonic,
        }
    )


def histogram(counts, *, bounds=(10.0, 20.0, 50.0), seconds=0, began=-30, delta=True, **changes):
    """A histogram with explicit bounds."""
    edges = {name: changes.pop(name, None) for name in ("lowest", "highest")}
    return Point(
        **_point("histogram", seconds, changes)
        | edges
        | {
            "began_ns": AT_NS + began * SECOND,
            "temporality": DELTA if delta else CUMULATIVE,
            "count": sum(counts),
            "total": 25.0 * sum(counts),
            "buckets": Buckets(bounds=bounds, counts=counts),
        }
    )


def _point(kind, seconds, changes):
    return {
        "metric": changes.pop("metric", "app.answers"),
        "unit": changes.pop("unit", "1"),
        "kind": kind,
        "attributes": changes.pop("attributes", {}),
        "resource": {"service.name": "claims-bot"} | changes.pop("resource", {}),
        "began_ns": 0,
        "at_ns": AT_NS + seconds * SECOND,
        "flags": changes.pop("flags", 0),
    }


def export_of(*names, service="claims-bot", at_ns=AT_NS, model="m-1", version="2.3", **more):
    """A request of real protobuf with a chat by each of these span ids' numbers."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    for key, value in {"service.name": service, "service.version": version}.items():
        group.resource.attributes.add(key=key).value.string_value = value
    scope = group.scope_spans.add()
    for number in names:
        one = scope.spans.add(
            trace_id=bytes.fromhex(TRACE),
            span_id=number.to_bytes(8, "big"),
            name="chat",
            start_time_unix_nano=at_ns - 10**8,
            end_time_unix_nano=at_ns,
        )
        told = {"gen_ai.operation.name": "chat", "gen_ai.response.model": model} | more
        for key, value in told.items():
            one.attributes.add(key=key).value.string_value = value
    return request
