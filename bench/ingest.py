"""Ingest against a raw binary COPY of as many rows in one commit, into the same table.

The requests go through the whole stack in this process (Django's test client: middleware, token
authentication, throttle, parsing, storing, evaluation under bands, ledger), without a socket. The
base is psycopg's COPY with write_row and types set, 1,000 rows a commit, on its own connection.
"""

import datetime as dt
import os
import time
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
from django.db import transaction
from django.test import Client

from bench.measure import interleave, line
from governance.models import Standing, Threshold, ThresholdVersion
from governance.rules.stated import Stated
from governance.services.policies import load_profile
from governance.services.thresholds import approve_threshold, draft_threshold
from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.services.bulk import audited_bulk
from outbox import clock
from registry.models import System
from telemetry.rules.parsing import parse_json
from telemetry.rules.rows import MeasurementRow
from telemetry.services.catalogue import load_catalogue
from telemetry.services.measurements import MEASUREMENTS, store_measurements
from tests.registry import factories as registry

ROUNDS = {"small": 25, "full": 150}
KPIS = ("accuracy", "recall", "precision", "f1", "balanced_accuracy", "roc_auc", "pr_auc",
        "groundedness")  # fmt: skip
ROWS = 1000
STEP = dt.timedelta(minutes=5)
START = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
VIA = "test client in process: whole stack without a socket"
BANDS = Stated(direction="below", warning=0.90, critical=0.80, recover_warning=0.92, least_n=100)


class Bench:
    """One system of 1,000 series under bands, a token for it, and a base connection."""

    def __init__(self) -> None:
        self.at = clock.now()
        self.system, self.token = _system(self.at)
        self.client = Client(headers={"authorization": f"Token {self.token}"})
        self.base = psycopg.connect(os.environ["DATABASE_URL"])
        self.number = 0
        _thresholds(self.system, self.at)

    def names(self) -> list[tuple[str, str]]:
        """Return (kpi, segment) of the 1,000 series."""
        return [(kpi, f"shop={n}") for n in range(ROWS // len(KPIS)) for kpi in KPIS]

    def body(self, series: int, windows: int) -> bytes:
        """Return the next request: so many series, each with so many new windows."""
        first, self.number = self.number, self.number + windows
        return msgspec.json.encode(
            {
                "source": "bench",
                "measurements": [
                    {
                        "system": self.system.slug,
                        "kpi": kpi,
                        "segment": segment,
                        "window": "5m",
                        "window_end": (START + (first + n) * STEP).isoformat(),
                        "value": 0.95 + (n % 7) / 1000,
                        "n": 500,
                    }
                    for kpi, segment in self.names()[:series]
                    for n in range(windows)
                ],
            }
        )

    def post(self, series: int, windows: int) -> float:
        """Send one request and return its seconds."""
        body = self.body(series, windows)
        before = time.perf_counter()
        answer = self.client.post("/api/v1/measurements", body, content_type="application/json")
        seconds = time.perf_counter() - before
        assert answer.json()["accepted"] == series * windows, answer.content[:500]
        return seconds

    def store(self) -> float:
        """Parse and store one request with its batch and entry, without evaluation.

        The systems in reach are known, as they are to the door once it has read the token.
        """
        body = self.body(ROWS, 1)
        actor = Actor(kind="token", id=str(uuid.uuid4()), name="bench")
        before = time.perf_counter()
        with acting_as(actor), transaction.atomic():
            delivery = parse_json(body, key="measurements", row=MeasurementRow, most_rows=100_000)
            recorded = store_measurements(
                delivery=delivery,
                reach={self.system.slug: self.system.pk},
                actor=actor,
                at=self.at,
                careful=False,
            )
        seconds = time.perf_counter() - before
        assert len(recorded.inserted) == ROWS
        return seconds

    def copy(self) -> float:
        """Copy 1,000 rows with one commit and return the seconds."""
        self.number += 1
        end, batch = START - self.number * STEP, uuid.uuid4()
        rows = [
            (n, end, 0, 0.95, 500, None, None, True, self.at, batch) for n in range(1, ROWS + 1)
        ]
        before = time.perf_counter()
        statement = f"COPY {MEASUREMENTS.name} ({MEASUREMENTS.names}) FROM STDIN (FORMAT BINARY)"
        with self.base.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([kind for _, kind in MEASUREMENTS.columns])
            for row in rows:
                copy.write_row(row)
        self.base.commit()
        return time.perf_counter() - before


def run(size: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of the ingest gates."""
    bench, rounds = Bench(), ROUNDS[size]
    for _ in range(3):
        bench.post(ROWS, 1)
        bench.copy()
    assert Standing.objects.filter(state="OK").count() == ROWS
    yield _result("ingest_1000_series", bench, lambda: bench.post(ROWS, 1), rounds, 0.20, 0.35)
    yield _result("ingest_125_series_x_8", bench, lambda: bench.post(125, 8), rounds, 0.45, 0.65)
    yield _result("ingest_store_only", bench, bench.store, rounds, 0.65, 0.85)


def _result(
    name: str, bench: Bench, ours: Any, rounds: int, gate: float, stretch: float
) -> dict[str, Any]:
    base, own = interleave(bench.copy, ours, rounds)
    return line(
        name,
        value=ROWS / own,
        base=ROWS / base,
        gate=gate,
        stretch=stretch,
        better="higher",
        unit="rows/s",
        via="service call" if name == "ingest_store_only" else VIA,
        milliseconds=round(own * 1000, 2),
    )


def _system(at: dt.datetime) -> tuple[System, str]:
    registry.call(load_catalogue, at=at)
    unit = registry.unit()
    author = registry.user(of=unit)
    registry.call(load_profile, unit_id=unit.pk, profile="small", author_id=author.pk, at=at)
    system = registry.system_in("production", of=unit)
    _, plaintext = registry.token(
        scopes=("measurements:write",), systems=[system], at=at, expires_at=at + dt.timedelta(1)
    )
    return system, plaintext


def _thresholds(system: System, at: dt.datetime) -> None:
    """A threshold for each of the 1,000 series: one through the services, the others like it."""
    drafted = registry.call(
        draft_threshold,
        system_id=system.pk,
        kpi_id=KPIS[0],
        stated=BANDS,
        valid_from=START,
        author_id=system.owner_id,
        at=at,
    )
    registry.call(approve_threshold, version_id=drafted.pk, approver_id=system.deputy_id, at=at)
    version = ThresholdVersion.objects.get(pk=drafted.pk)
    reason = "1,000 thresholds for a benchmark"
    with (
        acting_as(registry.SETUP),
        audited_bulk(reason=reason, actor=registry.SETUP, at=at),
    ):
        owners = Threshold.objects.bulk_create(
            Threshold(
                name=f"{kpi}, shop {shop}", system=system, kpi_id=kpi, segment=f"shop={shop}",
                created_at=at,
            )
            for shop in range(ROWS // len(KPIS))
            for kpi in KPIS
        )  # fmt: skip
        ThresholdVersion.objects.bulk_create(_copy_of(version, owner) for owner in owners)


def _copy_of(version: ThresholdVersion, owner: Threshold) -> ThresholdVersion:
    fields = {field.attname: getattr(version, field.attname) for field in version._meta.fields}
    return ThresholdVersion(**(fields | {"id": uuid.uuid4(), "threshold_id": owner.pk}))
