"""Packs are built below a folder of the test's own."""

import pytest

from reports.render import pdf


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """The folder that packs are kept in."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def without_pango(monkeypatch):
    """A machine on which the renderer's libraries are missing."""

    def refuse():
        raise pdf.PdfUnavailable(f"PDFs need Pango, which is not installed. Run: {pdf.APT}")

    monkeypatch.setattr(pdf, "load", refuse)
