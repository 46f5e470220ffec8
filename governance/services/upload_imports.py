"""A file of readings taken in by chunks that a crash cannot double.

Each chunk is one transaction with the mark of how far the file is, so that whoever takes over
goes on behind the last line that was kept.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from governance.services.upload_rows import counted, deliver, note_chunk
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Refused
from outbox.services.hints import nudge
from registry.models import User
from telemetry.models import Upload
from telemetry.rules.rows import Rejection
from telemetry.services.uploads import (
    A_CHUNK,
    FORGETTER,
    Lines,
    forget_uploads,
    read_lines,
    record,
    tell_faults,
)

JOB = "uploads"
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 5
A_TURN = 20
"""Chunks that a sweep takes in before it turns to other work."""
log = structlog.get_logger(__name__)


def import_upload(*, upload_id: UUID, at: datetime, chunks: int | None = None) -> Upload:
    """Take in the next chunks of a file that somebody asked to take in.

    What stopped it stands in `failure`; the file is open again, and goes on from there.
    """
    attempts = _take(upload_id, at)
    found = Upload.objects.get(pk=upload_id)
    if attempts is None:
        return found
    actor = _in_whose_name(found)
    with acting_as(actor):
        try:
            _take_turn(found, attempts, chunks or A_TURN, actor, at)
        except Refused as refusal:
            _stop(upload_id, attempts, refusal.reason, actor, at)
        except Exception:  # noqa: BLE001  whatever it was, the page must say that it stopped
            log.exception("upload_failed", of=str(upload_id))
            _stop(upload_id, attempts, "An error stopped it; the log says which.", actor, at)
    return Upload.objects.get(pk=upload_id)


def _take_turn(found: Upload, attempts: int, chunks: int, actor: Actor, at: datetime) -> None:
    """Take in as many chunks; raises Conflict for a file that workers die of."""
    if attempts > MOST_ATTEMPTS + found.done // A_CHUNK:
        raise Conflict("too_often", "It was begun several times and never came further.")
    for _ in range(chunks):
        if not _take_in_chunk(found.pk, attempts, actor, at):
            break
    _give_free(found.pk, attempts)


def import_waiting(at: datetime) -> int:
    """Take in chunks of the file that waits longest, and forget old lines: a job of every sweep."""
    with acting_as(FORGETTER):
        removed = forget_uploads(at)
    first = Upload.objects.filter(_free(at), state=Upload.State.IMPORTING).order_by("uploaded_at")
    found = first.values_list("pk", flat=True).first()
    if found is None:
        return removed
    done = import_upload(upload_id=found, at=at)
    if done.state == Upload.State.IMPORTING:
        nudge(JOB)
    return removed + 1


@retried
@transaction.atomic
def _take_in_chunk(upload_id: UUID, attempts: int, actor: Actor, at: datetime) -> bool:
    """Take in the next chunk; return whether another one may follow."""
    found = Upload.objects.select_for_update(no_key=True).get(pk=upload_id)
    if found.attempts != attempts or found.state != Upload.State.IMPORTING:
        return False
    lines = read_lines(found, begin=found.done, most=A_CHUNK)
    if lines.seen:
        _count(found, lines, actor, at)
    if found.done < found.rows and lines.seen:
        return True
    _finish(found, actor, at)
    return False


def _count(found: Upload, lines: Lines, actor: Actor, at: datetime) -> None:
    """Take the rows of a chunk in and add up what became of them."""
    rejected, counts = list(lines.rejected), {"accepted": 0, "repeated": 0, "quarantined": 0}
    if lines.rows:
        try:
            receipt = deliver(found, lines, User.objects.get(pk=actor.person), actor, at)
            rejected = receipt.rejected
            counts = {name: counted(receipt)[name] for name in counts}
        except Invalid as refusal:
            rejected = [Rejection(**one) for one in refusal.extra.get("rejected", [])]
    note_chunk(found, lines, rejected, counts, at)
    found.done += lines.seen
    found.accepted += counts["accepted"]
    found.repeated += counts["repeated"]
    found.quarantined += counts["quarantined"]
    found.rejected += tell_faults(found, rejected, at_import=True)
    own = Upload.objects.filter(pk=found.pk)
    own.update(
        done=found.done,
        accepted=found.accepted,
        repeated=found.repeated,
        quarantined=found.quarantined,
        rejected=found.rejected,
        leased_until=at + LEASE,
    )


def _finish(found: Upload, actor: Actor, at: datetime) -> None:
    found.state, found.ended_at, found.leased_until = Upload.State.IMPORTED, at, None
    found.save(update_fields=["state", "ended_at", "leased_until"])
    counts = {
        "accepted": found.accepted,
        "repeated": found.repeated,
        "quarantined": found.quarantined,
        "rejected": found.rejected,
    }
    record(
        "upload.imported",
        found,
        actor,
        at,
        before={"state": "importing"},
        after={"state": "imported", **counts},
    )


@transaction.atomic
def _take(upload_id: UUID, at: datetime) -> int | None:
    """Lease an upload that is to be taken in; return the number of the attempt."""
    rows = Upload.objects.filter(_free(at), pk=upload_id, state=Upload.State.IMPORTING)
    found = rows.select_for_update(skip_locked=True, no_key=True).first()
    if found is None:
        return None
    attempts = found.attempts + 1
    Upload.objects.filter(pk=upload_id).update(attempts=attempts, leased_until=at + LEASE)
    return attempts


def _give_free(upload_id: UUID, attempts: int) -> None:
    """Let the next worker go on at once."""
    own = Upload.objects.filter(pk=upload_id, attempts=attempts, state=Upload.State.IMPORTING)
    own.update(leased_until=None)


@transaction.atomic
def _stop(upload_id: UUID, attempts: int, failure: str, actor: Actor, at: datetime) -> None:
    """Open a file again; what was taken in of it stays, and asking again goes on behind it."""
    own = Upload.objects.select_for_update(no_key=True).filter(
        pk=upload_id, attempts=attempts, state=Upload.State.IMPORTING
    )
    found = own.first()
    if found is None:
        return
    found.state, found.failure, found.leased_until = Upload.State.READ, failure, None
    found.ended_by_id = None
    found.save(update_fields=["state", "failure", "leased_until", "ended_by"])
    record(
        "upload.stopped",
        found,
        actor,
        at,
        before={"state": "importing"},
        after={"state": "read", "done": found.done},
    )


def _free(at: datetime) -> Q:
    return Q(leased_until__isnull=True) | Q(leased_until__lte=at)


def _in_whose_name(found: Upload) -> Actor:
    person = User.objects.get(pk=found.ended_by_id)
    return Actor(kind="person", id=str(person.pk), name=person.name, channel="upload")
