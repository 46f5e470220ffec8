"""The ways in over HTTP, with a sound document of each, and how it is spoilt by kind."""

import json
import re
import zlib
from dataclasses import dataclass

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from outbox import clock
from tests.governance.otlp import METRICS, PROTOBUF, TRACES
from tests.governance.test_hostile_input import field
from tests.telemetry.factory import START, event, label, row
from tests.telemetry.otlp import export_of

MEGABYTE = 2**20
JSON, LINES = "application/json", "application/x-ndjson"
FORMULA = "=cmd|' /C calc'!A0"
LATER = "2099-01-01T00:00:00Z"
KINDS = ("oversized", "deep", "bomb", "columns", "formula", "protobuf", "clock", "unit", "doubled")


@dataclass(frozen=True)
class World:
    """A live system with all that its ways in need."""

    system: object
    canaries: object
    connector: object


@dataclass(frozen=True)
class Way:
    """A way in over HTTP: its address, its format, and a sound document that is spoilt."""

    path: str
    sound: object
    kind: str = JSON

    def body(self, world, **changes):
        """The document as bytes, with changes in its innermost row."""
        document = self.sound(world, changes)
        return document if isinstance(document, bytes) else json.dumps(document).encode()


def now_ns():
    """Two minutes ago, as OTLP says it."""
    return (int(clock.now().timestamp()) - 120) * 10**9


def gauge_of(world, changes):
    """An export of one gauge, as OTLP writes it in JSON."""
    name = changes.pop("system", world.system.slug)
    unit = changes.pop("unit", "1")
    point = {"timeUnixNano": str(now_ns()), "asDouble": 0.9} | changes
    metric = {"name": "m", "unit": unit, "gauge": {"dataPoints": [point]}}
    return {
        "resourceMetrics": [
            {
                "resource": {
                    "attributes": [{"key": "service.name", "value": {"stringValue": name}}]
                },
                "scopeMetrics": [{"metrics": [metric]}],
            }
        ]
    }


def span_of(world, changes):
    """An export of one span, as OTLP writes it in JSON."""
    name = changes.pop("system", world.system.slug)
    span = {
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "0000000000000001",
        "name": "chat", "startTimeUnixNano": str(now_ns()), "endTimeUnixNano": str(now_ns()),
        "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}],
    } | changes  # fmt: skip
    return {
        "resourceSpans": [
            {
                "resource": {
                    "attributes": [{"key": "service.name", "value": {"stringValue": name}}]
                },
                "scopeSpans": [{"spans": [span]}],
            }
        ]
    }


def alert_of(world, changes):
    """A delivery of one alert that carries a reading."""
    value = changes.pop("unit", "0.9")
    labels = {
        "alertname": "Low", "system": changes.pop("system", world.system.slug),
        "severity": "critical", "countersign_kpi": "accuracy", "countersign_window": "1d",
    } | changes  # fmt: skip
    return {
        "version": "4",
        "alerts": [
            {
                "status": "firing", "labels": labels, "startsAt": START.isoformat(),
                "annotations": {"countersign_value": value}, "fingerprint": "f1",
            }
        ],
    }  # fmt: skip


def histogram_of(world, changes):
    """A delivery of one histogram."""
    return {
        "histograms": [
            {
                "system": world.system.slug, "feature": "age", "window": "1d",
                "counts": [25, 25], "window_end": START.isoformat(), "edges": [0, 40, 120],
            }
            | changes
        ]
    }  # fmt: skip


def report_of(world, changes):
    """A report of Evidently."""
    del world
    value = changes.pop("system", changes.pop("unit", 0.9))
    made = changes.pop("timestamp", "2026-11-01 06:00:00")
    metric = {"metric_name": "Accuracy()", "config": {}, "value": value} | changes
    return {"timestamp": made, "metrics": [metric]}


def run_of(world, changes):
    """A run of a canary set."""
    del world
    asked = changes.pop("system", "q1")
    ran = changes.pop("ran_at", START.isoformat())
    return {"answers": {asked: "2"} | changes, "ran_at": ran}


def metric_bytes(world, changes):
    """An export of one gauge in protobuf."""
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add()
    name = changes.get("system", world.system.slug)
    group.resource.attributes.add(key="service.name").value.string_value = name
    metric = group.scope_metrics.add().metrics.add(name="m", unit=changes.get("unit", "1"))
    metric.gauge.data_points.add(time_unix_nano=changes.get("at_ns", now_ns()), as_double=0.9)
    return request.SerializeToString()


def span_bytes(world, changes):
    """An export of one span in protobuf."""
    name = changes.get("system", world.system.slug)
    return export_of(1, service=name, at_ns=changes.get("at_ns", now_ns())).SerializeToString()


def rows_of(key, one):
    """A document with one row under a key."""
    return lambda world, changes: {key: [one(world.system) | changes]}


def line_of(one):
    """One row on a line of its own."""
    return lambda world, changes: json.dumps(one(world.system) | changes).encode() + b"\n"


API = "/api/v1"
WAYS = {
    "measurements": Way(f"{API}/measurements", rows_of("measurements", row)),
    "measurements as lines": Way(f"{API}/measurements", line_of(row), LINES),
    "decisions": Way(f"{API}/decisions", rows_of("events", event)),
    "decisions as lines": Way(f"{API}/decisions", line_of(event), LINES),
    "labels": Way(f"{API}/labels", rows_of("labels", label)),
    "labels as lines": Way(f"{API}/labels", line_of(label), LINES),
    "histograms": Way(f"{API}/histograms", histogram_of),
    "heartbeats": Way(
        f"{API}/heartbeats", lambda world, changes: {"system": world.system.slug} | changes
    ),
    "canary runs": Way(f"{API}/canary-sets/{{canaries}}/runs", run_of),
    "alerts": Way(f"{API}/alerts", alert_of),
    "reports": Way(f"{API}/connectors/{{connector}}/report", report_of),
    "traces in JSON": Way(TRACES, span_of),
    "traces in protobuf": Way(TRACES, span_bytes, PROTOBUF),
    "metrics in JSON": Way(METRICS, gauge_of),
    "metrics in protobuf": Way(METRICS, metric_bytes, PROTOBUF),
}  # fmt: skip
FIXED = "OTLP fixes the units of a span"
NOT_BY_THIS_WAY = {
    ("heartbeats", "clock"): "a sign of life counts when it is heard",
    ("heartbeats", "unit"): "it carries no figure",
    ("canary runs", "unit"): "it carries texts",
    ("alerts", "clock"): "what began in the future began when it was heard: test_alerts_webhook",
    ("traces in JSON", "unit"): FIXED,
    ("traces in protobuf", "unit"): FIXED,
    ("traces in protobuf", "doubled"): "protobuf says which counts: the last",
    ("metrics in protobuf", "doubled"): "protobuf says which counts: the last",
}
LATE_NS = 4 * 10**18
CLOCK = {
    "decisions": {"at": LATER}, "decisions as lines": {"at": LATER},
    "labels": {"labelled_at": LATER}, "labels as lines": {"labelled_at": LATER},
    "canary runs": {"ran_at": LATER}, "reports": {"timestamp": LATER},
    "traces in JSON": {"endTimeUnixNano": str(LATE_NS)}, "traces in protobuf": {"at_ns": LATE_NS},
    "metrics in JSON": {"timeUnixNano": str(LATE_NS)}, "metrics in protobuf": {"at_ns": LATE_NS},
}  # fmt: skip
UNIT = {
    "alerts": {"unit": "90 furlong"}, "reports": {"unit": "90 %"},
    "metrics in JSON": {"unit": "furlong"}, "metrics in protobuf": {"unit": "furlong"},
}  # fmt: skip


def bomb():
    """Thirty-two megabytes of zeros as gzip."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    pieces = [deflate.compress(bytes(MEGABYTE)) for _ in range(32)]
    return b"".join([*pieces, deflate.flush()])


def spoilt(way, kind, name, world):
    """The body of a cell, its content type, and the headers that go with it."""
    if kind == "oversized":
        return b" " * 34 * MEGABYTE, way.kind, {}
    if kind == "bomb":
        return bomb(), way.kind, {"HTTP_CONTENT_ENCODING": "gzip"}
    if kind == "protobuf":
        return b"\x0a\xff\xff\xff\xff\x0f\x0a\x00", way.kind, {}
    if kind == "formula":
        return way.body(world, system=FORMULA), way.kind, {}
    if kind == "clock":
        late = AGAIN.get(name, {}) | CLOCK.get(name, {"window_end": LATER})
        return way.body(world, **late), way.kind, {}
    if kind == "unit":
        return way.body(world, **UNIT.get(name, {"unit": "furlong"})), way.kind, {}
    return SPOILT[kind](way, world), way.kind, {}


def deeper(way, world):
    """A value, a list in a list, thousands of times."""
    if way.kind == PROTOBUF:
        value = b"\x0a\x01a"
        for _ in range(500):
            value = field(5, field(1, value))
        return field(1, field(1, field(1, field(2, value))))
    sound = way.body(world, value="DEEP")
    nested = b"[" * 20_000 + b"]" * 20_000
    return sound.replace(b'"DEEP"', nested) if b'"DEEP"' in sound else nested


def wider(way, world):
    """Half a million members of one object, or as many messages."""
    if way.kind == PROTOBUF:
        return b"\x0a\x00" * 500_000
    members = b",".join(b'"c%d":{}' % number for number in range(500_000))
    return way.body(world, wide=1).replace(b'"wide": 1', members)


def doubled(way, world):
    """A sound document but for one member that stands twice."""
    return MEMBER.sub(rb"\1, \1", way.body(world), count=1)


MEMBER = re.compile(rb'("\w+": (?:"[^"]*"|[0-9.]+))')
# What another way has brought already would be known, and not counted.
AGAIN = {
    "measurements as lines": {"kpi": "f1"}, "decisions as lines": {"event_id": "e-1"},
    "labels as lines": {"event_id": "e-1"}, "alerts": {"countersign_kpi": "recall"},
}  # fmt: skip
SPOILT = {"deep": deeper, "columns": wider, "doubled": doubled}
CELLS = [(name, kind) for name in WAYS for kind in KINDS if (name, kind) not in NOT_BY_THIS_WAY]
