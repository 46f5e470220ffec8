"""A list of the ledger as a tagged PDF."""

from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone, translation

from reports.render.pdf import Pdf, to_pdf
from reports.selectors.printouts import Paper

# Rows of one table: the renderer lays out several short tables far faster than a long one.
ROWS_OF_A_TABLE = 250


def draw(paper: Paper, *, identifier: str) -> Pdf:
    """Return the list as a document. Raises PdfUnavailable."""
    return to_pdf(html_of(paper), identifier)


def html_of(paper: Paper) -> str:
    """Return the list's markup: the head in the reader's zone, the rows in UTC."""
    tables = [
        paper.rows[start : start + ROWS_OF_A_TABLE]
        for start in range(0, len(paper.rows), ROWS_OF_A_TABLE)
    ]
    context = {"list": paper, "tables": tables, "at": paper.at, "paper": True}
    with timezone.override(ZoneInfo(paper.zone)), translation.override("en"):
        return render_to_string("reports/printout/paper.html", context)
