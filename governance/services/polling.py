"""Connectors are asked when they are due: each by one sweep, and what came is taken in and told.

The other side is asked outside any transaction; several are asked at once, so that a slow one
does not hold up the sweep. What was lost between asking and keeping is asked for again: readings
have their natural key.
"""

import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction

from governance.services.connector_faults import mark_answering, mark_failing
from governance.services.intake import Receipt, take_in_measurements
from governance.services.rehearsals import rehearse
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Invalid, Misconfigured
from ledger.services.entries import append_entry
from outbox.secrets import decrypt
from outbox.services.hints import nudge
from registry.connectors.mlflow import Access
from registry.models import System
from telemetry.connectors.asking import NoAnswer
from telemetry.connectors.fetched import Fetched
from telemetry.connectors.polls import Question, poll
from telemetry.models import Connector, ConnectorRun, ConnectorState
from telemetry.rules.mappings import Line, stored_lines
from telemetry.rules.rows import Delivery, MeasurementRow, Rejection
from telemetry.rules.schedules import next_poll_at
from telemetry.selectors.connectors import due_connectors, source_of
from telemetry.services.connectors import JOB, expect_of

LEASE = timedelta(minutes=5)
AT_ONCE = 8
KEPT = timedelta(days=31)
MOST_KEPT = 100
SEALED = "The credential cannot be opened with the keys of FIELD_KEYS: give it anew."
NOT_ASKED = "It has no address: its reports are sent here, and dry_run=true tries one out."
UNKNOWN = "An error of ours stopped the poll; the log says which."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A connector under lease: who took it may say what came of it."""

    connector: Connector
    attempts: int
    question: Question | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a poll brought, or why it brought nothing."""

    fetched: Fetched | None
    failure: str = ""
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of the rows: the receipt, or the refusal of all of them."""

    receipt: Receipt | None
    rejected: Sequence[Rejection]


def poll_due(at: datetime) -> int:
    """Ask the connectors that are due, the longest waiting first; a job of every sweep.

    Returns how many were asked. Those beyond AT_ONCE are left to a worker, or the next sweep.
    """
    taken = _take_due(at)
    if len(taken) == AT_ONCE:
        nudge(JOB)
    for one, outcome in zip(taken, _ask_all(taken, at), strict=True):
        with acting_as(actor_for(one.connector)):
            _keep(taken=one, outcome=outcome, at=at)
    _forget(at)
    return len(taken)


def try_connector(*, connector: Connector, at: datetime) -> tuple[Fetched, Receipt | None, str]:
    """Ask a connector without keeping anything; return what came, the receipt, the failure."""
    if not connector.url:
        return Fetched(connector.system.slug), None, NOT_ASKED
    question = _question(connector, {})
    outcome = Outcome(None, SEALED) if question is None else _ask(question, at)
    if outcome.fetched is None:
        return Fetched(connector.system.slug), None, outcome.failure
    actor = actor_for(connector)
    with acting_as(actor):
        intake = take_in(connector, outcome.fetched, actor, at, dry_run=True)
    tried = replace_rejected(outcome.fetched, intake.rejected)
    return tried, intake.receipt, outcome.failure


def replace_rejected(fetched: Fetched, rejected: Sequence[Rejection]) -> Fetched:
    """Return what was fetched with all that was refused in the end."""
    return replace(fetched, rejected=list(rejected))


def actor_for(connector: Connector) -> Actor:
    """Return the machine that a connector is: it writes to its own system alone."""
    return replace(machine(f"connector {connector.name}"), id=f"connector:{connector.pk}")


@transaction.atomic
def _take_due(at: datetime) -> list[Taken]:
    """Lease what is due, so that another sweep asks something else."""
    rows = due_connectors(at=at).select_for_update(skip_locked=True, of=("self",))
    taken = []
    for state in rows.select_related("connector__system")[:AT_ONCE]:
        state.attempts += 1
        state.leased_until = at + LEASE
        state.save(update_fields=["attempts", "leased_until"])
        question = _question(state.connector, state.marks)
        taken.append(Taken(state.connector, state.attempts, question))
    return taken


def _question(connector: Connector, marks: dict[str, str]) -> Question | None:
    """Return what is asked, None where the credential cannot be opened."""
    try:
        secrets = tuple(decrypt(bytes(connector.secrets))) if connector.secrets else ()
    except (InvalidToken, Misconfigured):
        return None
    return Question(
        kind=connector.kind,
        system=connector.system.slug,
        access=Access(connector.url, secrets),
        lines=stored_lines(connector.lines),
        marks={mark: datetime.fromisoformat(end) for mark, end in marks.items()},
    )


def _ask_all(taken: Sequence[Taken], at: datetime) -> list[Outcome]:
    """Ask them side by side; the threads meet no database."""
    if not taken:
        return []
    with ThreadPoolExecutor(max_workers=len(taken), thread_name_prefix="connector") as pool:
        waiting = [pool.submit(_ask, one.question, at) for one in taken]
        return [one.result() for one in waiting]


def _ask(question: Question | None, at: datetime) -> Outcome:
    if question is None:
        return Outcome(None, SEALED)
    try:
        fetched = poll(question, at)
    except NoAnswer as error:
        return Outcome(None, error.reason, error.retry_after)
    except Exception as error:  # noqa: BLE001  it must not stop the other connectors
        _log(question, error)
        return Outcome(None, UNKNOWN)
    unread = [f"Line {number}: {reason}" for number, reason in fetched.unread.items()]
    return Outcome(fetched, " ".join(unread)[:2000], fetched.retry_after)


def _log(question: Question, error: Exception) -> None:
    """Log where it broke; neither words nor values, among which the credential could be."""
    log.error(
        "connector_failed",
        kind=question.kind,
        system=question.system,
        error=type(error).__name__,
        trace="".join(traceback.format_tb(error.__traceback__))[-4000:],
    )


@retried
@transaction.atomic
def _keep(*, taken: Taken, outcome: Outcome, at: datetime) -> None:
    """Take in what came and write down how it went, unless another sweep has taken over."""
    rows = ConnectorState.objects.select_for_update(of=("self",)).select_related(
        "connector__system"
    )
    state = rows.filter(pk=taken.connector.pk, attempts=taken.attempts).first()
    if state is None or not state.connector.active:
        return
    run = ConnectorRun(connector=state.connector, started_at=at)
    failure = outcome.failure
    if outcome.fetched is not None:
        settled = settle(state, run, outcome.fetched, actor_for(state.connector), at)
        failure = settled[1] or failure
    run.failure = failure
    run.save()
    if outcome.fetched is None or not outcome.fetched.is_idle:
        tell(state, failure, actor_for(state.connector), at)
    mark_lines(state.connector, outcome.fetched, failure, at)
    state.next_at = next_poll_at(
        at,
        every=state.connector.every_seconds,
        failures=state.failures,
        retry_after=outcome.retry_after,
    )
    state.polled_at, state.leased_until = at, None
    state.save()


def mark_lines(connector: Connector, fetched: Fetched | None, failure: str, at: datetime) -> None:
    """Put what the failed lines feed in error, end the error of what the answered ones feed."""
    failed = _failed_lines(connector, fetched) if failure else []
    well = set() if fetched is None else fetched.answered
    lines = enumerate(stored_lines(connector.lines), start=1)
    answered = [line for number, line in lines if number in well and line not in failed]
    mark_answering(connector=connector, lines=answered, at=at)
    mark_failing(connector=connector, lines=failed, at=at)


def _failed_lines(connector: Connector, fetched: Fetched | None) -> list[Line]:
    """Return the lines that were not answered; all of them where nothing was, or nothing taken."""
    lines = stored_lines(connector.lines)
    if fetched is None or not fetched.unread:
        return lines
    return [line for number, line in enumerate(lines, start=1) if number in fetched.unread]


def settle(
    state: ConnectorState, run: ConnectorRun, fetched: Fetched, actor: Actor, at: datetime
) -> tuple[Intake, str]:
    """Take the rows in and note what came of them; return it, and why none was taken.

    `state` is locked; neither it nor `run` is saved. The reason is '' where something was taken.
    """
    connector = state.connector
    intake = take_in(connector, fetched, actor, at)
    receipt, rejected = intake.receipt, intake.rejected
    run.fetched, run.rejected, run.notes = fetched.count, len(rejected), fetched.notes[:20]
    run.refused = [_told(one, fetched) for one in rejected[:MOST_KEPT]]
    if receipt is not None:
        run.accepted, run.repeated = receipt.accepted, receipt.repeated
        run.quarantined, run.batch_id = len(receipt.quarantined), receipt.batch_id
    if run.accepted:
        expect_of(connector=connector, born_at=at, actor=actor, at=at)
    _note_last(state, run, fetched, rejected, at)
    marks = _marks(state, fetched, at + timedelta(seconds=settings.CLOCK_SKEW_SECONDS))
    state.marks = {mark: end.astimezone(UTC).isoformat() for mark, end in marks.items()}
    if rejected and not run.accepted + run.repeated + run.quarantined:
        return intake, f"Nothing of what came was taken: {rejected[0].reason}"
    return intake, ""


def _marks(state: ConnectorState, fetched: Fetched, horizon: datetime) -> dict[str, datetime]:
    """Return how far each line is that is still asked.

    What lies in the future moves nothing: else one wrong clock would hide all that comes later.
    """
    known = {mark: datetime.fromisoformat(end) for mark, end in state.marks.items()}
    asked = {line.mark for line in stored_lines(state.connector.lines)}
    found: dict[str, datetime] = {}
    for mark, end in (*known.items(), *fetched.marks.items()):
        if mark in asked and end <= horizon:
            found[mark] = end
    return found


def take_in(
    connector: Connector, fetched: Fetched, actor: Actor, at: datetime, *, dry_run: bool = False
) -> Intake:
    """Take rows in, or rehearse it; a refusal of all of them is told by row."""
    if not fetched.rows:
        return Intake(None, fetched.rejected)
    delivery: Delivery[MeasurementRow] = Delivery(
        rows=fetched.rows,
        numbers=fetched.numbers,
        rejected=fetched.rejected,
        source=source_of(connector),
    )

    def deliver() -> Receipt:
        reach = System.objects.filter(pk=connector.system_id)
        return take_in_measurements(delivery=delivery, reach=reach, actor=actor, at=at)

    try:
        receipt = rehearse(deliver) if dry_run else deliver()
    except Invalid as refusal:
        told = refusal.extra.get("rejected", [])
        return Intake(None, [Rejection(**one) for one in told] or fetched.rejected)
    return Intake(receipt, receipt.rejected)


def _note_last(
    state: ConnectorState,
    run: ConnectorRun,
    fetched: Fetched,
    rejected: Sequence[Rejection],
    at: datetime,
) -> None:
    """Keep the newest row that was taken and the newest that was not, with the reason."""
    bad = {one.row for one in rejected}
    taken = [number for number in fetched.numbers if number not in bad]
    if taken and run.accepted:
        state.accepted_at, state.accepted_row = at, fetched.raw[taken[-1]]
    if rejected:
        last = rejected[-1]
        state.rejected_at, state.rejected_why = at, last.reason
        state.rejected_row = fetched.raw.get(last.row, {})
    if not run.failure:
        state.answered_at = at


def _told(rejection: Rejection, fetched: Fetched) -> dict[str, Any]:
    return {
        "row": rejection.row,
        "field": rejection.field,
        "reason": rejection.reason,
        "what": fetched.raw.get(rejection.row, {}),
    }


def tell(state: ConnectorState, failure: str, actor: Actor, at: datetime) -> None:
    """Count failures in a row; the ledger tells where they begin and where they end."""
    began = bool(failure) and not state.failures
    ended = not failure and bool(state.failures)
    state.failure = failure
    state.failures = state.failures + 1 if failure else 0
    if began:
        state.failing_since = at
        _enter("connector.failed", state, failure, actor, at)
    elif ended:
        state.failing_since = None
        _enter("connector.recovered", state, "", actor, at)


def _enter(verb: str, state: ConnectorState, reason: str, actor: Actor, at: datetime) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("connector", str(state.connector_id), state.connector.name),
        reason=reason,
        system_id=state.connector.system_id,
    )


def _forget(at: datetime) -> None:
    """Remove the accounts of polls that are older than a month."""
    old = ConnectorRun.objects.filter(started_at__lt=at - KEPT).order_by("id").values("pk")
    ConnectorRun.objects.filter(pk__in=old[:5000]).delete()
