"""The watchdog without an age limit (F2, F40), and engines of two versions (F41)."""

import datetime as dt
import http.server
import json
import os
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from governance.models import EngineBeat, EngineVersion
from governance.selectors.engine import look
from governance.services import engine_versions
from governance.services.engine_versions import note_beat, require_newest, take_over
from ledger.selectors.lines import lines_in_period
from outbox.engine import OldEngine
from outbox.models import Timer
from outbox.services.sweeps import sweep
from tests.governance.organisation import AT, organised, read
from tests.incidents.factory import fresh

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)


class _Heartbeats(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.beats += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, *said):
        """Say nothing."""


@pytest.fixture
def outside():
    """A server elsewhere that counts heartbeats."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Heartbeats)
    server.beats = 0
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def watch(*arguments):
    """Run the watchdog once and return its exit code."""
    try:
        call_command("watchdog", *arguments)
    except SystemExit as ended:
        return ended.code
    return 0


def beating(server):
    """The argument that sends heartbeats to a server."""
    return f"--heartbeat=http://127.0.0.1:{server.server_port}/"


# ---------------------------------------------------------------- F40
def test_f40_while_all_is_well_the_heartbeat_goes_out(outside, capsys):
    sweep(at=dt.datetime.now(dt.UTC))

    code = watch("--json", beating(outside))

    assert (code, outside.beats) == (0, 1)
    assert json.loads(capsys.readouterr().out)["ok"]


def test_f40_a_stopped_sweep_turns_watchdog_and_health_red_within_twice_the_grace(outside):
    organised_case = organised()
    (incident,) = read(organised_case)
    longest_ago = dt.datetime.now(dt.UTC)
    Timer.objects.filter(subject_id=incident.pk).update(next_try_at=longest_ago - 61 * SECOND)

    code = watch("--json", beating(outside))
    health = Client().get("/health/")

    assert (code, outside.beats) == (1, 0)
    assert health.status_code == 503
    assert health.json()["overdue_timers"] > 0


def test_f40_a_sweep_that_stays_away_is_found_though_nothing_is_due():
    sweep(at=AT)

    well = look(at=AT + 60 * SECOND)
    away = look(at=AT + 121 * SECOND)

    assert well.is_well
    assert [one.startswith("The sweep last ran on") for one in away.faults] == [True]


def test_f2_a_timer_overdue_for_400_days_is_found_and_fires():
    (incident,) = read(organised())
    later = AT + 400 * DAY

    found = look(at=later)
    sweep(at=later)

    assert found.overdue > 0
    assert found.oldest_due == AT
    assert fresh(incident).firings.exists()


def test_a_clock_that_is_off_is_a_fault():
    found = look(at=AT, machine_now=AT + 9 * SECOND)

    assert found.faults == ["The clock of this machine is 9 s off the database's."]


def test_the_watchdog_leaves_what_it_found_for_the_page():
    (incident,) = read(organised())
    Timer.objects.filter(subject_id=incident.pk).update(next_try_at=AT - 400 * DAY)

    watch("--json")

    beat = EngineBeat.objects.get(process="watchdog")
    assert not beat.ok
    assert "did not fire" in beat.found[0]


def test_a_heartbeat_that_does_not_arrive_is_told_by_the_exit_code(outside):
    there = beating(outside)
    outside.shutdown()
    outside.server_close()

    assert watch("--json", there) == 3


@pytest.mark.full
def test_f40_the_watchdog_is_a_process_of_its_own_and_says_when_there_is_no_database():
    environment = os.environ | {
        "COUNTERSIGN_TESTING": "1",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }
    ended = subprocess.run(
        [sys.executable, "manage.py", "watchdog", "--json"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 2, ended.stderr
    assert not json.loads(ended.stdout)["ok"]


# ---------------------------------------------------------------- F41
def newer():
    """A newer engine takes over in another process."""
    engine_versions.NUMBER += 1
    try:
        take_over(process="sweep", at=AT)
    finally:
        engine_versions.NUMBER -= 1


def test_f41_the_first_program_takes_over_on_record():
    take_over(process="sweep", at=AT)
    take_over(process="web", at=AT + SECOND)

    taken = [
        line
        for line in lines_in_period(since=AT, until=AT + DAY)
        if line.verb == "engine.taken_over"
    ]
    assert EngineVersion.objects.get().number == engine_versions.NUMBER
    assert len(taken) == 1


def test_f41_an_older_program_does_not_begin():
    newer()

    with pytest.raises(OldEngine):
        take_over(process="sweep", at=AT)


def test_f41_an_older_sweep_that_still_runs_fires_nothing():
    (incident,) = read(organised())
    require_newest()
    newer()

    with pytest.raises(OldEngine):
        sweep(at=AT)

    assert not fresh(incident).firings.exists()


def test_f41_the_command_of_an_older_sweep_ends_with_its_own_code():
    newer()

    with pytest.raises(SystemExit) as ended:
        call_command("sweep")

    assert ended.value.code == 4


def test_f41_a_newer_program_goes_on():
    take_over(process="sweep", at=AT)
    newer()
    engine_versions.NUMBER += 1

    try:
        require_newest()
        again = take_over(process="web", at=AT + SECOND)
    finally:
        engine_versions.NUMBER -= 1

    assert again == 2
    assert EngineVersion.objects.count() == 2


def test_a_beat_is_one_row_for_a_process():
    note_beat(process="sweep", at=AT)
    note_beat(process="sweep", at=AT + SECOND, found=["late"])

    assert EngineBeat.objects.get().found == ["late"]
