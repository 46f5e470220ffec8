"""A statement of applicability as a tagged PDF, from the same rows as the page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone, translation

from ledger.rules.refusals import Missing
from outbox.languages import recording, render_for_record
from registry.models import User
from reports.models import ApplicabilityStatement
from reports.paper_kinds import Paper, PaperKind
from reports.render.pdf import Pdf, to_pdf
from reports.selectors.statements import statement_page, statement_seen


@recording()
def draw(page: Mapping[str, Any]) -> Pdf:
    """Return a statement as a document. Raises PdfUnavailable."""
    with translation.override("en"), timezone.override("UTC"):
        markup = render_for_record("reports/controls/statement_paper.html", {**page, "paper": True})
    return to_pdf(markup, f"statement {page['statement'].pk} {page['sha256']}")


def _row(query: Mapping[str, str], reader: User, at: datetime) -> ApplicabilityStatement:
    try:
        key = UUID(query.get("statement", ""))
    except ValueError:
        raise Missing("unknown_statement", "There is no such statement.") from None
    return statement_seen(key, user=reader, at=at)


def _check(query: Mapping[str, str], reader: User, at: datetime) -> Paper:
    row = _row(query, reader, at)
    title = f"Statement of applicability, {row.framework.name}, version {row.version}"
    return Paper(
        title=title,
        file_name=f"applicability-{row.framework_id}-v{row.version}",
        back=reverse("control-statement", args=[row.pk]),
        subject=("applicability_statement", str(row.pk), title),
    )


@recording()
def _draw(query: Mapping[str, str], reader: User, at: datetime) -> Pdf:
    return draw(statement_page(_row(query, reader, at)))


STATEMENT = PaperKind(check=_check, draw=_draw)
