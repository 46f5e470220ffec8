"""The Python client: nothing is lost, nothing counts twice, refusals are told (TEL-1, TEL-2)."""

import asyncio
import datetime as dt
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application

from countersign_client import Client, current, digest
from outbox import clock
from telemetry.models import DecisionEvent, EventLabel, Measurement
from tests.registry import factories as registry
from tests.telemetry.factory import measured

END = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
README = Path(__file__).parent.parent.parent / "clients/python/README.md"


class Door:
    """A door that answers as it was told, one answer a request, then takes everything."""

    def __init__(self):
        self.answers = []
        self.asked = []
        self.open = threading.Event()
        self.open.set()
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                door.open.wait(10)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                door.asked.append((self.path, body, self.headers))
                status, headers, told = door.answers.pop(0) if door.answers else (200, {}, {})
                if status == 0:
                    self.connection.close()
                    return
                content = json.dumps(told).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args):
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def rows(self, key="measurements"):
        """Every row that arrived, in order, as often as it did."""
        return [row for _, body, _ in self.asked for row in json.loads(body).get(key, [])]


@pytest.fixture
def door():
    """A real server on loopback."""
    door = Door()
    yield door
    door.open.set()
    door.server.shutdown()
    door.server.server_close()


@pytest.fixture
def refused():
    """What the client told of rows that were not taken."""
    return []


@pytest.fixture
def sending(door, refused, monkeypatch):
    """Make a client of the door; it never waits long, so that no test does."""
    monkeypatch.setattr("countersign_client.sending.FIRST_WAIT", 0.01)
    made = []

    def make(**settings):
        arguments = {"system": "claims", "version": "1.0", "seconds": 60.0} | settings
        made.append(Client(door.url, "secret", on_rejected=refused.append, **arguments))
        return made[-1]

    yield make
    door.open.set()
    for client in made:
        client.close(1)


def measure(client, *values):
    """Send one reading a day."""
    for day, value in enumerate(values):
        client.measure("accuracy", value, window="1d", window_end=END + dt.timedelta(days=day), n=9)


def test_rows_of_one_kind_travel_together_with_the_token(door, sending):
    client = sending()

    measure(client, 0.9, 0.8, 0.7)
    sent = client.flush(5)

    (path, body, headers), *others = door.asked
    assert (sent, others, path) == (True, [], "/api/v1/measurements")
    assert headers["Authorization"] == "Token secret"
    assert [row["value"] for row in json.loads(body)["measurements"]] == [0.9, 0.8, 0.7]


def test_a_full_batch_leaves_without_being_asked(door, sending):
    client = sending(rows=2)

    measure(client, 0.9, 0.8)

    assert client.flush(5)
    assert [len(json.loads(body)["measurements"]) for _, body, _ in door.asked] == [2]


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_what_passes_is_tried_again_with_the_same_bytes(door, sending, status, refused):
    door.answers = [(status, {"Retry-After": "0"}, {}), (status, {}, {})]
    client = sending()

    measure(client, 0.9)
    sent = client.flush(10)

    assert sent
    assert len({body for _, body, _ in door.asked}) == 1
    assert len(door.asked) == 3
    assert (client.tally.sent, refused) == (1, [])


def test_what_is_refused_for_good_is_told_once_and_not_sent_again(door, sending, refused):
    door.answers = [(403, {}, {"detail": "This token may not write readings."})]
    client = sending()

    measure(client, 0.9, 0.8)
    client.flush(5)

    assert len(door.asked) == 1
    assert [(len(one.rows), one.reason) for one in refused] == [
        (2, "This token may not write readings.")
    ]
    assert (client.tally.sent, client.tally.rejected) == (0, 2)


def test_a_row_that_is_not_taken_is_told_with_its_reason(door, sending, refused):
    told = {
        "rejected": [{"row": 2, "field": "kpi", "reason": "There is no KPI."}],
        "rejected_count": 1,
    }
    door.answers = [(200, {}, told)]
    client = sending()

    measure(client, 0.9, 0.8, 0.7)
    client.flush(5)

    assert [(one.rows[0]["value"], one.reason) for one in refused] == [
        (0.8, "kpi: There is no KPI.")
    ]
    assert (client.tally.sent, client.tally.rejected) == (2, 1)


def test_what_is_too_large_is_sent_in_halves(door, sending, refused):
    door.answers = [(413, {}, {})]
    client = sending()

    measure(client, 0.9, 0.8, 0.7)
    client.flush(5)

    assert [len(json.loads(body)["measurements"]) for _, body, _ in door.asked] == [3, 1, 2]
    assert (client.tally.sent, refused) == (3, [])


def test_a_full_queue_drops_what_comes_and_counts_it_where_that_was_chosen(door, sending):
    door.open.clear()
    client = sending(most_waiting=3, when_full="drop")

    measure(client, 0.9, 0.8, 0.7, 0.6, 0.5)
    door.open.set()
    client.flush(5)

    assert (client.tally.sent, client.tally.dropped) == (3, 2)


def test_a_full_queue_makes_the_caller_wait_and_loses_nothing(door, sending):
    client = sending(most_waiting=2, rows=2)

    measure(client, *[0.5] * 9)
    client.flush(5)

    assert len(door.rows()) == 9
    assert client.tally.dropped == 0


def test_closing_says_what_was_left_behind(door, sending, caplog):
    door.answers = [(503, {}, {})] * 1000
    client = sending()

    measure(client, 0.9)
    done = client.close(0.2)

    assert not done
    assert client.tally.dropped == 1
    assert "could not be sent" in caplog.text
    with pytest.raises(RuntimeError, match="closed"):
        measure(client, 0.9)


def test_a_function_that_fails_in_telling_stops_nothing(door, monkeypatch):
    door.answers = [(400, {}, {})]

    def broken(rejected):
        raise ValueError("broken")

    with Client(door.url, "secret", system="claims", on_rejected=broken) as client:
        measure(client, 0.9)
        client.flush(5)
        measure(client, 0.8)

    assert len(door.asked) == 2


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_no_json_is_told_to_who_sends_it(sending, wrong):
    client = sending()

    with pytest.raises(ValueError, match="JSON"):
        measure(client, wrong)


def test_an_instant_needs_its_zone(sending):
    client = sending()

    with pytest.raises(ValueError, match="time zone"):
        client.measure("accuracy", 0.9, window="1d", window_end=dt.datetime(2026, 11, 1))


def test_a_failed_reading_is_sent_as_one(door, sending):
    client = sending()

    measure(client, None)
    client.flush(5)

    assert door.rows()[0]["value"] is None


def test_a_decorated_function_records_each_call(door, sending):
    client = sending()

    @client.records(topic="claims", inputs=lambda amount: {"amount": amount})
    def decide(amount):
        current().tool("rates", "success", duration_ms=3)
        return "approve"

    decide(40)
    client.flush(5)

    (row,) = door.rows("events")
    assert (row["answer"], row["outcome"], row["topic"]) == ("approve", "success", "claims")
    assert row["input_sha256"] == digest({"amount": 40})
    assert row["tool_calls"] == [{"tool": "rates", "outcome": "success", "duration_ms": 3}]
    assert row["latency_ms"] >= 0
    assert current() is None


def test_an_exception_is_a_failure_and_is_raised(door, sending):
    client = sending()

    @client.records()
    def decide():
        raise LookupError("no such claim")

    with pytest.raises(LookupError):
        decide()
    client.flush(5)

    assert [row["outcome"] for row in door.rows("events")] == ["failure"]


def test_an_async_function_is_awaited_and_keeps_its_own_decision(door, sending):
    client = sending()

    @client.records()
    async def decide(name):
        await asyncio.sleep(0)
        current().tool(name, "success")
        return name

    async def both():
        return await asyncio.gather(decide("a"), decide("b"))

    asyncio.run(both())
    client.flush(5)

    rows = door.rows("events")
    assert {row["answer"]: row["tool_calls"][0]["tool"] for row in rows} == {"a": "a", "b": "b"}


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_after_a_fork_each_process_sends_what_is_its_own(door, sending):
    client = sending()
    measure(client, 0.1)

    child = os.fork()
    if child == 0:
        measure(client, 0.2)
        os._exit(0 if client.flush(5) else 1)
    _, status = os.waitpid(child, 0)
    client.flush(5)

    assert status == 0
    assert sorted(row["value"] for row in door.rows()) == [0.1, 0.2]


def test_a_digest_knows_no_order_of_keys():
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


def test_the_lines_of_the_readme_send_a_reading_and_a_decision(door):
    text = README.read_text()
    code = text.split("```python\n", 1)[1].split("```", 1)[0]
    said = {"token": "secret", "midnight": END}

    exec(code.replace("https://countersign.example.org", door.url), said)  # noqa: S102  our own lines
    said["approve"]({"amount": 100})
    said["client"].close(5)

    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    assert [one["value"] for one in door.rows()] == [0.93]
    (decision,) = door.rows("events")
    assert (decision["answer"], decision["tool_calls"][0]["tool"]) == ("approve", "rates")


def test_the_server_takes_what_the_client_sends(own_database):
    cache.clear()
    at, system = clock.now(), measured()
    _, plaintext = registry.token(
        scopes=("measurements:write", "decisions:write"),
        systems=[system],
        at=at,
        expires_at=at + dt.timedelta(1),
    )
    told = []

    with Client(
        "http://testserver",
        plaintext,
        system=system.slug,
        version="1.0",
        on_rejected=told.append,
        transport=httpx.WSGITransport(app=get_wsgi_application()),
    ) as client:
        for _ in range(2):
            client.measure("accuracy", 0.95, window="5m", window_end=END, n=500)
            client.flush(20)
        with client.deciding(topic="claims", answer="approve", tokens_out=12) as decision:
            decision.inputs = {"amount": 40}
        client.flush(20)
        client.label(decision.event_id, "truth", "reject")

    assert told == []
    assert client.tally.sent == 4
    assert EventLabel.objects.get().value == "reject"
    assert Measurement.objects.count() == 1
    event = DecisionEvent.objects.get()
    assert (event.answer, event.tokens_out) == ("approve", 12)
    assert event.input_sha256 == digest({"amount": 40})
