"""Back-tests: a proposed threshold over the stored past, beside the one in force (KPI-9).

The past is read in chunks of some thousand windows and judged by the rules that judge the present;
what has been done is kept after each chunk, so that a run that was killed goes on where it stood.
Voided readings do not count.
"""

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.models import Backtest, Threshold, ThresholdVersion
from governance.rules.backtest import Case, compared
from governance.rules.stated import Stated
from governance.selectors.backtests import incident_numbers, series_of_threshold
from governance.services.replaying import (
    Progress,
    Replayed,
    absolute,
    judge_chunk,
    replay,
    replayed,
    rule_of_stated,
)
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Invalid
from ledger.services.entries import append_entry
from outbox.services.hints import nudge
from registry.models import System, User
from telemetry.models import Series
from telemetry.selectors.counting import windows_between

AT_ONCE = 4_000
USUAL = timedelta(days=180)
SECONDS_A_SWEEP = 5.0
MOST_SERIES = 50
MOST_TOLD = 200
MOST_FAILURES = 3
WORKER = machine("back-test")
State = Backtest.State
UNDONE = (State.QUEUED, State.RUNNING)


@transaction.atomic
def ask_backtest(
    *,
    system_id: UUID,
    kpi_id: str,
    stated: Stated,
    actor: Actor,
    at: datetime,
    environment: str = "production",
    segment: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    version: ThresholdVersion | None = None,
) -> Backtest:
    """Ask for a back-test of limits over a span, by default the last half year.

    A short one is done at once; a long one is worked on by the sweep, and its progress kept.
    Raises Invalid.
    """
    since, until = since or at - USUAL, until or at
    _refuse_span(since, until, at)
    series = series_of_threshold(
        system_id=system_id, kpi_id=kpi_id, environment=environment, segment=segment
    )[:MOST_SERIES]
    threshold = Threshold.objects.filter(
        system_id=system_id, kpi_id=kpi_id, environment=environment, segment=segment
    ).first()
    limits = absolute(stated)
    backtest = Backtest(
        system=System.objects.get(pk=system_id),
        threshold=threshold,
        version=version,
        against=None if threshold is None else threshold.versions.filter(state="active").first(),
        kpi_id=kpi_id,
        series_ids=[one.pk for one in series],
        stated=_plain(limits),
        since_at=since,
        until_at=until,
        asked_by=User.objects.filter(pk=actor.person).first() if actor.person else None,
        asked_at=at,
        total=sum(windows_between(series_id=one.pk, since=since, until=until) for one in series),
    )
    backtest.save(force_insert=True, at=at)
    _record("backtest.asked", backtest, actor, at, {"since": since, "until": until})
    if backtest.total <= AT_ONCE:
        with acting_as(WORKER):
            while backtest.state in UNDONE:
                work_on(backtest_id=backtest.pk, at=at)
                backtest.refresh_from_db()
    else:
        nudge("sweep")
    return backtest


def run_backtests(at: datetime) -> int:
    """Work on the back-tests that wait, for some seconds; a job of the sweep. Returns chunks done.

    Between two chunks nobody holds anything: who was killed is followed by the next sweep.
    """
    began, chunks = time.monotonic(), 0
    with acting_as(WORKER):
        while time.monotonic() - began < SECONDS_A_SWEEP:
            waiting = Backtest.objects.filter(state__in=UNDONE).order_by("asked_at", "pk")
            found = waiting.values_list("pk", flat=True).first()
            if found is None or not work_on(backtest_id=found, at=at):
                break
            chunks += 1
    return chunks


@transaction.atomic
def work_on(*, backtest_id: UUID, at: datetime) -> bool:
    """Do one chunk of a back-test and keep how far it is; whether it was done here.

    Who cannot lock it leaves it to whoever works on it.
    """
    rows = Backtest.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    backtest = rows.select_related("version", "against").filter(pk=backtest_id).first()
    if backtest is None or backtest.state in (State.DONE, State.FAILED):
        return False
    try:
        with transaction.atomic():
            _work(backtest, at)
    except (ValueError, ArithmeticError, LookupError) as error:
        _fail(backtest, f"{type(error).__name__}: {error}", at)
    return True


def _work(backtest: Backtest, at: datetime) -> None:
    progress = Progress(**backtest.cursor) if backtest.cursor else Progress()
    if progress.place < len(backtest.series_ids):
        series = Series.objects.select_related("kpi", "system").get(
            pk=backtest.series_ids[progress.place]
        )
        rule = rule_of_stated(Stated(**backtest.stated), series.kpi)
        judge_chunk(
            progress, series, rule, backtest.since_at, backtest.until_at, at, backtest.against
        )
    if progress.place < len(backtest.series_ids):
        _keep(backtest, progress, at)
    else:
        _finish(backtest, progress, at)


def _keep(backtest: Backtest, progress: Progress, at: datetime) -> None:
    backtest.state = State.RUNNING
    backtest.cursor = asdict(progress)
    backtest.done = progress.readings
    backtest.save(update_fields=["state", "cursor", "done"], at=at)


def _finish(backtest: Backtest, progress: Progress, at: datetime) -> None:
    backtest.state, backtest.cursor = State.DONE, {}
    backtest.done = progress.readings
    backtest.finished_at = at
    backtest.result = _result(backtest, progress)
    backtest.save(at=at)
    counts = {name: backtest.result[name] for name in ("opened", "missed", "spared", "watches")}
    _record("backtest.finished", backtest, WORKER, at, counts)


def _fail(backtest: Backtest, words: str, at: datetime) -> None:
    """Give up after some attempts: what is wrong stands on the page."""
    backtest.attempts += 1
    backtest.failure = words[:1000]
    backtest.state = State.FAILED if backtest.attempts >= MOST_FAILURES else State.RUNNING
    backtest.save(update_fields=["attempts", "failure", "state"], at=at)


def _result(backtest: Backtest, progress: Progress) -> dict[str, Any]:
    found = replayed(progress, backtest.since_at)
    present = [Case(**one) for one in progress.present_cases]
    both = compared(found.incidents, [one for one in present if not one.is_watch])
    real = incident_numbers(series_ids=backtest.series_ids, since=backtest.since_at)
    return {
        "readings": progress.readings,
        "series": len(backtest.series_ids),
        "opened": len(both.opened),
        "new": len(both.new),
        "missed": len(both.missed),
        "spared": len(both.spared),
        "kept": len(both.kept),
        "watches": len(found.watches),
        "present": sum(not one.is_watch for one in present),
        "present_watches": sum(one.is_watch for one in present),
        "beyond": progress.beyond,
        "really_opened": sorted({number for some in real.values() for number in some})[:MOST_TOLD],
        "cases": {
            name: [_told(one) for one in getattr(both, name)[:MOST_TOLD]]
            for name in ("opened", "missed", "spared")
        },
    }


def _told(case: Case) -> dict[str, Any]:
    ended = case.ended_at
    return {
        "series": case.series_id,
        "at": datetime.fromtimestamp(case.at, UTC).isoformat(),
        "window_end": datetime.fromtimestamp(case.window_end, UTC).isoformat(),
        "ended_at": None if ended is None else datetime.fromtimestamp(ended, UTC).isoformat(),
        "state": case.state,
        "severity": case.severity,
        "value": case.value,
        "number": case.number,
        "false_alarm": case.false_alarm,
    }


def _plain(stated: Stated) -> dict[str, Any]:
    plain = asdict(stated)
    plain["mode"] = "absolute"
    return plain


def _refuse_span(since: datetime, until: datetime, at: datetime) -> None:
    if since >= until or until > at:
        words = "A back-test covers a span of the past that begins before it ends."
        raise Invalid("invalid_span", words, fields={"since": words})


def _record(
    verb: str, backtest: Backtest, actor: Actor, at: datetime, after: dict[str, Any]
) -> None:
    label = f"{backtest.kpi_id} of {backtest.system.name}"
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("backtest", str(backtest.pk), label),
        system_id=backtest.system_id,
        after=after,
        details={"version": backtest.version_id},
        touched=[f"governance_backtest:{backtest.pk}"],
    )


__all__ = ["Replayed", "ask_backtest", "replay", "run_backtests", "work_on"]
