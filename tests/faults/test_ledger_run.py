"""Killed writers, killed sealers, rollbacks after the entry: what was committed is in the log, once
and in its place, and nothing else is."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from ledger.models import Entry, Leaf, Queue
from ledger.services.checking import check_ledger
from ledger.services.sealing import seal
from outbox import clock
from registry.models import SystemVersion, WorkCalendar
from tests.ledger.sealed import kept_lines, newest, whole

MOST_SECONDS = 1800


@pytest.mark.parametrize(
    ("changes", "kills"), [(200, 5), pytest.param(10_000, 10, marks=pytest.mark.full)]
)
def test_whoever_is_killed_every_committed_change_is_one_entry_and_one_leaf(
    own_database, ledger_folder, changes, kills, capsys
):
    figures = run_of(own_database, changes, kills)

    seal(at=clock.now())

    entries = Entry.objects.count()
    assert sorted(made()) == sorted(told())
    assert len(made()) == changes
    assert entries == Leaf.objects.count()
    assert whole()
    assert not Queue.objects.exists()
    assert [claim.words for claim in check_ledger().failed] == []
    assert kept_lines(ledger_folder)[-1]["note"] == newest().note
    assert sum(figures["kills"].values()) == kills
    assert figures["rolled_back"] > 0
    with capsys.disabled():
        print(json.dumps(figures | {"entries": entries, "leaves": entries}))


def run_of(url, changes, kills):
    """The figures of a run in processes of its own."""
    command = [sys.executable, "-m", "tests.faults.ledger_run"]
    done = subprocess.run(
        [*command, "--changes", str(changes), "--kills", str(kills)],
        env=os.environ | {"COUNTERSIGN_TESTING": "1", "DATABASE_URL": url},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def made():
    """The changes in the database, by table and row."""
    versions = SystemVersion.objects.filter(label__startswith="w")
    calendars = WorkCalendar.objects.filter(name__startswith="w")
    return [str(pk) for rows in (versions, calendars) for pk in rows.values_list("pk", flat=True)]


def told():
    """The objects of the entries that tell of versions and calendars."""
    rows = Entry.objects.filter(verb__in=("version.registered", "calendar.created"))
    return list(rows.exclude(object_label__startswith="office").values_list("object_id", flat=True))
