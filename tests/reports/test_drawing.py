"""REP-1: a document is drawn in a process that ends; one that is killed harms nothing else."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from bench.pdf import markup
from reports.models import Pack
from reports.render import pdf
from reports.render.pdf import to_pdf
from reports.services import building
from reports.services.building import build_waiting
from tests.reports import packing, story

LEASE = dt.timedelta(seconds=180)


def children_of(process):
    """Return the processes that a process forked and that still run."""
    text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [int(one) for one in text.split()]


def until(found):
    """Wait until something is there, at most a minute; return it."""
    ends = time.monotonic() + 60
    while not (seen := found()) and time.monotonic() < ends:
        time.sleep(0.002)
    return seen


@contextmanager
def killer(times):
    """Kill what draws as soon as it begins, so many times; yield the list of who was killed."""
    drawer, killed, over = pdf.renderer().process.pid, [], threading.Event()

    def kill():
        while len(killed) < times and not over.is_set():
            for one in set(children_of(drawer)) - set(killed):
                os.kill(one, signal.SIGKILL)
                killed.append(one)
            time.sleep(0.002)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def test_the_same_markup_gives_the_same_bytes_whatever_was_drawn_before():
    first = to_pdf("<h1>A</h1>", "a")
    to_pdf("<h1>B</h1><p>Another.</p>", "b")

    again = to_pdf("<h1>A</h1>", "a")

    assert again == first


@pytest.mark.full
def test_the_renderer_is_not_loaded_where_packs_are_built():
    to_pdf("<h1>A</h1>", "a")
    code = (
        "import django, sys; django.setup(); from reports.render.pdf import to_pdf;"
        "print(to_pdf('<p>A', 'a').pages, 'weasyprint' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=settings.BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.split() == ["1", "False"]


def test_a_longer_document_than_asked_for_is_left_when_that_shows():
    with pytest.raises(pdf.TooLong) as refused:
        to_pdf('<p style="break-after: page">A</p>' * 4, "a", most=2)

    assert refused.value.pages == 2
    assert to_pdf('<p style="break-after: page">A</p>' * 2, "a", most=3).pages <= 3


def test_who_waits_for_a_document_keeps_saying_that_it_is_alive(monkeypatch):
    beats = []
    monkeypatch.setattr(pdf, "BEAT_SECONDS", 0.001)

    to_pdf("<h1>A</h1>", "a", beat=lambda: beats.append(1))

    assert beats


def test_a_drawer_that_ended_is_started_again():
    to_pdf("<h1>A</h1>", "a")
    ended = pdf.renderer().process
    ended.kill()
    ended.wait()

    drawn = to_pdf("<h1>A</h1>", "a")

    assert (drawn.pages, pdf.renderer().process.pid != ended.pid) == (1, True)


def test_a_document_whose_process_is_killed_is_drawn_again():
    with killer(times=1) as killed:
        drawn = to_pdf(markup(20), "a")

    assert (len(killed), drawn) == (1, to_pdf(markup(20), "a"))


def test_a_document_whose_process_is_killed_each_time_says_what_to_do():
    with killer(times=10) as killed, pytest.raises(pdf.DrawingEnded) as ended:
        to_pdf(markup(20), "a")

    assert len(killed) == pdf.TRIES
    assert "SIGKILL" in str(ended.value)
    assert "fewer systems" in str(ended.value)


def test_with_who_asked_ends_what_draws_and_nothing_is_left(tmp_path):
    folder = tmp_path / "drawing"
    folder.mkdir()
    drawer = subprocess.Popen(
        [sys.executable, "-m", "reports.render.drawer", str(folder)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    drawer.stdout.readline()
    source = folder / "long.html"
    source.write_text(markup(400), encoding="utf-8")
    asked = {"markup": str(source), "to": str(source) + ".pdf", "id": "a", "most": None}
    drawer.stdin.write(json.dumps(asked).encode() + b"\n")
    drawer.stdin.flush()
    drawing = until(lambda: children_of(drawer.pid))

    drawer.communicate()

    assert drawing
    assert not Path(f"/proc/{drawing[0]}").exists()
    assert not folder.exists()


@pytest.mark.full
@pytest.mark.django_db
def test_a_pack_whose_drawing_is_killed_is_built_whole_at_the_next_attempt():
    pack = packing.asked(story.closed_story())
    with killer(times=pdf.TRIES):
        stopped = build_waiting(story.AT)
    shop = Path(settings.MEDIA_ROOT) / "packs/building" / str(pack.pk)
    left = [path.name for path in shop.rglob("*") if "pdf" in path.name]

    done = build_waiting(story.AT + LEASE * 2)

    pack.refresh_from_db()
    assert (stopped, left, done) == (0, [], 1)
    assert (pack.state, pack.attempts, packing.faults_of(pack)) == (Pack.State.READY, 2, [])


@pytest.mark.full
@pytest.mark.django_db
def test_a_pack_whose_drawing_is_killed_each_time_fails_and_says_what_to_do(monkeypatch, files):
    monkeypatch.setattr(building, "MOST_ATTEMPTS", 1)
    pack = packing.asked(story.closed_story())

    with killer(times=pdf.TRIES):
        build_waiting(story.AT)

    pack.refresh_from_db()
    assert pack.state == Pack.State.FAILED
    assert "Give the machine that builds packs more" in pack.failure
    assert not list((files / "packs").rglob("*.zip"))
    assert not list((files / "packs").rglob("*.pdf"))
