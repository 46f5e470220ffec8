"""The demo's organisation after its past, for every test that looks at what is on its pages."""

import datetime as dt

import pytest
from django.core.management import call_command

from config.story.later import find_out_later
from config.story.measured import Told, measure
from demo.past import SYSTEMS, grid
from outbox import clock
from tests.demo.past import send_past


@pytest.fixture
def measured(db, settings, tmp_path):
    """The demo as somebody finds it who starts it, without its web server."""
    settings.DEMO, settings.DEMO_DIR, settings.FILES_DIR = True, tmp_path, tmp_path / "files"
    end = grid(clock.now(), 5)
    call_command(
        "load_demo", gateway="http://127.0.0.1:9/", secret="whsec_" + "0" * 32,
        end=end.isoformat(),
    )  # fmt: skip
    for slug in SYSTEMS:
        send_past(slug, end)
    told = Told(at=clock.now(), end=end, window=dt.timedelta(seconds=5))
    measure(told)
    find_out_later(told)
    return told
