"""Lists of the ledger on paper: asked for, made by a worker, downloaded on record, removed."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from governance.rules.ledger_file import MOST_PRINTED
from governance.rules.ledger_filter import Asked
from governance.selectors.pages.ledger_reach import reach_of
from governance.selectors.pages.ledger_sheets import for_file
from governance.selectors.pages.ledger_wanted import understood
from governance.services.ledger_reads import FREE_TEXT, note_download
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Conflict, Refused
from ledger.rules.worded import term, worded
from outbox.services.hints import nudge
from registry.models import User
from reports.models import Printout
from reports.render.pdf import DrawingEnded, Pdf, PdfUnavailable
from reports.render.printout import draw
from reports.selectors.printouts import asked_on, paper_of, printout_of, waiting
from reports.services.papers import draw_paper, note_paper

JOB = "printouts"
LEDGER = "ledger"
PRINTER = machine("printouts")
LEASE = timedelta(minutes=10)
KEPT = timedelta(days=1)
MOST_ATTEMPTS = 3
log = structlog.get_logger(__name__)


@transaction.atomic
def request_printout(*, asked: Asked, user: User, at: datetime) -> Printout:
    """Ask for a filtered list as a PDF.

    Raises Invalid for a filter that cannot be read, TooLarge for more than a PDF holds.
    """
    reach = reach_of(user=user, at=at)
    wanted, rows = for_file(understood(asked, zone=ZoneInfo(user.zone)), reach, most=MOST_PRINTED)
    assert wanted.newest is not None
    row = Printout.objects.create(
        query=asked.query,
        exceptions=asked.exceptions,
        newest_entry=wanted.newest,
        lines=rows,
        requested_by=user,
        requested_at=at,
    )
    nudge(JOB)
    return row


def make_waiting(at: datetime) -> int:
    """Make the list that waits longest, and remove the files of yesterday: one of every sweep."""
    removed = remove_old(at)
    row = _take(at)
    if row is None:
        return removed
    with acting_as(PRINTER):
        _make(row, at)
    return removed + 1


@transaction.atomic
def download_printout(*, printout_id: UUID, user: User, actor: Actor, at: datetime) -> Path:
    """Put the download on record and return where the file lies.

    Raises Missing, Conflict; Forbidden for who may no longer have the document.
    """
    row = printout_of(printout_id=printout_id, user=user)
    path = Path(settings.MEDIA_ROOT) / row.path
    if row.state != Printout.State.READY or not path.is_file():
        raise Conflict(
            "printout_not_ready",
            worded(
                "This list is {state}: there is no file to download.",
                state=term(row.get_state_display(), lowered=True),
            ),
            extra={"state": row.state},
        )
    if row.kind != LEDGER:
        note_paper(row, actor=actor, at=at)
        return path
    asked = asked_on(row)
    note_download(
        form="pdf",
        rows=row.lines,
        asked=asked,
        wanted=understood(asked, zone=ZoneInfo(user.zone)),
        newest=row.newest_entry,
        sha256=row.sha256,
        actor=actor,
        at=at,
    )
    return path


@transaction.atomic
def remove_old(at: datetime) -> int:
    """Remove files that are a day old, and what was typed into the filters of old lists.

    Both may name people, who may have been erased since.
    """
    made = Q(state=Printout.State.READY, made_at__lte=at - KEPT)
    failed = Q(state=Printout.State.FAILED, requested_at__lte=at - KEPT)
    rows = Printout.objects.filter(made | failed & Q(query__has_any_keys=FREE_TEXT))
    found = list(rows.select_for_update(skip_locked=True)[:100])
    for row in found:
        if row.path:
            _remove(row)
            row.state, row.path = Printout.State.GONE, ""
        row.query = {name: said for name, said in row.query.items() if name not in FREE_TEXT}
        row.save(update_fields=["state", "path", "query"])
    return len(found)


@transaction.atomic
def _take(at: datetime) -> Printout | None:
    rows = waiting(at=at).select_related("requested_by")
    row = rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if row is None:
        return None
    row.attempts += 1
    row.state, row.leased_until = Printout.State.MAKING, at + LEASE
    row.save(update_fields=["attempts", "state", "leased_until"])
    return row


def _make(row: Printout, at: datetime) -> None:
    if row.attempts > MOST_ATTEMPTS:
        failure = worded("It stopped {most_attempts} times.", most_attempts=MOST_ATTEMPTS)
        _end(row, state=Printout.State.FAILED, failure=failure)
        return
    try:
        drawn, lines = _drawn(row, at)
    except (PdfUnavailable, DrawingEnded) as missing:
        _end(row, state=Printout.State.FAILED, failure=str(missing))
        return
    except Refused as refusal:
        _end(row, state=Printout.State.FAILED, failure=refusal.reason)
        return
    except Exception:  # noqa: BLE001  whatever it was, the page must say that it stopped
        log.exception("printout_failed", printout=str(row.pk), attempt=row.attempts)
        _end(row, state=Printout.State.FAILED, failure="An error stopped it; the log says which.")
        return
    path = _kept(drawn)
    _end(
        row,
        state=Printout.State.READY,
        made_at=at,
        lines=lines,
        path=path,
        sha256=hashlib.sha256(drawn.content).hexdigest(),
        size=len(drawn.content),
        pages=drawn.pages,
    )


def _drawn(row: Printout, at: datetime) -> tuple[Pdf, int]:
    """Return the document and how many lines of the ledger stand on it."""
    with transaction.atomic():
        if row.kind != LEDGER:
            return draw_paper(row, at=at), 0
        paper = paper_of(row, at=at)
    return draw(paper, identifier=str(row.pk)), len(paper.rows)


def _remove(row: Printout) -> None:
    """Remove a file, unless the same content was kept for another request too."""
    others = Printout.objects.filter(path=row.path, state=Printout.State.READY)
    if not others.exclude(pk=row.pk).exists():
        (Path(settings.MEDIA_ROOT) / row.path).unlink(missing_ok=True)


def _kept(drawn: Pdf) -> str:
    """Keep a file under the hash of its content."""
    path = Path("printouts") / f"{hashlib.sha256(drawn.content).hexdigest()}.pdf"
    drawn.write(Path(settings.MEDIA_ROOT) / path)
    return path.as_posix()


def _end(row: Printout, **changes: object) -> None:
    """Save the end; a worker that has lost its lease to another one saves nothing."""
    own = Printout.objects.filter(pk=row.pk, attempts=row.attempts, state=Printout.State.MAKING)
    own.update(leased_until=None, **changes)
