"""Minutes as a tagged PDF, from the same sections as the page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import translation

from governance.selectors.minutes import subject_of_number
from governance.selectors.pages.minutes import minutes_page
from ledger.rules.refusals import Missing
from outbox.languages import recording, render_for_record
from registry.models import User
from reports.paper_kinds import Paper, PaperKind
from reports.render.pdf import Pdf, to_pdf


@recording()
def draw(page: dict[str, Any]) -> Pdf:
    """Return the minutes as a document. Raises PdfUnavailable."""
    with translation.override("en"):
        markup = render_for_record("reports/minutes.html", page | {"paper": True})
    return to_pdf(markup, f"minutes {page['row'].sha256}")


def _page(query: Mapping[str, str], reader: User, at: datetime) -> dict[str, Any]:
    number = query.get("number", "")
    meeting, decision = subject_of_number(number=number, user=reader, at=at)
    page = minutes_page(meeting=meeting, decision=decision, reader=reader, at=at)
    if page["row"] is None:
        raise Missing("unknown_minutes", "No minutes were drawn up yet.")
    return page


def _check(query: Mapping[str, str], reader: User, at: datetime) -> Paper:
    page = _page(query, reader, at)
    return Paper(
        title=page["title"],
        file_name=f"minutes-{page['number']}",
        back=reverse("minutes", args=[page["number"]]),
        subject=("minutes", str(page["row"].pk), page["title"]),
    )


@recording()
def _draw(query: Mapping[str, str], reader: User, at: datetime) -> Pdf:
    return draw(_page(query, reader, at))


MINUTES = PaperKind(check=_check, draw=_draw)
