"""Markup to PDF: tagged, bookmarked, the same bytes for the same markup; fetches nothing."""

import gc
import hashlib
import io
import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from django.contrib.staticfiles import finders

SHEETS = ("countersign.css", "paper.css", "report.css")
VARIANT = "pdf/a-3a"
APT = (
    "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 "
    "fonts-dejavu-core fonts-inter fonts-sil-charis fonts-jetbrains-mono"
)


class PdfUnavailable(Exception):
    """The libraries that draw text are not installed; the message says which and how."""


class FetchRefused(Exception):
    """The markup asked for something outside itself."""


@dataclass(frozen=True)
class Pdf:
    """A rendered document and how many pages it has."""

    content: bytes
    pages: int

    def write(self, path: Path) -> None:
        """Write the document."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content)


def to_pdf(markup: str, identifier: str) -> Pdf:
    """Render markup as a tagged PDF/A-3 variant with the identifier's hash as its file id.

    Raises PdfUnavailable. No conformance is claimed: no validator has checked the result.
    """
    weasyprint = load()
    document = weasyprint.HTML(string=markup, url_fetcher=_refuse).render(
        stylesheets=[weasyprint.CSS(string=sheet, url_fetcher=_refuse) for sheet in sheets()],
        pdf_variant=VARIANT,
        pdf_tags=True,
    )
    target = io.BytesIO()
    with warnings.catch_warnings():
        # The renderer leaves its colour profile to the garbage collector to close.
        warnings.simplefilter("ignore", ResourceWarning)
        document.write_pdf(
            target,
            pdf_identifier=hashlib.sha256(identifier.encode()).digest()[:16],
            pdf_variant=VARIANT,
            pdf_tags=True,
        )
    made = Pdf(content=target.getvalue(), pages=len(document.pages))
    # A laid out document refers to itself: left to chance, several would stand in memory at once.
    del document
    gc.collect()
    return made


def load() -> Any:
    """Return the renderer. Raises PdfUnavailable where its system libraries are missing."""
    try:
        import weasyprint  # noqa: PLC0415  costs a second and system libraries; only packs need it
    except OSError as error:
        raise PdfUnavailable(f"PDFs need Pango, which is not installed. Run: {APT}") from error
    # It tells of every CSS property that only browsers know.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    return weasyprint


def sheets() -> list[str]:
    """Return the style sheets of paper, in their order."""
    found = []
    for name in SHEETS:
        path = finders.find(name)
        if not isinstance(path, str):
            raise FileNotFoundError(f"the style sheet {name} is not among the static files")
        found.append(Path(path).read_text(encoding="utf-8"))
    return found


def _refuse(url: str, *_: object, **__: object) -> NoReturn:
    raise FetchRefused(f"a pack fetches nothing from outside: {url}")
