"""Documents drawn by a worker: asked for under their kind, seen with the eyes of who asked."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid, Missing
from outbox.languages import speaking
from outbox.services.hints import nudge
from registry.models import User
from registry.services.downloads import record_download
from reports.models import Printout
from reports.paper_kinds import Paper, PaperKind, kind_of
from reports.render.pdf import Pdf

JOB = "printouts"
LONGEST = 200
MOST_FIELDS = 10


@transaction.atomic
def request_paper(*, kind: str, query: Mapping[str, str], user: User, at: datetime) -> Printout:
    """Ask for a document of a kind. Raises Missing, Forbidden, Invalid."""
    given = {name: value.strip() for name, value in query.items() if value.strip()}
    if len(given) > MOST_FIELDS or any(
        len(value) > LONGEST or "\x00" in value for value in given.values()
    ):
        raise Invalid("bad_query", "This does not name a document.")
    paper = _known(kind).check(given, user, at)
    row = Printout.objects.create(
        kind=kind,
        title=paper.title[:LONGEST],
        query=given | dict(paper.binds),
        newest_entry=0,
        lines=0,
        requested_by=user,
        requested_at=at,
    )
    nudge(JOB)
    return row


def paper_of(row: Printout, *, at: datetime) -> Paper:
    """Return what a document is of, if who asked for it may still have it.

    Raises Missing, Forbidden.
    """
    return _known(row.kind).check(row.query, row.requested_by, at)


def draw_paper(row: Printout, *, at: datetime) -> Pdf:
    """Draw a document as the record stands now. Raises Missing, Forbidden, PdfUnavailable."""
    paper_of(row, at=at)
    with speaking(row.requested_by.language):
        return _known(row.kind).draw(row.query, row.requested_by, at)


def note_paper(row: Printout, *, actor: Actor, at: datetime) -> None:
    """Put the download of a document on record. Raises Missing, Forbidden for who may no more."""
    paper = paper_of(row, at=at)
    record_download(
        what=f"{row.kind}, PDF",
        subject=paper.subject,
        rows=row.pages or 1,
        asked={"format": "pdf", "sha256": row.sha256} | row.query,
        actor=actor,
        at=at,
        system_id=paper.system_id,
        incident_id=paper.incident_id,
    )


def _known(kind: str) -> PaperKind:
    found = kind_of(kind)
    if found is None:
        raise Missing("unknown_paper", "There is no such document.")
    return found
