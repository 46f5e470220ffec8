"""Packs are built below a folder of the test's own."""

import datetime as dt

import pytest
from django.db import transaction

from outbox import clock
from registry.services.reference import load_reference
from reports.render import pdf
from tests.registry.factories import call
from tests.reports import story


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """The folder that packs are kept in."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def _story_clock():
    """The story's instant is now, so that nothing is sealed before it was written."""
    clock.shift(story.AT - dt.datetime.now(dt.UTC))
    yield
    clock.shift(dt.timedelta(0))


@pytest.fixture(scope="module")
def law(django_db_setup, django_db_blocker):
    """The law's data, loaded once for a module."""
    with django_db_blocker.unblock(), transaction.atomic():
        call(load_reference)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def without_pango(monkeypatch):
    """A machine on which the renderer's libraries are missing."""

    def refuse(*_):
        raise pdf.PdfUnavailable(f"PDFs need Pango, which is not installed. Run: {pdf.APT}")

    monkeypatch.setattr(pdf, "renderer", refuse)
