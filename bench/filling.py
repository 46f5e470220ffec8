"""Fills a database with volumes, through services where there is one that is fast enough."""

import datetime as dt
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection, transaction

from bench.load import Volume
from governance.services.policies import load_profile
from governance.services.reports_by_hand import report_incident
from incidents.models import Incident
from ledger import verbs
from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from outbox import clock
from registry.models import System, Unit, User
from telemetry.rules.rows import Delivery, MeasurementRow
from telemetry.services.catalogue import load_catalogue
from telemetry.services.measurements import record_measurements
from tests.registry import factories as registry

KPIS = ("accuracy", "recall", "precision", "f1", "balanced_accuracy", "roc_auc", "pr_auc",
        "groundedness")  # fmt: skip
BATCH = 50_000
SENDER = Actor(kind="token", id=str(uuid.uuid4()), name="load")
Say = Callable[[str], Any]

# One incident is opened by its service and serves as the pattern of the others: every column is
# the pattern's but for those below. One in twenty is open, in one of six states.
CHANGED = {
    "id": "gen_random_uuid()",
    "number": "'INC-2025-' || lpad(n::text, 6, '0')",
    "dedup_key": "md5(n::text)",
    "title": "'Readings of load ' || n || ' left their band'",
    "system_id": "s.id",
    "owner_id": "s.owner_id",
    "deputy_id": "s.deputy_id",
    "live_version_id": "NULL",
    "severity": "(ARRAY['minor', 'moderate', 'major', 'severe'])[1 + n % 4]",
    "proposed_severity": "(ARRAY['minor', 'moderate', 'major', 'severe'])[1 + n % 4]",
    "state": "CASE WHEN n % 20 = 0 THEN (ARRAY['OPEN', 'INVESTIGATING', 'VALIDATION', 'DECISION',"
    " 'EXECUTION', 'VERIFICATION'])[1 + n / 20 % 6] ELSE 'CLOSED' END",
    "version": "1",
    "opened_at": "p.opened_at - n * interval '7 minutes'",
    "detected_at": "p.opened_at - n * interval '7 minutes'",
    "stage_entered_at": "p.opened_at - n * interval '7 minutes'",
    "stage_due_at": "CASE WHEN n % 20 = 0 THEN p.opened_at + (n / 20 % 97 - 30) * interval '1 h'"
    " END",
    "first_assessment_due_at": "NULL",
    "closed_at": "CASE WHEN n % 20 <> 0 THEN p.opened_at - n * interval '6 minutes' END",
}
TRANSITIONS = """
INSERT INTO incidents_transition (incident_id, version, cycle, code, command, from_state, to_state,
    person_name, role, at, reason, payload, request_sha256, entry_number)
SELECT id, 1, 1, 'T01', 'open', '', state, 'load', '', opened_at, '', '{}', '', %s
FROM incidents_incident WHERE number LIKE 'INC-2025-%%'
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """What there is now: the unit, a reader who sees everything, the systems."""

    unit: Unit
    reader: User
    systems: list[System]


def fill(volume: Volume, *, say: Say) -> Filled:
    """Fill the database; `say` is told how long each part took."""
    at = clock.now()
    filled = _timed(say, f"{volume.systems} systems", lambda: systems_of(volume, at))
    _timed(
        say,
        f"{volume.readings(len(KPIS))} measurements",
        lambda: measurements_of(volume, filled.systems, at),
    )
    _timed(say, f"{volume.incidents} incidents", lambda: _incidents(volume, filled, at))
    analyse()
    return filled


def analyse() -> None:
    """Gather the planner's statistics, as autovacuum would; that is the tables' owner's right."""
    url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def _timed(say: Say, what: str, run: Callable[[], Any]) -> Any:
    before = time.perf_counter()
    done = run()
    say(f"{what}: {time.perf_counter() - before:.1f} s")
    return done


def systems_of(volume: Volume, at: dt.datetime) -> Filled:
    """Register the systems, with their people and the small profile."""
    registry.call(load_catalogue, at=at)
    unit = registry.unit()
    reader = registry.user(of=unit, name="Reader")
    registry.role(reader, "compliance", unit=unit)
    registry.call(load_profile, unit_id=unit.pk, profile="small", author_id=reader.pk, at=at)
    owners = [registry.user(of=unit) for _ in range(max(2, volume.systems // 10))]
    systems = [
        registry.system_in(
            "production",
            of=unit,
            owner=owners[number % len(owners)],
            deputy=owners[(number + 1) % len(owners)],
            name=f"System {number}",
        )
        for number in range(volume.systems)
    ]
    return Filled(unit, reader, systems)


def measurements_of(volume: Volume, systems: list[System], at: dt.datetime) -> None:
    """Store the readings of every system, and those of the hot series, in months of their own."""
    _months_back(volume, at)
    rows: list[MeasurementRow] = []
    for row in rows_of(volume, systems, at):
        rows.append(row)
        if len(rows) == BATCH:
            store(rows, at)
            rows = []
    store(rows, at)


def _months_back(volume: Volume, at: dt.datetime) -> None:
    """Make the partitions of the past, as months that go by have them."""
    days = max(volume.days, volume.hot_readings // 1440) + 31
    months = {(at - dt.timedelta(days=day)).date().replace(day=1) for day in range(days)}
    with acting_as(registry.SETUP), transaction.atomic(), connection.cursor() as cursor:
        for month in sorted(months):
            cursor.execute("SELECT telemetry_make_partition('telemetry_measurement', %s)", [month])
        append_entry(
            verb="partitions.made", actor=registry.SETUP, at=at,
            subject=("telemetry", "partitions", "partitions"), details={"made": len(months)},
        )  # fmt: skip


def rows_of(volume: Volume, systems: list[System], at: dt.datetime) -> Iterator[MeasurementRow]:
    """Yield the readings, day by day, then those of the hot series."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(volume.days):
        for system in systems:
            for kpi in KPIS:
                end = midnight - dt.timedelta(days=day)
                yield _row(system, kpi, "1d", end, day)
    for number in range(volume.hot_readings):
        end = midnight - dt.timedelta(minutes=number)
        for series in range(volume.hot_series):
            hot = systems[series // len(KPIS) % len(systems)]
            yield _row(hot, KPIS[series % len(KPIS)], "1m", end, number)


def _row(system: System, kpi: str, window: str, end: dt.datetime, number: int) -> MeasurementRow:
    return MeasurementRow(
        system=system.slug, kpi=kpi, window=window, window_end=end,
        value=0.95 + number % 7 / 1000, n=500,
    )  # fmt: skip


def store(rows: list[MeasurementRow], at: dt.datetime) -> None:
    """Store rows by the service that deliveries use."""
    delivery = Delivery(rows=rows, numbers=range(1, len(rows) + 1), source="load")
    with acting_as(SENDER), transaction.atomic():
        recorded = record_measurements(
            delivery=delivery, reach=System.objects.all(), actor=SENDER, at=at
        )
    assert not recorded.rejected, recorded.rejected[:3]


def _incidents(volume: Volume, filled: Filled, at: dt.datetime) -> None:
    verbs.register("load.filled", "filled for measuring")
    with acting_as(registry.SETUP), transaction.atomic(), connection.cursor() as cursor:
        entry = append_entry(
            verb="load.filled", actor=registry.SETUP, at=at,
            subject=("load", "load", f"{volume.incidents} incidents for measuring"),
        )  # fmt: skip
        cursor.execute(_insert(CHANGED), [volume.incidents, _pattern(filled, at).pk])
        cursor.execute(TRANSITIONS, [entry])


def open_incidents(number: int, filled: Filled, at: dt.datetime) -> Incident:
    """Lay down incidents that are all open, as their pattern is, and return the pattern."""
    verbs.register("load.filled", "filled for measuring")
    same = ("id", "number", "dedup_key", "title", "system_id", "owner_id", "deputy_id", "version")
    changed = {name: CHANGED[name] for name in same}
    with acting_as(registry.SETUP), transaction.atomic(), connection.cursor() as cursor:
        entry = append_entry(
            verb="load.filled", actor=registry.SETUP, at=at,
            subject=("load", "load", f"{number} open incidents for measuring"),
        )  # fmt: skip
        pattern = _pattern(filled, at)
        cursor.execute(_insert(changed), [number, pattern.pk])
        cursor.execute(TRANSITIONS, [entry])
    return pattern


def _pattern(filled: Filled, at: dt.datetime) -> Incident:
    reporter = registry.person_as_actor(filled.reader)
    with acting_as(reporter):
        return report_incident(
            system_id=filled.systems[0].pk, title="Pattern", seen="Nothing: a pattern.",
            seen_at=None, known_by="", environment="production", person_harmed="no",
            rights_affected="no", personal_data="no", critical_service="no",
            actor=reporter, at=at,
        )  # fmt: skip


def _insert(changed: dict[str, str]) -> str:
    names = [field.column for field in Incident._meta.concrete_fields]
    values = ", ".join(changed.get(name, f"p.{name}") for name in names).replace("%", "%%")
    return f"""
    WITH systems AS (
        SELECT id, owner_id, deputy_id, row_number() OVER (ORDER BY id) - 1 AS place,
            count(*) OVER () AS places FROM registry_system
    )
    INSERT INTO incidents_incident ({", ".join(names)})
    SELECT {values}
    FROM incidents_incident p, generate_series(1, %s) AS n, systems s
    WHERE p.id = %s AND s.place = n %% s.places
    """
