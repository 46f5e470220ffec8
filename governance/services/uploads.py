"""Files of readings: looked at, settled how they are read, and asked to be taken in."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.services.rehearsals import rehearse
from governance.services.upload_imports import JOB
from governance.services.upload_rows import counted, deliver, reach_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import term, worded
from outbox.services.hints import nudge
from registry.models import User
from registry.rules.permits import PERMITS, in_words
from telemetry.models import Upload
from telemetry.rules.rows import Rejection
from telemetry.selectors.uploads import ACT
from telemetry.services.uploads import (
    Settled,
    faults_of,
    keep_upload,
    lock_upload,
    read_lines,
    record,
    require_open,
    settle,
    tell_faults,
)

REHEARSED = 1000
"""Lines that are tried out when a file is looked at."""
AT_ONCE = 2000
"""Lines that are taken in while the person waits; more are left to a worker."""


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


def is_small(found: Upload) -> bool:
    """Whether a file is taken in while the person waits."""
    return found.rows <= AT_ONCE


def _judge(found: Upload, user: User, actor: Actor, at: datetime) -> None:
    """Find the faults of all lines, and try out the first thousand the way they would be taken."""
    told = {one.row: one for one in faults_of(found)}
    lines = read_lines(found, most=REHEARSED)
    tried: dict[str, Any] = {"lines": lines.seen}
    if lines.rows:
        try:
            receipt = rehearse(lambda: deliver(found, lines, user, actor, at))
            refused = receipt.rejected
            tried |= counted(receipt)
        except Invalid as refusal:
            refused = [Rejection(**one) for one in refusal.extra.get("rejected", [])]
        told |= {one.row: one for one in refused if one.row not in told}
    found.options = found.options | {"tried": tried}
    found.faults = tell_faults(found, (told[number] for number in sorted(told)), at_import=False)


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
            "person_needed",
            worded("A person must {words}.", words=term(permit.words)),
            recorded=True,
        )
    if not reach_of(user, at).exists():
        who = in_words(permit.roles)
        raise Forbidden(
            "role_missing",
            worded(
                "You cannot {words}: that takes {who} of a system.",
                words=term(permit.words),
                who=who,
            ),
            who_can=[who],
            recorded=True,
        )
    return user
