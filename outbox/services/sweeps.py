"""The sweep: fires due timers, delivers messages, runs the registered jobs. Needs no broker."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog
from django.db import connection, transaction

from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import machine
from outbox import engine, sweep_jobs, timer_kinds
from outbox.models import Timer
from outbox.services.delivery import deliver_due
from outbox.timer_kinds import DueTimer, TimerKind

SWEEP = machine("sweep")
MOST_ROUNDS = 50
LEAST_TOGETHER = 2
RETRY_AFTER = timedelta(seconds=30)
# One array, not a list of so many parameters: reading those costs more than finding the rows.
CLAIM = """
SELECT id, key, subject_id, due_at, payload::text FROM outbox_timer
WHERE id = ANY(%s::uuid[]) AND state = 'armed' AND next_try_at <= %s
ORDER BY due_at, id FOR NO KEY UPDATE SKIP LOCKED
"""
FIRED = "UPDATE outbox_timer SET state = 'fired', fired_at = %s WHERE id = ANY(%s::uuid[])"
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class SweepReport:
    """What one sweep did: timers fired and failed, messages delivered, jobs by name."""

    fired: int = 0
    failed: int = 0
    delivered: int = 0
    jobs: dict[str, int] = field(default_factory=dict)


def sweep(*, at: datetime, batch: int = 200) -> SweepReport:
    """Do everything that is due at `at`. Several sweeps may run at once; none waits.

    Raises OldEngine where a newer engine has taken over: nothing was done then.
    """
    engine.require_newest()
    report = SweepReport()
    with acting_as(SWEEP):
        fire_timers(at=at, batch=batch, report=report)
        run_jobs(at=at, report=report)
        report.delivered = deliver_due(at=at, batch=batch)
    return report


def fire_timers(
    *, at: datetime, batch: int, report: SweepReport, rounds: int = MOST_ROUNDS
) -> None:
    """Fire what is due, and what that armed and is due already, in order."""
    for _ in range(rounds):
        if not _fire_round(at, batch, report):
            return


def run_jobs(*, at: datetime, report: SweepReport) -> None:
    """Run every registered job; one that fails is logged and does not stop the others."""
    for name in sweep_jobs.registered():
        report.jobs[name] = _run(name, sweep_jobs.registered()[name], at)


def run_job(*, name: str, at: datetime) -> int:
    """Run one job that somebody asked for by name; return how much it did, -1 if it failed."""
    return _run(name, sweep_jobs.hinted(name), at)


def _run(name: str, job: sweep_jobs.Job, at: datetime) -> int:
    try:
        return job(at)
    except Exception:  # noqa: BLE001  one job's defect must not stop the sweep
        log.exception("sweep_job_failed", job=name)
        return -1


def _fire_round(at: datetime, batch: int, report: SweepReport) -> int:
    due = Timer.objects.filter(state=Timer.State.ARMED, next_try_at__lte=at)
    rows = list(due.order_by("next_try_at", "id").values_list("id", "kind", "subject_id")[:batch])
    fired = 0
    for kind in dict.fromkeys(row[1] for row in rows):
        fired += _fire_kind(kind, [row for row in rows if row[1] == kind], at, report)
    report.fired += fired
    return fired


@retried
@transaction.atomic
def _fire_kind(
    name: str, rows: Sequence[tuple[UUID, str, UUID]], at: datetime, report: SweepReport
) -> int:
    kind = timer_kinds.lookup(name)
    locked = kind.lock(sorted({row[2] for row in rows}))
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [[row[0] for row in rows if row[2] in locked], at])
        timers = [
            DueTimer(pk, key, subject, due, orjson.loads(payload))
            for pk, key, subject, due, payload in cursor.fetchall()
        ]
    together = _fire_together(kind, timers, at)
    rest = [timer.pk for timer in timers if timer.pk not in together]
    return len(together) + sum(_fire_one(kind, timer, at, report) for timer in _due_of(rest, at))


def _due_of(ids: Sequence[UUID], at: datetime) -> list[Timer]:
    """Return which of some timers are due now, in order: what fired may have put some off."""
    if not ids:
        return []
    due = Timer.objects.filter(pk__in=ids, state=Timer.State.ARMED, next_try_at__lte=at)
    return list(due.order_by("due_at", "id"))


def _fire_together(kind: TimerKind, timers: Sequence[DueTimer], at: datetime) -> set[UUID]:
    """Fire what the kind fires set-wise and return it; a set that fails goes one by one."""
    if kind.fire_many is None or len(timers) < LEAST_TOGETHER:
        return set()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            fired = kind.fire_many(timers=timers, at=at)
            cursor.execute(FIRED, [at, list(fired)])
    except Exception:  # noqa: BLE001  one timer's defect must not stop those beside it
        log.exception("timers_failed_together", kind=kind.name, timers=len(timers))
        return set()
    return fired


def _fire_one(kind: TimerKind, timer: Timer, at: datetime, report: SweepReport) -> int:
    # What fired before it in this round may have cancelled it, or put it off.
    if not Timer.objects.filter(pk=timer.pk, state=Timer.State.ARMED, next_try_at__lte=at).exists():
        return 0
    try:
        with transaction.atomic():
            kind.fire(timer=timer, at=at)
            Timer.objects.filter(pk=timer.pk).update(state=Timer.State.FIRED, fired_at=at)
    except Exception:  # noqa: BLE001  a failing timer is tried again and shown, the rest go on
        log.exception("timer_failed", timer=str(timer.pk), kind=timer.kind)
        _put_off(timer, at)
        report.failed += 1
        return 0
    return 1


def _put_off(timer: Timer, at: datetime) -> None:
    Timer.objects.filter(pk=timer.pk).update(
        attempts=timer.attempts + 1,
        next_try_at=at + RETRY_AFTER,
        last_error=traceback.format_exc()[-2000:],
    )
