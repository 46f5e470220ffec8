"""Files of readings taken in: looked at first, then by chunks that a crash cannot double.

Each chunk is one transaction with the mark of how far the file is, so that whoever takes over
goes on behind the last line that was kept.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from governance.services.intake import Receipt, take_in_decisions, take_in_measurements
from governance.services.rehearsals import rehearse
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Refused
from ledger.rules.worded import worded
from outbox.services.hints import nudge
from registry.models import System, User
from registry.rules.permits import PERMITS, in_words
from telemetry.models import DoorState, Upload
from telemetry.rules.excerpts import SHOWN, excerpt_of_typed
from telemetry.rules.rows import Delivery, Rejection
from telemetry.selectors.uploads import ACT, systems_for_upload
from telemetry.services.doors import (
    MOST_ROWS,
    Refusals,
    RefusedRow,
    note_accepted,
    note_refused,
)
from telemetry.services.uploads import (
    A_CHUNK,
    FORGETTER,
    Lines,
    Settled,
    faults_of,
    forget_uploads,
    keep_upload,
    lock_upload,
    read_lines,
    record,
    require_open,
    settle,
    tell_faults,
)

JOB = "uploads"
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 5
SENDER = "an upload"
REHEARSED = 1000
"""Lines that are tried out when a file is looked at."""
AT_ONCE = 2000
"""Lines that are taken in while the person waits; more are left to a worker."""
A_TURN = 20
"""Chunks that a sweep takes in before it turns to other work."""
log = structlog.get_logger(__name__)


@transaction.atomic
def read_upload(
    *,
    name: str,
    content: bytes,
    kind: str,
    every: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> Upload:
    """Read a file and say what is wrong with its lines; no reading is stored.

    `every` says what stands for all rows: system, kpi, environment, window, version. The same
    file again, as long as it was not taken in, is the same upload. Raises Forbidden, Invalid,
    TooLarge.
    """
    user = _require_uploader(actor, at)
    digest = hashlib.sha256(content).hexdigest()
    known = Upload.objects.filter(
        sha256=digest, kind=kind, uploaded_by=user, state=Upload.State.READ
    ).first()
    if known is not None:
        return known
    made = keep_upload(name=name, content=content, kind=kind, every=every, user=user, at=at)
    _judge(made, user, actor, at)
    made.save()
    record("upload.read", made, actor, at, after={"bytes": made.size, "faults": made.faults})
    return made


@transaction.atomic
def settle_upload(
    *, upload_id: UUID, expected_version: int, settled: Settled, actor: Actor, at: datetime
) -> Upload:
    """Take how a file is read; its lines are looked at anew. Raises Missing, Conflict, Invalid."""
    user = _require_uploader(actor, at)
    found = lock_upload(upload_id)
    require_open(found)
    _require_seen(found, expected_version)
    settle(found, settled)
    found.version += 1
    found.done, found.failure = 0, ""
    _judge(found, user, actor, at)
    found.save()
    record(
        "upload.settled", found, actor, at, after={"version": found.version, "faults": found.faults}
    )
    return found


@transaction.atomic
def request_import(
    *, upload_id: UUID, expected_version: int, without_bad: bool, actor: Actor, at: datetime
) -> Upload:
    """Ask to take a file in as it was looked at; `without_bad` leaves out the lines with faults.

    Raises Missing, Forbidden, Conflict.
    """
    _require_uploader(actor, at)
    found = lock_upload(upload_id)
    require_open(found)
    _require_seen(found, expected_version)
    if found.faults and not without_bad:
        raise Conflict(
            "rows_with_faults",
            worded(
                "Nothing was taken in: {faults} of {rows} lines have faults. "
                "Mend the file, or say to leave them out.",
                faults=found.faults,
                rows=found.rows,
            ),
            extra={"present": {"faults": found.faults}},
        )
    if found.faults >= found.rows:
        raise Conflict("nothing_to_import", "Nothing was taken in: no line is good.")
    found.state, found.ended_by_id = Upload.State.IMPORTING, actor.person
    found.failure, found.attempts, found.leased_until = "", 0, None
    found.save(update_fields=["state", "ended_by", "failure", "attempts", "leased_until"])
    record("upload.asked", found, actor, at, after={"version": found.version})
    nudge(JOB)
    return found


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


def is_small(found: Upload) -> bool:
    """Whether a file is taken in while the person waits."""
    return found.rows <= AT_ONCE


def reach_of(user: User, at: datetime) -> QuerySet[System]:
    """Return the systems whose readings a person may upload."""
    return systems_for_upload(user=user, at=at)


def _judge(found: Upload, user: User, actor: Actor, at: datetime) -> None:
    """Find the faults of all lines, and try out the first thousand the way they would be taken."""
    told = {one.row: one for one in faults_of(found)}
    lines = read_lines(found, most=REHEARSED)
    tried: dict[str, Any] = {"lines": lines.seen}
    if lines.rows:
        try:
            receipt = rehearse(lambda: _deliver(found, lines, user, actor, at))
            refused = receipt.rejected
            tried |= _counted(receipt)
        except Invalid as refusal:
            refused = [Rejection(**one) for one in refusal.extra.get("rejected", [])]
        told |= {one.row: one for one in refused if one.row not in told}
    found.options = found.options | {"tried": tried}
    found.faults = tell_faults(found, (told[number] for number in sorted(told)), at_import=False)


def _counted(receipt: Receipt) -> dict[str, int]:
    return {
        "accepted": receipt.accepted,
        "repeated": receipt.repeated,
        "quarantined": len(receipt.quarantined),
        "incidents": len(receipt.incidents),
    }


def _deliver(found: Upload, lines: Lines, user: User, actor: Actor, at: datetime) -> Receipt:
    delivery: Delivery[Any] = Delivery(
        rows=lines.rows,
        numbers=lines.numbers,
        rejected=lines.rejected,
        source=f"file {found.name}"[:120],
    )
    take_in: Any = (
        take_in_measurements if found.kind == Upload.Kind.MEASUREMENTS else take_in_decisions
    )
    receipt: Receipt = take_in(delivery=delivery, reach=reach_of(user, at), actor=actor, at=at)
    return receipt


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
            receipt = _deliver(found, lines, User.objects.get(pk=actor.person), actor, at)
            rejected = receipt.rejected
            counts = {name: _counted(receipt)[name] for name in counts}
        except Invalid as refusal:
            rejected = [Rejection(**one) for one in refusal.extra.get("rejected", [])]
    _note(found, lines, rejected, counts, at)
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


def _note(
    found: Upload,
    lines: Lines,
    rejected: Sequence[Rejection],
    counts: Mapping[str, int],
    at: datetime,
) -> None:
    """Tell at the systems of a file which of its lines was taken last, and which were not."""
    shown, bad = SHOWN[str(found.kind)], {one.row for one in rejected}
    rows = dict(zip(lines.numbers, lines.rows, strict=True))
    if counts["accepted"]:
        good = {row.system: row for number, row in rows.items() if number not in bad}
        taken = {slug: excerpt_of_typed(row, shown) for slug, row in good.items()}
        note_accepted(door=DoorState.Door.UPLOADS, rows=taken, sender=SENDER, at=at)
    if rejected:
        every = str(found.options.get("every", {}).get("system", ""))
        told = [_refused(one, rows.get(one.row), every, shown) for one in rejected[:MOST_ROWS]]
        _note_refused(found, told, {row.system for row in rows.values()} | {every}, counts, at)


def _refused(one: Rejection, row: Any, every: str, shown: tuple[str, ...]) -> RefusedRow:
    said = {} if row is None else excerpt_of_typed(row, shown)
    return RefusedRow(one.row, one.field, one.reason, said, every if row is None else row.system)


def _note_refused(
    found: Upload,
    told: Sequence[RefusedRow],
    systems: set[str],
    counts: Mapping[str, int],
    at: datetime,
) -> None:
    note_refused(
        door=DoorState.Door.UPLOADS,
        refusals=Refusals(
            rows=told,
            accepted=counts["accepted"],
            repeated=counts["repeated"],
            count=len(told),
        ),
        reach=reach_of(_importer(found), at).filter(
            slug__in=[one for one in systems if "\x00" not in one]
        ),
        sender=SENDER,
        at=at,
    )


def _importer(found: Upload) -> User:
    person: User = User.objects.get(pk=found.ended_by_id)
    return person


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


def _require_seen(found: Upload, expected_version: int) -> None:
    if found.version != expected_version:
        raise Conflict(
            "stale",
            "How this file is read has changed since you looked: look again.",
            extra={"present": {"version": found.version}},
        )


def _require_uploader(actor: Actor, at: datetime) -> User:
    """Return the person who uploads. Raises Forbidden for machines and who may for no system."""
    permit = PERMITS[ACT]
    user: User | None = User.objects.filter(pk=actor.person).first() if actor.person else None
    if user is None:
        raise Forbidden(
            "person_needed", worded("A person must {words}.", words=permit.words), recorded=True
        )
    if not reach_of(user, at).exists():
        who = in_words(permit.roles)
        raise Forbidden(
            "role_missing",
            worded(
                "You cannot {words}: that takes {who} of a system.", words=permit.words, who=who
            ),
            who_can=[who],
            recorded=True,
        )
    return user
