"""Minutes as a tagged PDF, from the same sections as the page."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from reports.render.pdf import Pdf, to_pdf


def draw(page: dict[str, Any]) -> Pdf:
    """Return the minutes as a document. Raises PdfUnavailable."""
    with translation.override("en"):
        markup = render_to_string("reports/minutes.html", page | {"paper": True})
    return to_pdf(markup, f"minutes {page['row'].sha256}")
