"""The processes of one machine: what ends is told, or started again where it is safe."""

import sys
import time

import pytest

from config.processes import Fleet

ENDS = [sys.executable, "-c", "print('gone')"]
STAYS = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def fleet(tmp_path):
    """Processes that are stopped after the test."""
    fleet = Fleet(tmp_path, {})
    yield fleet
    fleet.stop()


def ended(fleet, name):
    """Wait until a process has ended."""
    return fleet.running[name].wait(timeout=20)


def test_a_process_that_ends_is_told(fleet):
    fleet.start("sweep", ENDS)
    ended(fleet, "sweep")

    assert fleet.dead() == ["sweep"]
    assert "gone" in fleet.tail("sweep")


def test_one_with_another_life_is_started_again(fleet):
    fleet.start("worker", ENDS, lives=2)
    first = fleet.running["worker"]
    ended(fleet, "worker")

    told = fleet.dead()
    second = fleet.running["worker"]
    ended(fleet, "worker")

    assert told == []
    assert second is not first
    assert fleet.dead() == ["worker"]


def test_what_runs_is_left_alone_and_stopped_at_the_end(fleet):
    fleet.start("web", STAYS, lives=5)
    running = fleet.running["web"]
    began = time.monotonic()

    told = fleet.dead()
    fleet.stop()

    assert told == []
    assert running.poll() is not None
    assert time.monotonic() - began < 20
