"""What every walk starts from: a database of its own, a clock on a Monday, a gateway."""

import datetime as dt

import pytest
from django.core.cache import cache

from outbox import clock
from reports.render import pdf
from telemetry.services.partitions import make_partitions
from tests.walks import gateway as gateways
from tests.walks.stage import MONDAY, set_clock

BLANK = pdf.Pdf(content=b"%PDF-1.7\n%%EOF\n", pages=1)


@pytest.fixture
def monday(own_database):
    """Let the clock stand at nine on a Monday, in a database of the test's own."""
    cache.clear()
    set_clock(MONDAY)
    make_partitions(MONDAY)
    yield own_database
    clock.shift(dt.timedelta(0))


@pytest.fixture
def gateway():
    """A gateway that listens on loopback."""
    with gateways.listening() as listening:
        yield listening


@pytest.fixture
def files(settings, tmp_path):
    """A folder of the test's own for packs."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def blank_paper(monkeypatch):
    """Papers are not drawn, for walks on which nobody reads one; test_gallery.py draws them all."""
    monkeypatch.setattr(pdf, "renderer", lambda beat: None)
    monkeypatch.setattr(pdf, "_drawn", lambda *asked: BLANK)
