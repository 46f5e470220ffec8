"""Packs over real processes: one that is killed, two that build the same."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from django.conf import settings

from reports.models import Pack
from reports.services import builders
from reports.services.building import build_waiting
from tests.reports import packing, story

LEASE = dt.timedelta(seconds=180)


def worker(url, pack, *more, seed="0", at=story.AT):
    """Start a worker process on a database."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": url,
        "FILES_DIR": str(settings.MEDIA_ROOT),
        "CLOCK_OFFSET_SECONDS": str((story.AT - dt.datetime.now(dt.UTC)).total_seconds()),
        "PYTHONHASHSEED": seed,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.reports.build_child", str(pack.pk), at.isoformat(), *more],
        env=environment,
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_pack_whose_worker_is_killed_is_built_by_the_next_sweep(own_database, without_pango):
    pack = packing.asked(story.closed_story())
    with worker(own_database, pack, "documents") as child:
        reached = child.stdout.readline()
        child.kill()

    done = build_waiting(story.AT + LEASE * 2)

    pack.refresh_from_db()
    assert (reached, done) == ("reached\n", 1)
    assert (pack.state, pack.attempts) == (Pack.State.READY, 2)
    assert packing.faults_of(pack) == []


@pytest.mark.full
def test_a_pack_of_the_organisation_goes_on_with_the_system_at_which_its_worker_was_killed(
    own_database, without_pango
):
    made = story.closed_story()
    story.another_system(made)
    pack = packing.asked(made, breadth="organisation")
    with worker(own_database, pack, "conduct_of") as child:
        reached = child.stdout.readline()
        child.kill()
    kept = sorted(
        path.relative_to(settings.MEDIA_ROOT / "packs/building" / str(pack.pk)).as_posix()
        for path in (settings.MEDIA_ROOT / "packs/building").rglob("pieces/claims-*/*.json")
    )

    done = build_waiting(story.AT + LEASE * 2)

    pack.refresh_from_db()
    assert (reached, done) == ("reached\n", 1)
    assert "pieces/claims-triage/things-things_of.json" in kept
    assert (pack.state, pack.attempts, packing.faults_of(pack)) == (Pack.State.READY, 2, [])


@pytest.mark.full
def test_a_process_of_its_own_builds_what_waits_and_gives_way(own_database, settings, monkeypatch):
    made = story.closed_story()
    heap = [packing.asked(made), packing.asked(made, by=made.people.maren)]
    lowered = []
    monkeypatch.setattr(builders.os, "nice", lowered.append)

    done = builders.work_off()

    assert (done, lowered) == (2, [settings.PACK_NICENESS])
    assert {Pack.objects.get(pk=pack.pk).state for pack in heap} == {Pack.State.READY}


@pytest.mark.full
def test_two_processes_make_the_same_bytes_of_the_same_records(own_database):
    pack = packing.asked(story.closed_story())
    digests = []

    for seed in ("1", "2"):
        Pack.objects.filter(pk=pack.pk).update(state="queued", attempts=0, leased_until=None)
        with worker(own_database, pack, seed=seed) as child:
            child.communicate()
        pack.refresh_from_db()
        digests.append(pack.sha256)

    assert pack.state == Pack.State.READY
    assert digests[0] == digests[1] != ""
