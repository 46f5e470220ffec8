"""Lists and the opening of incidents: processor time and queries of whole requests.

Requests go through the whole stack in this process (Django's test client, without a socket); their
processor time is this process's. The base of the two requests is the SQL of the list alone. The
queue is also measured at its first page and a hundred pages deep. `post_to_visible` sends a reading
that opens an incident and reads the list until it is there; its base sends the same body through
an idle Celery worker in a process of its own, as a design would that evaluates in the background.
"""

import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import msgspec
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import background
from bench.filling import Filled, fill
from bench.load import VOLUMES
from bench.measure import interleave, line
from governance.rules.stated import Stated
from governance.selectors.pages.incident_list import SHOWN
from governance.services.thresholds import approve_threshold, draft_threshold
from incidents.models import Incident
from incidents.selectors.pages import Filters, incident_lines
from incidents.selectors.visibility import incidents_visible_to
from outbox import clock
from registry.models import System
from tests.registry import factories as registry

ROUNDS = {"small": 40, "full": 200}
DEEP = 100
FILTERS = {
    "all": Filters(),
    "open": Filters(open_only=True),
    "overdue": Filters(overdue=True),
    "due": Filters(order="due"),
    "severe": Filters(severities=["severe"]),
    "decision": Filters(states=["DECISION"]),
    "words": Filters(words="load 99"),
}
LIST = "/incidents/?view=all"
REPORT = {
    "title": "Letters were sent twice", "seen": "Two letters to one claimant.",
    "person_harmed": "no", "rights_affected": "no", "personal_data": "no",
    "critical_service": "no",
}  # fmt: skip
PATIENCE_SECONDS = 30


class Bench:
    """A filled database, and a reader who is signed in."""

    def __init__(self, size: str) -> None:
        self.filled: Filled = fill(VOLUMES[size], say=lambda words: None)
        self.at = clock.now()
        self.client = Client()
        registry.sign_in(self.client, self.filled.reader)
        self.visible = incidents_visible_to(user=self.filled.reader, at=self.at)

    def page(self, filters: Filters, after: str = "") -> Any:
        """Read one page of the queue, as the list does."""
        return incident_lines(
            visible=self.visible, names=SHOWN, filters=filters, at=self.at, after=after, limit=50
        )

    def statement(self, filters: Filters, after: str = "") -> str:
        """Return the SQL of one page of the queue, as it is sent."""
        with CaptureQueriesContext(connection) as asked:
            self.page(filters, after)
        (query,) = asked.captured_queries
        return str(query["sql"])

    def listing(self) -> None:
        """Ask for the page of fifty incidents."""
        answer = self.client.get(LIST)
        assert answer.content.count(b"INC-2025-") >= 50, answer.content[:500]

    def create(self) -> None:
        """Report an incident by hand."""
        body = REPORT | {"system": self.filled.systems[0].slug}
        answer = self.client.post("/api/v1/incident-reports", body, content_type="application/json")
        assert answer.status_code == 201, answer.content[:500]


def run(size: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of the list, the queue, the creation and the way of a reading."""
    # As in production: what the foot of every page says of the seal is kept for a moment.
    settings.LEDGER_GLANCE_SECONDS = 5
    bench, rounds = Bench(size), ROUNDS[size]
    sql = _median(_query(bench.statement(Filters())), rounds, time.perf_counter)
    yield _request("list_page_50", bench.listing, rounds, sql, queries=10, stretch=12)
    yield _request("create_incident", bench.create, rounds, sql, queries=None, stretch=15)
    yield from _queue(bench, rounds)
    yield _visible(bench, max(20, rounds // 2))


def _request(
    name: str,
    send: Callable[[], None],
    rounds: int,
    sql: float,
    *,
    queries: int | None,
    stretch: float,
) -> dict[str, Any]:
    send(), send()
    with CaptureQueriesContext(connection) as captured:
        send()
    asked = len(captured)
    seconds = _median(send, rounds, time.process_time)
    found = line(
        name,
        value=seconds * 1000,
        base=sql * 1000,
        ratio=seconds * 1000,
        gate=25,
        stretch=stretch,
        better="lower",
        unit="ms of CPU; the gate is on the value, the base is the SQL of one page",
        queries=asked,
    )
    if queries is not None:
        found |= {"most_queries": queries, "met": found["met"] and asked <= queries}
    return found


def _queue(bench: Bench, rounds: int) -> Iterator[dict[str, Any]]:
    """The queue's SQL under every filter at its first page, and at depth."""
    taken = {
        name: round(_median(_query(bench.statement(one)), rounds, time.perf_counter) * 1000, 2)
        for name, one in FILTERS.items()
    }
    slowest = max(taken.values())
    yield line(
        "queue_sql_any_filter", value=slowest, base=5, ratio=slowest, gate=5, stretch=2,
        better="lower", unit="ms; the gate is on the value", by_filter=taken,
        incidents=Incident.objects.count(),
    )  # fmt: skip
    base, deep = interleave(
        _query(bench.statement(Filters())),
        _query(bench.statement(Filters(), _cursor(bench))),
        rounds,
    )
    yield line(
        "queue_depth", value=deep * 1000, base=base * 1000, gate=1.25, stretch=1.0,
        better="lower", unit=f"ms of SQL, page {DEEP} against page 1",
    )  # fmt: skip


def _query(statement: str) -> Callable[[], None]:
    """Return what runs a statement and fetches its rows, past the ORM."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("%", "%%"), [])
            cursor.fetchall()

    return run


def _cursor(bench: Bench) -> str:
    after = ""
    for _ in range(DEEP):
        after = bench.page(Filters(), after).after
    return after


def _visible(bench: Bench, rounds: int) -> dict[str, Any]:
    """From sending a reading to the incident that it opens, by both designs in turn."""
    system = bench.filled.systems[-1]
    sender, ours, theirs = _sender(bench, system), [], []
    with _worker() as through:
        for number in range(rounds + 2):
            ours.append(_until(bench, system, 2 * number, sender))
            theirs.append(_until(bench, system, 2 * number + 1, through))
    own, base = _p95(ours[2:]), _p95(theirs[2:])
    return line(
        "post_to_visible", value=own * 1000, base=base * 1000, gate=0.75, stretch=0.6,
        better="lower", unit="ms, p95", rounds=rounds,
        base_is="an idle Celery worker on the file system's broker, polled every 10 ms",
    )  # fmt: skip


def _until(bench: Bench, system: System, number: int, send: Callable[[bytes], None]) -> float:
    segment = f"shop={number}"
    _threshold(bench, system, segment)
    body = msgspec.json.encode({"measurements": [_reading(bench, system, segment)]})
    before = time.perf_counter()
    send(body)
    while not _opened(bench, segment):
        assert time.perf_counter() - before < PATIENCE_SECONDS, "no incident came of it"
        time.sleep(0.001)
    return time.perf_counter() - before


def _opened(bench: Bench, segment: str) -> bool:
    """Whether a reader who asks now sees the incident of a segment."""
    rows = bench.visible.filter(causes__standing__series__segment=segment)
    return bool(rows.exists())


def _threshold(bench: Bench, system: System, segment: str) -> None:
    bands = Stated(
        direction="below", warning=0.90, critical=0.80, instant_critical=0.70, recover_warning=0.92,
        reason="bench",
    )  # fmt: skip
    drafted = registry.call(
        draft_threshold, system_id=system.pk, kpi_id="accuracy", segment=segment, stated=bands,
        valid_from=bench.at - dt.timedelta(days=1), author_id=system.owner_id, at=bench.at,
    )  # fmt: skip
    registry.call(
        approve_threshold, version_id=drafted.pk, approver_id=system.deputy_id, at=bench.at
    )


def _reading(bench: Bench, system: System, segment: str) -> dict[str, Any]:
    return {
        "system": system.slug, "kpi": "accuracy", "segment": segment, "window": "5m", "n": 500,
        "value": 0.5, "window_end": (bench.at - dt.timedelta(minutes=5)).isoformat(),
    }  # fmt: skip


def _sender(bench: Bench, system: System) -> Callable[[bytes], None]:
    _, plaintext = registry.token(
        scopes=("measurements:write",), systems=[system], at=bench.at,
        expires_at=bench.at + dt.timedelta(days=1),
    )  # fmt: skip
    client = Client(headers={"authorization": f"Token {plaintext}"})

    def send(body: bytes) -> None:
        answer = client.post("/api/v1/measurements", body, content_type="application/json")
        assert answer.json()["accepted"] == 1, answer.content[:500]

    return send


@contextmanager
def _worker() -> Iterator[Callable[[bytes], None]]:
    """An idle worker in a process of its own; yields what sends it a body."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.background"],
            env=os.environ | {"BROKER_DIR": folder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        app = background.application(folder)
        try:
            yield lambda body: app.send_task(
                background.TASK, kwargs={"body": body.decode()}, task_id=uuid4().hex
            )
        finally:
            process.terminate()
            process.wait()


def _median(call: Callable[[], Any], rounds: int, timer: Callable[[], float]) -> float:
    return statistics.median(_timed(call, timer) for _ in range(rounds))


def _timed(call: Callable[[], Any], timer: Callable[[], float]) -> float:
    before = timer()
    call()
    return timer() - before


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]
