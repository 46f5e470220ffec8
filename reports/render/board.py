"""A board report or review as a tagged PDF, from the same sections as the page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from outbox.languages import recording, render_for_record
from registry.models import User
from reports.models import Report
from reports.paper_kinds import Paper, PaperKind
from reports.render.pdf import Pdf, to_pdf
from reports.selectors.board import report_page
from reports.selectors.report_rights import report_seen


@recording()
def draw(page: Mapping[str, Any]) -> Pdf:
    """Return a report as a document. Raises PdfUnavailable."""
    with translation.override("en"), timezone.override(ZoneInfo(settings.SEAT_ZONE)):
        markup = render_for_record(
            "reports/board/paper.html", {**page, "paper": True, "zone": settings.SEAT_ZONE}
        )
    return to_pdf(markup, f"report {page['report'].number} {page['sha256']}")


def _row(query: Mapping[str, str], reader: User, at: datetime) -> Report:
    return report_seen(query.get("number", ""), user=reader, at=at)


def _check(query: Mapping[str, str], reader: User, at: datetime) -> Paper:
    row = _row(query, reader, at)
    return Paper(
        title=f"{row.get_kind_display()} {row.number}",
        file_name=f"report-{row.number}",
        back=reverse("report", args=[row.number]),
        subject=("report", str(row.pk), row.number),
        system_id=row.system_id,
    )


@recording()
def _draw(query: Mapping[str, str], reader: User, at: datetime) -> Pdf:
    return draw(report_page(_row(query, reader, at)))


BOARD_REPORT = PaperKind(check=_check, draw=_draw)
