"""Reports that a program sends instead of having them fetched: the same lines, judged the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from governance.services.intake import Receipt
from governance.services.polling import mark_lines, replace_rejected, settle, take_in, tell
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import term, worded
from registry.models import System
from telemetry.connectors.asking import NoAnswer
from telemetry.connectors.documents import Unreadable, read_document
from telemetry.connectors.evidently import Report, fetch
from telemetry.connectors.fetched import Fetched
from telemetry.models import Connector, ConnectorRun, ConnectorState
from telemetry.rules.mappings import stored_lines
from telemetry.rules.rows import Rejection

UNDATED = "The report does not say when it was made: say it as made_at, with its time zone."
EVERY = 60
"""Seconds within which a report that fails for the same reason again is not noted again."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a report: how many figures were read, what was taken, what was not and why."""

    fetched: int
    accepted: int
    repeated: int
    rejected: Sequence[Rejection]
    batch_id: UUID | None = None
    incidents: Sequence[str] = field(default_factory=tuple)
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the machine, and the systems that it may write to."""

    actor: Actor
    reach: QuerySet[System]


def take_in_report(
    *,
    connector_id: UUID,
    content: bytes,
    made_at: datetime | None,
    sender: Sender,
    dry_run: bool,
    at: datetime,
) -> Sent:
    """Take the figures of a report of Evidently in, by the lines of a connector; judge them.

    The same report again changes nothing. One that cannot be read, or of which nothing can be
    taken, is a failure of the connector: what it feeds stands in ERROR. Raises Missing, Conflict,
    Invalid.
    """
    connector = _connector(connector_id, sender.reach)
    try:
        fetched = _read(connector, content, made_at)
    except (NoAnswer, Unreadable) as error:
        reason = UNDATED if made_at is None and "Last-Modified" in error.reason else error.reason
        if not dry_run:
            _keep_failure(connector.pk, reason, sender.actor, at)
        raise Invalid("report_refused", reason, fields={"report": reason}) from None
    if dry_run:
        return _tried(connector, fetched, sender.actor, at)
    return _keep(connector.pk, fetched, sender.actor, at)


def _connector(connector_id: UUID, reach: QuerySet[System]) -> Connector:
    found = Connector.objects.filter(pk=connector_id, system__in=reach).first()
    if found is None:
        raise Missing("unknown_connector", "There is no such connector that you may send to.")
    if found.kind != Connector.Kind.EVIDENTLY:
        raise Conflict(
            "other_kind",
            worded(
                "{found_name} asks {kind} itself.",
                found_name=found.name,
                kind=term(found.get_kind_display()),
            ),
        )
    if not found.active:
        raise Conflict(
            "switched_off", worded("{found_name} is switched off.", found_name=found.name)
        )
    return found


def _read(connector: Connector, content: bytes, made_at: datetime | None) -> Fetched:
    """Return the figures of a report by the connector's lines. Raises NoAnswer, Unreadable."""
    report = Report(read_document(content), made_at=made_at)
    fetched = Fetched(connector.system.slug)
    for number, line in enumerate(stored_lines(connector.lines), start=1):
        refused = len(fetched.rejected)
        # Whatever came before: a report that is sent late still has its window.
        fetch(report, line, into=fetched, last=None)
        if len(fetched.rejected) == refused:
            fetched.answered.add(number)
    return fetched


def _tried(connector: Connector, fetched: Fetched, actor: Actor, at: datetime) -> Sent:
    intake = take_in(connector, fetched, actor, at, dry_run=True)
    return _sent(replace_rejected(fetched, intake.rejected), intake.receipt)


def _sent(fetched: Fetched, receipt: Receipt | None) -> Sent:
    if receipt is None:
        return Sent(fetched.count, 0, 0, fetched.rejected)
    return Sent(
        fetched=fetched.count,
        accepted=receipt.accepted,
        repeated=receipt.repeated,
        rejected=fetched.rejected,
        batch_id=receipt.batch_id,
        incidents=[one.number for one in receipt.incidents],
        quarantined=len(receipt.quarantined),
    )


@retried
@transaction.atomic
def _keep(connector_id: UUID, fetched: Fetched, actor: Actor, at: datetime) -> Sent:
    """Take in what was read and write down how it went."""
    state = _locked(connector_id)
    run = ConnectorRun(connector=state.connector, started_at=at)
    intake, failure = settle(state, run, fetched, actor, at)
    run.failure = failure
    run.save()
    _tell(state, fetched, failure, actor, at)
    return _sent(replace_rejected(fetched, intake.rejected), intake.receipt)


@retried
@transaction.atomic
def _keep_failure(connector_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Write down that a report could not be read, once a minute for the same reason."""
    state = _locked(connector_id)
    again = state.failure == reason and state.polled_at is not None
    if again and 0 <= (at - (state.polled_at or at)).total_seconds() < EVERY:
        return
    ConnectorRun.objects.create(connector=state.connector, started_at=at, failure=reason)
    _tell(state, None, reason, actor, at)


def _locked(connector_id: UUID) -> ConnectorState:
    rows = ConnectorState.objects.select_for_update(of=("self",))
    return rows.select_related("connector__system").get(pk=connector_id)


def _tell(
    state: ConnectorState, fetched: Fetched | None, failure: str, actor: Actor, at: datetime
) -> None:
    tell(state, failure, actor, at)
    state.polled_at = at
    state.save()
    mark_lines(state.connector, fetched, failure, at)
