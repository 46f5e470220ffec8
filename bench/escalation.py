"""The escalation sweep over many open incidents, against one statement that claims bare timers.

Every incident is open and has the timers of its pattern: one step is due, the others are far ahead.
Ours finds who is called, writes the firing with its ledger entry, queues the mails and arms the
reminder, `BATCH` timers a transaction. The base marks as many bare timers as fired and inserts an
effect, a message and a next timer for each, in one CTE with SKIP LOCKED; it keeps no ledger and has
few indexes, so a second line tells what is ours alone: its base copies the very rows that we write
into the same tables. Then two sweeps, each a process, fire the rest at once: a step that fired
twice would be counted. An empty tick looks and finds nothing.
"""

import datetime as dt
import multiprocessing
import os
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import connection, transaction

from bench.filling import Filled, analyse, open_incidents, systems_of
from bench.load import Volume
from bench.measure import interleave, line
from bench.same_rows import ARMED, SameRows
from governance.models import EscalationFiring
from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox import clock
from outbox.models import Timer
from outbox.services.sweeps import SweepReport, fire_timers

INCIDENTS = {"small": 8_000, "full": 100_000}
BATCH = 500
ROUNDS = 5
SWEEP = machine("sweep")
# The copies' calls to acknowledge are due one after the other; the other stages that begin at the
# opening tell nobody (the call to acknowledge says it all), so they are no measure of a firing.
COPY = """
INSERT INTO outbox_timer (id, kind, key, subject_id, due_at, next_try_at, state, payload, inputs,
    armed_at, cancelled_reason, attempts, last_error)
SELECT gen_random_uuid(), t.kind, replace(t.key, %(pattern)s::text, i.id::text), i.id, d.due, d.due,
    'armed', t.payload, t.inputs, t.armed_at, '', 0, ''
FROM (SELECT id, row_number() OVER (ORDER BY number) AS place FROM incidents_incident
      WHERE id <> %(pattern)s::uuid) i
CROSS JOIN (SELECT *, row_number() OVER (ORDER BY due_at, payload ->> 'stage', id) AS step
      FROM outbox_timer WHERE subject_id = %(pattern)s::uuid) t
CROSS JOIN LATERAL (SELECT CASE WHEN t.step = 1
      THEN %(at)s::timestamptz + i.place * interval '1 ms'
      ELSE t.due_at + interval '400 days' END AS due) d
"""
BARE = """
CREATE TABLE bench_timer (id bigint PRIMARY KEY, due_at timestamptz NOT NULL, state text NOT NULL);
CREATE TABLE bench_effect (id bigserial PRIMARY KEY, timer bigint, step int, at timestamptz,
    what jsonb, UNIQUE (timer, step));
CREATE TABLE bench_message (id uuid PRIMARY KEY, key text UNIQUE, body text, due_at timestamptz);
CREATE SEQUENCE bench_next START 1000000000;
CREATE INDEX bench_due ON bench_timer (due_at, id) WHERE state = 'armed';
INSERT INTO bench_timer SELECT n, %(at)s::timestamptz + n * interval '1 ms', 'armed'
FROM generate_series(1, %(number)s) n;
GRANT ALL ON bench_timer, bench_effect, bench_effect_id_seq, bench_message, bench_next
    TO countersign_app
"""
CLAIM = """
WITH due AS (
    SELECT id FROM bench_timer WHERE state = 'armed' AND due_at <= %(at)s
    ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), fired AS (
    UPDATE bench_timer t SET state = 'fired' FROM due WHERE t.id = due.id RETURNING t.id
), told AS (
    INSERT INTO bench_effect (timer, step, at, what)
    SELECT id, 0, %(at)s, jsonb_build_object('rule', 'acknowledge', 'step', 0, 'level', 0)
    FROM fired RETURNING timer
), queued AS (
    INSERT INTO bench_message SELECT gen_random_uuid(), 'step:' || timer, repeat('x', 400), %(at)s
    FROM told RETURNING id
)
INSERT INTO bench_timer SELECT nextval('bench_next'), %(at)s + interval '4 hours', 'armed' FROM told
"""


def run(size: str) -> Iterator[dict[str, Any]]:
    """Fill, fire in turn with the base, then with two sweeps at once, then tick."""
    number, at = INCIDENTS[size], clock.now()
    filled = systems_of(Volume(systems=50, days=0, incidents=0, hot_readings=0), at)
    _fill(number, filled, at)
    later = at + dt.timedelta(minutes=10)
    ours, base = interleave(lambda: _fire(later), lambda: _claim(later), ROUNDS)
    same = SameRows(BATCH, ROUNDS)
    beside, copied = interleave(lambda: _fire(later), same.write, ROUNDS)
    both = _two_sweeps(later)
    fired = EscalationFiring.objects.filter(repeat=0).exclude(rule__contains="#")
    double = fired.count() - fired.values("incident", "rule", "step").distinct().count()
    yield line(
        "sweep",
        value=BATCH / ours,
        base=BATCH / base,
        gate=0.6,
        stretch=0.8,
        better="higher",
        unit="steps fired per second",
        incidents=number,
        two_sweeps_per_second=round(both),
        double_fires=double,
        left_over=_due(later),
    )
    yield line(
        "sweep_against_the_same_rows",
        value=BATCH / beside,
        base=BATCH / copied,
        gate=0.6,
        stretch=0.8,
        better="higher",
        unit="steps fired per second",
    )
    empty, _ = interleave(lambda: _empty(at), lambda: _claim(at), 200)
    yield line(
        "empty_tick",
        value=empty * 1000,
        base=1.0,
        gate=1.0,
        stretch=0.5,
        better="lower",
        unit="milliseconds",
    )


def _fill(number: int, filled: Filled, at: dt.datetime) -> None:
    pattern = open_incidents(number, filled, at)
    # What the pattern itself would fire stands in no round.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COPY, {"pattern": str(pattern.pk), "at": at})
    Timer.objects.filter(subject_id=pattern.pk).update(state=Timer.State.CANCELLED)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        for statement in [*BARE.split(";"), *ARMED.format(number=BATCH * ROUNDS).split(";")]:
            owner.execute(statement, {"at": at, "number": number} if "%(" in statement else None)
    analyse()


def _fire(at: dt.datetime) -> float:
    before = time.perf_counter()
    with acting_as(SWEEP):
        fire_timers(at=at, batch=BATCH, report=SweepReport(), rounds=1)
    return time.perf_counter() - before


def _claim(at: dt.datetime) -> float:
    before = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"at": at, "batch": BATCH})
    return time.perf_counter() - before


def _empty(at: dt.datetime) -> float:
    """Look for what is due before anything is."""
    before = time.perf_counter()
    with acting_as(SWEEP):
        fire_timers(at=at - dt.timedelta(days=1), batch=BATCH, report=SweepReport())
    return time.perf_counter() - before


def _two_sweeps(at: dt.datetime) -> float:
    """Fire what is left with two sweeps at once; return how many a second they came to."""
    waiting = _due(at)
    # A process of its own has a connection of its own.
    connection.close()
    start = multiprocessing.get_context("fork")
    sweeps = [start.Process(target=_sweep_until_empty, args=[at]) for _ in range(2)]
    before = time.perf_counter()
    for one in sweeps:
        one.start()
    for one in sweeps:
        one.join()
    if any(one.exitcode for one in sweeps):
        raise RuntimeError("a sweep ended before its time")
    return waiting / (time.perf_counter() - before)


def _sweep_until_empty(at: dt.datetime) -> None:
    with acting_as(SWEEP):
        while _due(at):
            fire_timers(at=at, batch=BATCH, report=SweepReport())
    connection.close()


def _due(at: dt.datetime) -> int:
    return Timer.objects.filter(state=Timer.State.ARMED, next_try_at__lte=at).count()
