"""Eight writers with the ledger against eight without, in turn, each on rows of their own.

Both save a governed row with its history and commit. Ours writes the entry too, under the net's
triggers, while a sealer seals all the time; for the base the net's triggers are off as well.
"""

import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from typing import Any
from uuid import UUID

import psycopg
from django.db import connections, transaction

from bench.lines import own_folder
from bench.measure import line
from ledger.context import acting_as
from ledger.models import Queue
from ledger.rules.actors import machine
from ledger.services.entries import append_entry
from ledger.services.sealing import seal
from outbox import clock
from registry.models import System
from tests.registry import factories as registry

WRITERS = 8
ROUNDS = {"small": 3, "full": 9}
SECONDS = {"small": 4.0, "full": 10.0}
REST_SECONDS = 0.2
ENGINE = machine("bench")
TABLE = "registry_system"
fork = multiprocessing.get_context("fork")


def run(size: str) -> Iterator[dict[str, Any]]:
    """Yield the rate and the p95 of a change."""
    own_folder()
    systems = [registry.system().pk for _ in range(WRITERS)]
    base: list[list[float]] = []
    own: list[list[float]] = []
    for _ in range(ROUNDS[size]):
        base.append(_round(systems, SECONDS[size], told=False))
        own.append(_round(systems, SECONDS[size], told=True))
    seconds = SECONDS[size]
    yield line(
        "writers",
        value=statistics.median(len(times) for times in own) / seconds,
        base=statistics.median(len(times) for times in base) / seconds,
        gate=0.45,
        stretch=0.57,
        better="higher",
        unit="changes/s of 8 writers",
        left_in_queue=Queue.objects.count(),
    )
    yield line(
        "writers_p95",
        value=statistics.median(map(_p95, own)) * 1000,
        base=statistics.median(map(_p95, base)) * 1000,
        gate=2.0,
        stretch=1.5,
        better="lower",
        unit="ms a change",
    )


def _round(systems: list[UUID], seconds: float, *, told: bool) -> list[float]:
    """Let all write at once for some seconds; return how long each change took."""
    _net("ENABLE" if told else "DISABLE")
    connections.close_all()
    done: Any = fork.Queue()
    start, stop = fork.Event(), fork.Event()
    sealer = fork.Process(target=_seal, args=(stop,)) if told else None
    writers = [
        fork.Process(target=_write, args=(system, seconds, told, start, done)) for system in systems
    ]
    for process in (*writers, *([sealer] if sealer else [])):
        process.start()
    start.set()
    times = [taken for _ in writers for taken in done.get()]
    stop.set()
    for process in (*writers, *([sealer] if sealer else [])):
        process.join()
        assert process.exitcode == 0, process
    return times


def _write(system: UUID, seconds: float, told: bool, start: Event, done: Any) -> None:
    row, times = System.objects.get(pk=system), []
    start.wait()
    until = time.perf_counter() + seconds
    with acting_as(ENGINE):
        while (before := time.perf_counter()) < until:
            _change(row, told)
            times.append(time.perf_counter() - before)
    done.put(times)


def _change(row: System, told: bool) -> None:
    at = clock.now()
    before, row.purpose = row.purpose, f"Purpose of {at.isoformat()}"
    with transaction.atomic():
        row.save(at=at)
        if told:
            append_entry(
                verb="system.changed",
                actor=ENGINE,
                at=at,
                subject=("system", str(row.pk), row.name),
                before={"purpose": before},
                after={"purpose": row.purpose},
                system_id=row.pk,
            )


def _seal(stop: Event) -> None:
    while not stop.wait(REST_SECONDS):
        seal(at=clock.now())


def _net(what: str) -> None:
    url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"ALTER TABLE {TABLE} {what} TRIGGER USER")
        if what == "ENABLE":
            _always(owner)


def _always(owner: psycopg.Connection[Any]) -> None:
    """ENABLE alone would leave out the role of a replica."""
    rows = owner.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [TABLE]
    )
    for (name,) in rows.fetchall():
        owner.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {name}")


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
