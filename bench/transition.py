"""A transition with history and ledger against a bare save() of the same row.

Both commit once. The base is Django's `save()` of the incident without a history row. Ours writes
what a change of an incident writes: the row, its history, the ledger entry with its place in the
queue of the sealer, and the transition, which the database's deferred trigger compares with the
state. `command_milliseconds` is the whole command around it: lock, checks, fields, messages.
"""

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

from bench.measure import interleave, line
from governance.services.policies import load_profile
from governance.services.reports_by_hand import report_incident
from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.selectors.attempts import attempt_of
from incidents.services.commands import execute, lock_incident
from incidents.services.commands.context import Given
from incidents.services.commands.engine import note_recovery
from incidents.services.commands.recording import record
from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox import clock
from telemetry.services.catalogue import load_catalogue
from tests.registry import factories as registry

ROUNDS = {"small": 300, "full": 3000}
ENGINE = machine("evaluator")
COMMAND = "note_recovery"


class Bench:
    """One incident that is changed again and again."""

    def __init__(self) -> None:
        self.at = clock.now()
        self.incident = _incident(self.at)

    def base(self) -> float:
        """Save the row, without a history."""
        incident = Incident.objects.get(pk=self.incident.pk)
        incident.skip_history_when_saving = True  # type: ignore[attr-defined]
        with acting_as(ENGINE):
            before = time.perf_counter()
            with transaction.atomic():
                incident.level = 1 - incident.level
                incident.save()
            return time.perf_counter() - before

    def record(self) -> float:
        """Save the row with everything that tells of the change."""
        incident = lock(self.incident)
        attempt = attempt_of(
            command=COMMAND, incident=incident, plan=from_text(incident.plan), actor=ENGINE,
            at=self.at, user=None,
        )  # fmt: skip
        given = Given(attempt, {"since": self.at})
        with acting_as(ENGINE):
            before = time.perf_counter()
            with transaction.atomic():
                record(given, note_recovery(given), key=uuid4().hex, digest="")
            return time.perf_counter() - before

    def command(self) -> float:
        """Give the whole command."""
        with acting_as(ENGINE):
            before = time.perf_counter()
            execute(
                command=COMMAND, incident_id=self.incident.pk, actor=ENGINE, at=self.at,
                expected_version=None, idempotency_key=None,
                payload={"since": self.at.isoformat()},
            )  # fmt: skip
            return time.perf_counter() - before


def run(size: str) -> Iterator[dict[str, Any]]:
    """Yield the line of the transition's gate."""
    bench, rounds = Bench(), ROUNDS[size]
    for _ in range(20):
        bench.base(), bench.record(), bench.command()
    base, own = interleave(bench.base, bench.record, rounds)
    _, command = interleave(bench.base, bench.command, max(50, rounds // 4))
    yield line(
        "transition",
        value=1 / own,
        base=1 / base,
        gate=0.45,
        stretch=0.55,
        better="higher",
        unit="transitions/s",
        base_milliseconds=round(base * 1000, 3),
        milliseconds=round(own * 1000, 3),
        command_milliseconds=round(command * 1000, 3),
        durable=_durable(),
    )


def lock(incident: Incident) -> Incident:
    """Read the incident as a command does, in a transaction that is over."""
    with transaction.atomic():
        return lock_incident(incident.pk)


def _durable() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        fsync, commit = cursor.fetchone()
    return f"fsync {fsync}, synchronous_commit {commit}"


def _incident(at: dt.datetime) -> Incident:
    registry.call(load_catalogue, at=at)
    unit = registry.unit()
    reporter = registry.user(of=unit)
    registry.role(reporter, "compliance", unit=unit)
    registry.call(load_profile, unit_id=unit.pk, profile="small", author_id=reporter.pk, at=at)
    system = registry.system_in("production", of=unit)
    actor = registry.person_as_actor(reporter)
    with acting_as(actor):
        return report_incident(
            system_id=system.pk, title="Bench", seen="Nothing.", seen_at=None, known_by="",
            environment="production", person_harmed="no", rights_affected="no",
            personal_data="no", critical_service="no", actor=actor, at=at,
        )  # fmt: skip
