"""What the floor hangs into the plug points, and what it says when PDFs cannot be drawn."""

import pytest

from outbox import sweep_jobs
from outbox.services import hints
from reports.render import checks
from reports.services.builders import build_or_start
from tests.reports import packing, story


def test_packs_are_built_by_the_sweep():
    assert sweep_jobs.registered()["packs"] is build_or_start


@pytest.mark.django_db
def test_a_request_nudges_a_worker_after_the_commit(
    settings, monkeypatch, django_capture_on_commit_callbacks
):
    settings.NUDGE_ENABLED = True
    sent = []
    monkeypatch.setattr(hints, "_send", lambda name, after: sent.append((name, after)))
    told = story.base()

    with django_capture_on_commit_callbacks(execute=True):
        packing.asked(told)

    assert sent == [("packs", 0)]


def test_missing_libraries_are_named_with_the_line_that_installs_them(monkeypatch):
    monkeypatch.setattr(checks, "find_library", lambda name: None)

    (warning,) = checks.pdf_can_be_drawn()

    assert "pango-1.0" in warning.msg
    assert "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in warning.hint


def test_nothing_is_said_where_the_libraries_are(monkeypatch):
    monkeypatch.setattr(checks, "find_library", lambda name: f"lib{name}.so")

    assert checks.pdf_can_be_drawn() == []
