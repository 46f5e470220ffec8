"""TEL-1, TEL-3: hostile input through every way in: a refusal in words, bounded memory, no halves.

Memory is the peak that Python's own allocator saw while the request was served. What C libraries
take beside it is bounded by the numbers of messages and values that are counted before decoding.
"""

import gzip
import json
import tracemalloc
import zlib

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from governance.models import AlertNotice, Arrival, MetricStream, MetricWindow, SpanPart
from governance.rules.mappings import Mapped
from governance.services.doors import map_metric
from incidents.models import Incident
from telemetry.connectors import otlp
from telemetry.models import Batch, DecisionEvent, Measurement, QuarantinedReading, Series
from tests.governance.otlp import METRICS, PROTOBUF, TRACES, sender, status_of
from tests.registry import factories as registry
from tests.telemetry.factory import START, measured
from tests.telemetry.otlp import export_of

pytestmark = pytest.mark.django_db
MEASUREMENTS, DECISIONS = "/api/v1/measurements", "/api/v1/decisions"
LABELS, ALERTS = "/api/v1/labels", "/api/v1/alerts"
JSON, LINES = "application/json", "application/x-ndjson"
MEGABYTE = 2**20
MOST = 160 * MEGABYTE
STORED = (Measurement, DecisionEvent, Series, Batch, QuarantinedReading, AlertNotice, Incident,
          MetricStream, MetricWindow, SpanPart, Arrival)  # fmt: skip


@pytest.fixture(autouse=True)
def no_throttle():
    cache.clear()


@pytest.fixture
def system():
    """A system that is live, without thresholds."""
    return measured(stated=None)


@pytest.fixture
def attack(client, system):
    """Send a body by some way in, and see to it that it costs little and leaves nothing."""

    def send(path, body, kind=JSON, **headers):
        post = sender(client, path, [system])
        before = [model.objects.count() for model in STORED]
        tracemalloc.start()
        answer = post(body, content_type=kind, **headers)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MOST, f"{peak / MEGABYTE:.0f} MiB"
        assert [model.objects.count() for model in STORED] == before
        return answer

    return send


def told(answer):
    """What a refusal says, in whichever format it came."""
    if answer["content-type"] == PROTOBUF:
        return status_of(answer)[1]
    body = answer.json()
    return body.get("detail") or body["message"]


def deep(name, depth=20_000):
    """A document whose rows are lists in lists."""
    return b'{"' + name + b'": ' + b"[" * depth + b"]" * depth + b"}"


def field(number, body):
    """A protobuf field of a length."""
    length, head = len(body), bytearray([number << 3 | 2])
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*head, length]) + body


def bomb(size):
    """So many zeros, as gzip."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    pieces = [deflate.compress(bytes(MEGABYTE)) for _ in range(size // MEGABYTE)]
    return b"".join([*pieces, deflate.flush()])


WAYS = [(MEASUREMENTS, b"measurements"), (DECISIONS, b"events"), (LABELS, b"labels"),
        (ALERTS, b"alerts"), (TRACES, b"resourceSpans"), (METRICS, b"resourceMetrics")]  # fmt: skip


@pytest.mark.parametrize(("path", "name"), WAYS)
def test_deeply_nested_json_is_refused_in_words(attack, path, name):
    answer = attack(path, deep(name))

    assert answer.status_code == 400
    assert told(answer)


@pytest.mark.parametrize("path", [path for path, _ in WAYS])
@pytest.mark.parametrize("body", [b"{", b"\xff\xfe{}", b'{"a": nul', b"[]", b'"text"', b"null"])
def test_what_is_no_document_is_refused_in_words(attack, path, body):
    answer = attack(path, body)

    assert answer.status_code == 400
    assert told(answer)


@pytest.mark.parametrize("path", [path for path, _ in WAYS])
def test_a_body_beyond_all_measure_is_refused_unread(attack, settings, path):
    settings.INGEST_MAX_BYTES = settings.OTLP_MAX_BYTES = MEGABYTE

    answer = attack(path, b" " * (3 * MEGABYTE))

    assert answer.status_code == 413
    assert told(answer)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (MEASUREMENTS, '{"measurements": [{"value": 1, "value": 2}]}'),
        (MEASUREMENTS, '{"measurements": [], "measurements": []}'),
        (DECISIONS, '{"events": [{"answer": "yes", "answer": "no"}]}'),
        (ALERTS, '{"version": "4", "alerts": [], "alerts": []}'),
        (TRACES, '{"resourceSpans": [], "resourceSpans": []}'),
        (METRICS, '{"resourceMetrics": [{"resource": {}, "resource": {}}]}'),
    ],
)
def test_two_members_of_one_name_are_refused_in_words(attack, path, wrong):
    answer = attack(path, wrong.encode())

    assert answer.status_code == 400
    assert "stands twice" in told(answer)


def test_a_doubled_member_is_found_in_a_large_body_too(attack, system):
    row = {"system": system.slug, "kpi": "accuracy", "window": "1d", "value": 0.9}
    rows = [row | {"window_end": f"2026-{month:02}-{day:02}T00:00:00Z"}
            for month in range(1, 11) for day in range(1, 29)]  # fmt: skip
    body = json.dumps({"measurements": rows * 2})
    assert len(body) > 32 * 1024

    answer = attack(
        MEASUREMENTS, body.replace('"value": 0.9', '"value": 0.1, "value": 0.9', 1).encode()
    )

    assert "stands twice" in told(answer)


@pytest.mark.parametrize("path", [TRACES, METRICS])
@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
def test_a_gzip_bomb_is_inflated_no_further_than_a_body_may_be_long(attack, path, kind):
    packed = bomb(32 * MEGABYTE)

    answer = attack(path, packed, kind, HTTP_CONTENT_ENCODING="gzip")

    assert len(packed) < MEGABYTE
    assert (answer.status_code, answer["content-type"]) == (413, kind)
    assert "inflated too" in told(answer)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"no gzip", "no valid gzip"),
        (gzip.compress(b"{}" * 1000)[:-9], "too early"),
        (gzip.compress(b"{}") + b"more", "follows"),
        (gzip.compress(b"{}")[:-8] + bytes(4) + gzip.compress(b"{}")[-4:], "no valid gzip"),
    ],
)
def test_a_broken_gzip_is_refused_in_words(attack, body, words):
    answer = attack(TRACES, body, JSON, HTTP_CONTENT_ENCODING="gzip")

    assert answer.status_code == 400
    assert words in told(answer)


@pytest.mark.parametrize("path", [MEASUREMENTS, DECISIONS, ALERTS])
def test_ways_that_take_no_encoding_say_so(attack, path):
    answer = attack(path, gzip.compress(b"{}"), HTTP_CONTENT_ENCODING="gzip")

    assert answer.json()["code"] == "encoding_not_supported"


def test_an_encoding_that_nobody_knows_is_refused(attack):
    answer = attack(TRACES, b"x", PROTOBUF, HTTP_CONTENT_ENCODING="br")

    assert "gzip" in told(answer)


SOUND = export_of(1, 2, 3).SerializeToString()


def swarms(number):
    """So many messages without content, at each depth."""
    empty = b"\x0a\x00" * number
    return [
        empty,
        field(1, field(2, b"\x12\x00" * number)),
        field(1, field(2, field(2, b"\x4a\x00" * number))),
        field(1, field(2, field(2, field(9, field(2, field(5, empty)))))),
    ]


@pytest.mark.parametrize("body", swarms(20_000))
def test_a_swarm_of_empty_messages_is_refused_before_it_is_decoded(attack, monkeypatch, body):
    monkeypatch.setattr(otlp, "MOST_MESSAGES", 2000)

    answer = attack(TRACES, body, PROTOBUF)

    assert answer.status_code == 413
    assert "messages" in told(answer)


# Eight megabytes of these would take seven hundred as objects.
@pytest.mark.full
@pytest.mark.parametrize("body", swarms(4 * 1000 * 1000))
def test_a_swarm_as_large_as_a_body_may_be_is_refused(attack, body):
    assert attack(TRACES, body, PROTOBUF).status_code == 413


def test_a_swarm_of_empty_objects_is_refused_before_it_is_decoded(attack):
    answer = attack(TRACES, b'{"resourceSpans": [' + b"{}," * (2 * MEGABYTE) + b"{}]}")

    assert answer.status_code == 413


def nested(depth):
    """A span with an attribute that is a list in a list."""
    value = b"\x0a\x01a"
    for _ in range(depth):
        value = field(5, field(1, value))
    return field(1, field(2, field(2, field(9, field(2, value)))))


def test_an_attribute_that_is_nested_too_deeply_is_refused_in_words(attack):
    assert "no valid protobuf" in told(attack(TRACES, nested(500), PROTOBUF))


@pytest.mark.parametrize(
    "body",
    [
        SOUND[:-3],
        b"\xff" * 40,
        b"\x0a\xff\xff\xff\xff\x0f",
        b"\x0f",
        field(1, field(2, field(2, field(5, b"\xff\xfe")))),
        b'{"resourceSpans": []}',
    ],
)
@pytest.mark.parametrize("path", [TRACES, METRICS])
def test_wrong_and_cut_off_protobuf_is_refused_in_words(attack, path, body):
    answer = attack(path, body, PROTOBUF)

    assert (answer.status_code, answer["content-type"]) == (400, PROTOBUF)
    assert "no valid protobuf" in told(answer)


def test_too_many_spans_are_refused_together(attack, monkeypatch):
    monkeypatch.setattr(otlp, "MOST_SPANS", 20)
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for _ in range(21):
        scope.spans.add()

    answer = attack(TRACES, request.SerializeToString(), PROTOBUF)

    assert answer.status_code == 413
    assert "20 spans" in told(answer)


HUGE = [
    {"timeUnixNano": "18446744073709551615", "asDouble": 1.0},
    {"timeUnixNano": "99999999999999999999", "asDouble": 1.0},
    {"timeUnixNano": "-5", "asDouble": 1.0},
    {"timeUnixNano": "1", "asDouble": "NaN"},
    {"timeUnixNano": "1", "asInt": "9" * 20},
]


@pytest.mark.parametrize("point", HUGE)
def test_numbers_beyond_all_measure_are_refused_in_words(client, system, point):
    registry.call(_map, system=system)
    body = _gauge(system, point)

    answer = sender(client, METRICS, [system])(json.dumps(body).encode(), content_type=JSON)

    said = answer.json()["partialSuccess"]
    assert (answer.status_code, said["rejectedDataPoints"]) == (200, "1")
    assert said["errorMessage"]
    assert not MetricWindow.objects.exists()


def _map(*, system, actor, at):
    given = Mapped("m", "accuracy", "last", "1m", unit="1")
    return map_metric(system=system, given=given, actor=actor, at=at)


def _gauge(system, point, unit="1"):
    name = {"key": "service.name", "value": {"stringValue": system.slug}}
    return {
        "resourceMetrics": [
            {
                "resource": {"attributes": [name]},
                "scopeMetrics": [
                    {"metrics": [{"name": "m", "unit": unit, "gauge": {"dataPoints": [point]}}]}
                ],
            }
        ]
    }


@pytest.mark.parametrize("text", ["x" * 30, "1e", "--1", "0x10"])
def test_a_number_that_is_none_is_refused_with_the_word(attack, system, text):
    body = _gauge(system, {"timeUnixNano": "1", "asDouble": text})

    answer = attack(METRICS, json.dumps(body).encode())

    assert answer.status_code == 400
    assert "is no number" in told(answer)


def test_nul_in_every_place_of_a_span_breaks_nothing(client, system):
    nul = "a\x00b"
    told_of = {
        "gen_ai.conversation.id": nul,
        "gen_ai.output.messages": nul,
        f"countersign.segment.{nul}": nul,
    }
    request = export_of(1, service=system.slug, **told_of)
    request.resource_spans[0].scope_spans[0].spans[0].name = nul

    answer = sender(client, TRACES, [system])(request)

    assert answer.status_code == 200
    assert not DecisionEvent.objects.exists()


def test_a_clock_that_is_wrong_is_told_and_nothing_of_it_is_judged(client, system):
    future = export_of(1, service=system.slug, at_ns=4 * 10**18)
    past = export_of(2, service=system.slug, at_ns=10**9)
    post = sender(client, TRACES, [system])

    said = [post(request).content.decode("utf-8", "replace") for request in (future, past)]

    assert "lies in the future" in said[0]
    assert "before the year 2000" in said[1]
    assert not DecisionEvent.objects.exists()


def upload(client, system, content):
    """Send a CSV as the owner does."""
    registry.sign_in(client, system.owner)
    file = SimpleUploadedFile("readings.csv", content, "text/csv")
    return client.post("/api/v1/uploads/", {"file": file, "kind": "measurements"})


HEAD = b"system,kpi,window,window_end,value\n"


def test_a_csv_with_a_million_columns_is_refused_in_words(client, system):
    tracemalloc.start()
    answer = upload(client, system, b"a," * MEGABYTE + b"\n" + b"1," * MEGABYTE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (answer.status_code, told(answer)) == (413, "Line 1 is longer than is read.")
    assert peak < MOST
    assert not Measurement.objects.exists()


def test_a_csv_with_a_thousand_short_columns_is_refused_in_words(client, system):
    names = ",".join(f"c{number}" for number in range(1000))

    answer = upload(client, system, names.encode() + b"\n")

    assert answer.status_code in (400, 413)
    assert "columns" in told(answer)


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", '=cmd|"/c calc"!A0', "+1+cmd"])
def test_a_cell_that_is_a_formula_never_becomes_a_reading(client, system, cell):
    line = f"{system.slug},accuracy,1d,{START.isoformat()},{cell}\n".encode()

    answer = upload(client, system, HEAD + line)

    faults = client.get(f"/api/v1/uploads/{answer.json()['id']}/faults").json()["results"]
    assert answer.status_code == 201
    assert [one["field"] for one in faults] == ["value"]
    assert not Measurement.objects.exists()
