"""An archive asked for on a page: written by a worker, kept on the host, handed out by no page."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Refused
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from outbox.services.hints import nudge
from registry.models import OrganisationExport, User
from registry.rules.permits import PERMITS, in_words
from registry.selectors.exchange import holds_everywhere
from registry.services.exchange.progress import write_apart
from reports.services.organisation.writing import Written, write_organisation

JOB = "organisation"
WRITER = machine("organisation")
FOLDER = "organisation"
LEASE = timedelta(minutes=15)
MOST_ATTEMPTS = 3
TELL = """
UPDATE registry_organisationexport SET step = %s, progress = %s
 WHERE id = %s AND attempts = %s AND state = 'writing'
"""
log = structlog.get_logger(__name__)


@transaction.atomic
def request_export(*, reason: str, actor: Actor, at: datetime) -> OrganisationExport:
    """Ask for an archive without credentials. Raises Forbidden, Invalid, Conflict (one waits)."""
    user = require_exporter(actor, at)
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    waits = OrganisationExport.objects.filter(state__in=["queued", "writing"])
    if waits.exists():
        raise Conflict("one_waits", "An archive is being written already: wait until it is ready.")
    made: OrganisationExport = OrganisationExport(requested_by=user, requested_at=at, reason=reason)
    made.save(force_insert=True)
    append_entry(
        verb="organisation.export_asked",
        actor=actor,
        at=at,
        subject=("organisation_export", str(made.pk), f"archive of {at:%Y-%m-%d %H:%M} UTC"),
        reason=reason,
    )
    nudge(JOB)
    return made


def require_exporter(actor: Actor, at: datetime) -> User:
    """Return the person who may export the whole organisation. Raises Forbidden."""
    permit = PERMITS["organisation.export"]
    user: User | None = User.objects.filter(pk=actor.person).first() if actor.person else None
    if user is None or not holds_everywhere(act="organisation.export", user_id=user.pk, at=at):
        who = worded("{roles} of the whole organisation", roles=in_words(permit.roles))
        raise Forbidden(
            "role_missing",
            worded("You cannot {words}: that takes {who}.", words=term(permit.words), who=who),
            who_can=[who],
            recorded=True,
        )
    return user


def write_waiting(at: datetime) -> int:
    """Write the archive that was asked for first: a job of every sweep."""
    row = _take(at)
    if row is None:
        return 0
    with acting_as(WRITER):
        _write(row, at)
    return 1


@transaction.atomic
def _take(at: datetime) -> OrganisationExport | None:
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    rows = OrganisationExport.objects.filter(free, state__in=["queued", "writing"])
    row = rows.order_by("requested_at").select_for_update(skip_locked=True, no_key=True).first()
    if row is None:
        return None
    row.attempts += 1
    row.state, row.leased_until = OrganisationExport.State.WRITING, at + LEASE
    OrganisationExport.objects.filter(pk=row.pk).update(
        attempts=row.attempts, state=row.state, leased_until=row.leased_until
    )
    return row


def _write(row: OrganisationExport, at: datetime) -> None:
    if row.attempts > MOST_ATTEMPTS:
        failure = worded("It stopped {most_attempts} times.", most_attempts=MOST_ATTEMPTS)
        _end(row, failure=failure, at=at)
        return
    name = f"{FOLDER}/organisation-{at:%Y%m%dT%H%M%SZ}-{row.attempts}.zip"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def tell(step: str, share: int) -> None:
        # The snapshot is one long transaction: only another connection is seen before its end.
        write_apart(TELL, [step, share, row.pk, row.attempts])

    def keep(done: Written) -> None:
        _finish(row, name, done, at)

    try:
        write_organisation(path=path, reason=row.reason, actor=WRITER, at=at, tell=tell, keep=keep)
    except Refused as refusal:
        _end(row, failure=refusal.reason, at=at)
    except Exception:  # noqa: BLE001  whatever it was, the page must say that it stopped
        log.exception("organisation_export_failed", export=str(row.pk))
        _end(row, failure="An error stopped it; the log says which.", at=at)


def _finish(row: OrganisationExport, name: str, done: Written, at: datetime) -> None:
    _save(
        row.pk, row.attempts, state=OrganisationExport.State.READY, progress=100, step="",
        leased_until=None, finished_at=at, path=name, sha256=done.sha256, size=done.bytes,
        rows=done.rows, checkpoint_size=done.checkpoint_size,
    )  # fmt: skip


@transaction.atomic
def _end(row: OrganisationExport, *, failure: str, at: datetime) -> None:
    state = OrganisationExport.State.FAILED
    _save(row.pk, row.attempts, state=state, failure=failure, leased_until=None, finished_at=at)
    append_entry(
        verb="organisation.export_failed",
        actor=WRITER,
        at=at,
        subject=("organisation_export", str(row.pk), "archive"),
        reason=failure,
    )


def _save(pk: UUID, attempts: int, **changes: object) -> None:
    """Save under the lease: who lost it to another worker saves nothing."""
    OrganisationExport.objects.filter(pk=pk, attempts=attempts).update(**changes)
