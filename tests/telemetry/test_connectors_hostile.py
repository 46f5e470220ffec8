"""TEL-4: answers of connectors that are huge, nested, slow or nonsense cost little and are told."""

import gzip
import json
import socket
import threading
import time
import tracemalloc
from contextlib import contextmanager

import pytest

from registry.connectors.mlflow import Access
from telemetry.connectors import asking
from telemetry.connectors.asking import NoAnswer, ask
from telemetry.connectors.documents import Unreadable, read_document
from telemetry.connectors.polls import Question, poll
from telemetry.rules.mappings import Line
from telemetry.rules.parsing import BARE_WORD
from tests.telemetry.answering import Answering, matrix
from tests.telemetry.factory import AT

pytestmark = pytest.mark.full
MEGABYTE = 2**20
KINDS = ("prometheus", "mlflow", "evidently")
SOURCE = {"mlflow": "experiment:claims"}
BODIES = {
    "nothing": b"",
    "a page": b"<!doctype html><title>Sign in</title>",
    "null": b"null",
    "a number": b"1",
    "a text": b'"ok"',
    "a list": b"[]",
    "an empty object": b"{}",
    "nested": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "nested lists": b"[" * 200_000,
    "cut off": b'{"status": "success", "data": {',
    "no UTF-8": b'{"status": "\xff\xfe"}',
    "a NUL": b'{"status": "\x00"}',
    "escaped NUL": b'{"status": "success\\u0000"}',
    "half a surrogate": b'{"status": "\\ud800"}',
    "beyond all numbers": b'{"status": 1e999, "metrics": 1' + b"0" * 500 + b"}",
    "wrong types": json.dumps(
        {
            "status": "success",
            "data": {"resultType": "matrix", "result": [{"metric": [], "values": {}}]},
            "metrics": [{"metric_name": [], "config": [], "value": {}}, {"result": 1}],
            "experiment": {"experiment_id": {}},
            "timestamp": {},
        }
    ).encode(),
    "a swarm of lists": b"[" + b"[]," * 2_000_000 + b"1]",
    "a swarm of members": b"{" + b",".join(b'"%d":1' % n for n in range(500_000)) + b"}",
    "a text without an end": b'{"status": "' + b'\\"' * 1_000_000,
}


@pytest.fixture
def other():
    """Another product on loopback."""
    made = Answering()
    yield made
    made.close()


def line(kind, **changes):
    """A question."""
    given = {"kpi": "accuracy", "query": "Accuracy", "window": "5m", "source": SOURCE.get(kind, "")}
    return Line(**(given | changes))


def asked(url, kind, *lines):
    """What a poll brings."""
    return poll(Question(kind, "claims", Access(url), lines or [line(kind)], {}), AT)


@contextmanager
def costing(megabytes, seconds):
    """See to it that what is done costs no more."""
    began = time.monotonic()
    tracemalloc.start()
    try:
        yield
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < megabytes * MEGABYTE, f"{peak / MEGABYTE:.0f} MiB"
    assert time.monotonic() - began < seconds


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BODIES)
def test_whatever_comes_is_told_in_words(other, kind, name):
    other.reply = lambda _: (200, BODIES[name], {})

    with costing(120, 20), pytest.raises(NoAnswer) as refused:
        asked(other.url, kind)

    assert refused.value.reason.endswith((".", "JSON: look at the address."))
    assert len(refused.value.reason) < 300


@pytest.mark.parametrize("kind", KINDS)
def test_a_gzip_bomb_is_not_unpacked(other, kind):
    bomb = gzip.compress(b"0" * 50 * MEGABYTE)
    other.reply = lambda _: (200, bomb, {"Content-Encoding": "gzip"})

    with costing(20, 10), pytest.raises(NoAnswer, match="compressed"):
        asked(other.url, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_gzip_bomb_that_does_not_say_so_is_no_json(other, kind):
    bomb = gzip.compress(b"0" * 50 * MEGABYTE)
    other.reply = lambda _: (200, bomb, {"Content-Type": "application/json"})

    with costing(20, 10), pytest.raises(NoAnswer, match="no JSON"):
        asked(other.url, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_beyond_all_measure_is_cut(other, kind):
    other.reply = lambda _: (200, b" " * 20 * MEGABYTE, {})

    with costing(60, 20), pytest.raises(NoAnswer, match="larger than 8 MiB"):
        asked(other.url, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_followed_by_nobody(other, kind, code):
    other.reply = lambda _: (code, b"", {"Location": "http://169.254.169.254/latest/"})

    with pytest.raises(NoAnswer, match="redirect"):
        asked(other.url, kind)

    assert len(other.seen) == 1


@pytest.mark.parametrize("content_type", ["text/html", "image/png", "", "application/json; q=x"])
def test_what_it_says_of_its_content_decides_nothing(other, content_type):
    other.reply = lambda _: (
        200, matrix(({}, [(AT, "0.9")])), {"Content-Type": content_type},
    )  # fmt: skip

    assert [row.value for row in asked(other.url, "prometheus").rows] == [0.9]


@pytest.mark.parametrize(
    ("value", "kept"),
    [("NaN", None), ("+Inf", None), ("-Inf", None), ("1e999", None), ("1e308", None)],
)
def test_prometheus_gives_no_number_and_so_no_good_reading(other, value, kept):
    other.says(matrix(({}, [(AT, value)])))

    (found,) = asked(other.url, "prometheus", line("prometheus", factor=1000.0)).rows

    assert found.value == kept


@pytest.mark.parametrize("value", ["lots", None, [], {}, "0x1f", "1_000", "९"])
@pytest.mark.parametrize("at", ["", None, [], 1e30, -1e30, "NaN"])
def test_a_sample_that_is_none_is_told(other, at, value):
    result = [{"metric": {}, "values": [[at, value]]}]
    other.says({"status": "success", "data": {"resultType": "matrix", "result": result}})

    with pytest.raises(NoAnswer, match="none of Prometheus"):
        asked(other.url, "prometheus")


def test_warnings_without_end_are_cut(other):
    body = matrix(({}, [(AT, "0.9")])) | {"warnings": ["w" * 1000] * 5000}
    other.says(body)

    found = asked(other.url, "prometheus")

    assert len(found.rows) == 1
    assert len(found.notes) <= 100
    assert max(map(len, found.notes)) <= 300


@pytest.mark.parametrize("warnings", [1, "text", {"a": 1}, [[[]]], [None]])
def test_warnings_that_are_none_break_nothing(other, warnings):
    other.says(matrix(({}, [(AT, "0.9")])) | {"warnings": warnings})

    assert len(asked(other.url, "prometheus").rows) == 1


def test_evidently_s_nan_is_a_bad_reading_and_the_report_is_read(other):
    body = b'{"timestamp": "2026-11-20 08:00:00", "metrics": [{"metric_name": "Accuracy()",'
    other.reply = lambda _: (200, body + b' "config": {}, "value": NaN}]}', {})

    (found,) = asked(other.url, "evidently").rows

    assert found.value is None


@pytest.mark.parametrize("made", ["0001-01-01 00:00:00+14:00", "9999-12-31 23:59:59-14:00"])
def test_a_report_from_the_ends_of_time_is_told(other, made):
    other.says({"timestamp": made, "metrics": []})

    with pytest.raises(NoAnswer, match="when it was made"):
        asked(other.url, "evidently")


@contextmanager
def raw(*pieces, pause):
    """A server that sends pieces with pauses between them, over and over at the end."""
    server = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve():
        try:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                for piece in pieces:
                    connection.sendall(piece)
                while not done.wait(pause):
                    connection.sendall(b"x")
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        done.set()
        server.close()
        thread.join(5)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
    ],
)
def test_a_drip_is_cut_wherever_it_drips(monkeypatch, begun):
    monkeypatch.setattr(asking, "LONGEST", 0.4)

    with raw(begun, pause=0.05) as url, costing(20, 3), pytest.raises(NoAnswer, match="longer"):
        ask(Access(url), "")


def test_a_head_without_end_is_cut():
    with (
        raw(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 300_000, pause=5) as url,
        costing(20, 5),
        pytest.raises(NoAnswer, match="does not answer"),
    ):
        ask(Access(url), "")


def test_no_document_is_read_beyond_so_many_parts():
    with pytest.raises(Unreadable, match="parts"):
        read_document(b"[" + b"1," * 400_001 + b"1]")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
        (b'{"a": "NaN \\" Infinity"}', {"a": 'NaN " Infinity'}),
        (b"[1, 2.5, true, null]", [1, 2.5, True, None]),
    ],
)
def test_what_some_products_write_for_no_number_is_null(content, said):
    assert read_document(content) == said


def test_a_text_without_an_end_is_looked_through_once():
    body = b'{"measurements": "' + b'\\"' * 2_000_000

    with costing(60, 5):
        assert BARE_WORD.findall(body)[-1].startswith(b'"\\"')
