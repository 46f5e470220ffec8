"""An import is carried out: in one transaction, by the services that a person would use."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Refused
from ledger.rules.worded import worded, worded_number
from ledger.services.entries import append_entry
from outbox.services.hints import nudge
from registry.models import Import, User
from registry.rules.exchange.judging import Judged
from registry.selectors.exchange import rows_of_import
from registry.services.exchange.judgement import judge_import, judged_rows
from registry.services.exchange.making import Maker
from registry.services.exchange.progress import tell_progress
from registry.services.exchange.reading import (
    FORGETTER,
    forget_rows,
    lock_import,
    require_importer,
    require_open,
)
from registry.services.exchange.settling import check_seen

JOB = "imports"
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
# More rows than these are left to a worker.
AT_ONCE = 200
DOES = ("create", "update")
log = structlog.get_logger(__name__)


@transaction.atomic
def request_apply(*, import_id: UUID, expected_version: int, actor: Actor, at: datetime) -> Import:
    """Ask to apply an import as it was looked at; a worker does it in this person's name.

    Raises Missing, Forbidden, Conflict (stale, ended, rows with problems, nothing to do).
    """
    require_importer(actor, at)
    found = lock_import(import_id)
    require_open(found)
    check_seen(found, expected_version)
    _require_ready(found)
    found.state, found.ended_by_id = Import.State.APPLYING, actor.person
    found.progress, found.failure, found.attempts, found.leased_until = 0, "", 0, None
    found.save(
        update_fields=["state", "ended_by", "progress", "failure", "attempts", "leased_until"]
    )
    append_entry(
        verb="import.apply_asked",
        actor=actor,
        at=at,
        subject=("import", str(found.pk), found.name),
        after={"version": found.version, "rows": found.counts},
    )
    nudge(JOB)
    return found


def apply_import(*, import_id: UUID, at: datetime) -> Import:
    """Carry an import out that somebody asked to apply: whole, or not at all.

    What stopped it stands in `failure`, and the import is open again with all its rows.
    """
    found = _take(import_id, at)
    if found is None:
        return Import.objects.get(pk=import_id)
    actor = _in_whose_name(found)
    with acting_as(actor):
        try:
            _carry_out(found, actor, at)
        except Refused as refusal:
            _give_back(found, refusal.reason, actor, at)
        except Exception:  # noqa: BLE001  whatever it was, the page must say that it stopped
            log.exception("import_failed", of=str(found.pk))
            _give_back(found, "An error stopped it; the log says which.", actor, at)
    return Import.objects.get(pk=import_id)


def apply_waiting(at: datetime) -> int:
    """Carry out the import that waits longest, and remove old rows: a job of every sweep."""
    with acting_as(FORGETTER):
        removed = forget_rows(at)
    waiting = Import.objects.filter(_free(at), state=Import.State.APPLYING)
    first = waiting.order_by("uploaded_at", "id").values_list("pk", flat=True).first()
    if first is None:
        return removed
    apply_import(import_id=first, at=at)
    return removed + 1


def is_small(found: Import) -> bool:
    """Whether an import is carried out while the person waits."""
    return rows_of_import(import_id=found.pk).count() <= AT_ONCE


def _require_ready(found: Import) -> None:
    counted: Counter[str] = Counter()
    for actions in found.counts.values():
        counted.update(actions)
    if counted["blocked"]:
        raise Conflict(
            "rows_with_problems",
            worded_number(
                "Nothing was applied: {number} row has problems. Mend them, or say to leave them "
                "out.",
                "Nothing was applied: {number} rows have problems. Mend them, or say to leave them "
                "out.",
                counted["blocked"],
            ),
            extra={"present": {"blocked": counted["blocked"]}},
        )
    if not any(counted[action] for action in DOES):
        raise Conflict("nothing_to_apply", "Nothing was applied: all of it is there already.")


def _free(at: datetime) -> Q:
    return Q(leased_until__isnull=True) | Q(leased_until__lte=at)


@transaction.atomic
def _take(import_id: UUID, at: datetime) -> Import | None:
    rows = Import.objects.filter(_free(at), pk=import_id, state=Import.State.APPLYING)
    found = rows.select_for_update(skip_locked=True, no_key=True).first()
    if found is None:
        return None
    found.attempts += 1
    found.leased_until = at + LEASE
    Import.objects.filter(pk=found.pk).update(
        attempts=found.attempts, leased_until=found.leased_until
    )
    return found


def _in_whose_name(found: Import) -> Actor:
    person = User.objects.get(pk=found.ended_by_id)
    return Actor(
        kind="person",
        id=str(person.pk),
        name=person.name,
        title=person.title,
        channel="import",
        task_id=str(found.pk),
    )


@transaction.atomic
def _carry_out(found: Import, actor: Actor, at: datetime) -> None:
    if found.attempts > MOST_ATTEMPTS:
        raise Conflict(
            "import_stopped",
            worded("It stopped {most_attempts} times.", most_attempts=MOST_ATTEMPTS),
        )
    user = require_importer(actor, at)
    judged = judged_rows(found, user=user, at=at)
    _require_as_seen(found, judged)
    does = [one for one in judged if one.action in DOES]
    maker = Maker(found=found, actor=actor, at=at)
    for done, one in enumerate(does):
        tell_progress(found, done=done, total=len(does))
        _make(maker, one)
    counts = _as_done(found, judged, at)
    append_entry(
        verb="import.applied",
        actor=actor,
        at=at,
        subject=("import", str(found.pk), found.name),
        before={"state": "read"},
        after={"state": "applied", "rows": counts},
        details={"sha256": found.sha256, "version": found.version},
    )


def _require_as_seen(found: Import, judged: list[Judged]) -> None:
    """Refuse where the registry moved on: what is done is what the person looked at."""
    rows = rows_of_import(import_id=found.pk).values_list("kind", "number", "action")
    seen = {(kind, number): action for kind, number, action in rows}
    now = {(one.kind, one.number): one.action for one in judged}
    moved = sorted(key for key in now if now[key] != seen.get(key))
    if moved:
        kind, number = moved[0]
        raise Conflict(
            "registry_moved_on",
            worded(
                "Nothing was applied: the registry has changed since you looked "
                "(first: {kind}, row {number}). Look at the rows again.",
                kind=kind,
                number=number,
            ),
        )


def _make(maker: Maker, one: Judged) -> None:
    try:
        maker.make(one)
    except Refused as refusal:
        raise Conflict(
            "row_refused",
            worded(
                "Nothing was applied: {kind}, row {number}: {reason}",
                kind=one.kind,
                number=one.number,
                reason=refusal.reason,
            ),
            who_can=refusal.who_can,
        ) from refusal


def _as_done(found: Import, judged: list[Judged], at: datetime) -> dict[str, dict[str, int]]:
    """Close the import; a worker that lost its lease to another one closes nothing."""
    counts: dict[str, dict[str, int]] = found.counts
    own = Import.objects.filter(pk=found.pk, attempts=found.attempts, state=Import.State.APPLYING)
    done = own.update(
        state=Import.State.APPLIED, ended_at=at, progress=100, leased_until=None, failure=""
    )
    if not done:
        raise Conflict("lease_lost", "Another worker carries it out.")
    return counts


@transaction.atomic
def _give_back(found: Import, failure: str, actor: Actor, at: datetime) -> None:
    """Open the import again with all its rows, judged as things stand."""
    own = Import.objects.select_for_update(no_key=True).filter(
        pk=found.pk, attempts=found.attempts, state=Import.State.APPLYING
    )
    row = own.first()
    if row is None:
        return
    row.state, row.failure, row.leased_until, row.progress = Import.State.READ, failure, None, 0
    row.ended_by_id = None
    row.version += 1
    row.counts = judge_import(row, user=User.objects.get(pk=actor.person), at=at)
    row.save(
        update_fields=[
            "state", "failure", "leased_until", "progress", "ended_by", "version", "counts",
        ]
    )  # fmt: skip
    append_entry(
        verb="import.stopped",
        actor=actor,
        at=at,
        subject=("import", str(row.pk), row.name),
        before={"state": "applying"},
        after={"state": "read", "version": row.version},
    )
