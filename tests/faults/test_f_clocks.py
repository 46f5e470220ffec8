"""F7 and F9: the clocks and zones of the machines on which the processes run decide nothing."""

import datetime as dt
import os
import subprocess
import sys
import time
import uuid

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from config import words
from outbox import clock, timer_kinds
from outbox.models import Timer
from outbox.rules.business_time import due
from outbox.rules.calendars import calendar_from
from outbox.rules.durations import Duration
from outbox.services.timers import Arming, arm_timers
from tests.faults.shifted import wall_clock_ahead

MINUTE = dt.timedelta(minutes=1)
KIND = "test.order"
FIRED: list[str] = []
OFFICE = {"zone": "Europe/Berlin", "weekly": {"mon": [["09:00", "17:00"]]}}


def note(*, timer, at):
    """Keep in which order timers fire."""
    FIRED.append(timer.key)


@pytest.fixture(autouse=True)
def _kind():
    FIRED.clear()
    timer_kinds.register(KIND, lock=timer_kinds.lock_nothing, fire=note)


@pytest.fixture
def zone(monkeypatch):
    """Let this process live in another time zone until the test ends."""

    def move(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def database_now():
    """What the database says, asked past the product."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


# ---------------------------------------------------------------- F7
@pytest.mark.parametrize("hours", [-1, 1])
def test_f7_a_worker_whose_clock_is_an_hour_off_fires_the_same_in_the_same_order(
    own_database, hours
):
    now = database_now()
    offsets = {"second": -5, "first": -10, "later": 10}
    armings = [
        Arming(KIND, key, uuid.uuid4(), now + minutes * MINUTE) for key, minutes in offsets.items()
    ]
    arm_timers(armings=armings, at=now)

    with wall_clock_ahead(dt.timedelta(hours=hours)):
        call_command("sweep", "--json")

    assert FIRED == ["first", "second"]
    fired_at = Timer.objects.filter(kind=KIND, state="fired").values_list("fired_at", flat=True)
    assert all(abs(one - now) < MINUTE for one in fired_at)


# ---------------------------------------------------------------- F9
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["America/New_York", "Asia/Tokyo", "Asia/Kathmandu"])
def test_f9_the_zone_of_the_machine_moves_neither_clock_nor_deadline(zone, name):
    start = dt.datetime(2026, 10, 24, 22, 30, tzinfo=dt.UTC)

    zone(name)

    assert abs(clock.now() - database_now()) < MINUTE
    assert clock.now().utcoffset() == dt.timedelta(0)
    assert due(start, Duration.parse("4bh"), calendar_from(OFFICE)) == dt.datetime(
        2026, 10, 26, 12, tzinfo=dt.UTC
    )
    assert words.left(clock.now() + 90.5 * MINUTE - clock.now()) == "in 1 h 30 min"


@pytest.mark.full
@pytest.mark.parametrize("name", ["America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize(
    "files",
    [
        ["tests/outbox", "tests/incidents/test_commands_of_owners.py"],
        ["tests/incidents/test_clocks.py", "tests/incidents/test_acceptances.py"],
        ["tests/governance/test_escalations.py", "tests/governance/test_catching_up.py"],
        ["tests/governance/test_pages_incident.py", "tests/governance/test_mutes.py"],
    ],
    ids=lambda files: files[-1].rpartition("/")[2],
)
def test_f9_the_tests_pass_wherever_the_machine_stands(name, files):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-m", "not browser", *files],
        cwd=settings.BASE_DIR,
        env=os.environ | {"TZ": name},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4000:]
