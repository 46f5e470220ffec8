"""What is wrong with a set-up is refused at start, in words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import checks

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("version", "errors"), [(140012, 1), (150000, 0), (180004, 0)])
def test_servers_before_15_are_refused(version, errors):
    found = checks.refuse_version(version)

    assert len(found) == errors
    assert all("15" in error.msg for error in found)


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://u@localhost/x"])
def test_another_engine_is_refused_before_anything_starts(url):
    environment = {**os.environ, "DATABASE_URL": url, "COUNTERSIGN_TESTING": "1"}

    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "PostgreSQL 15 or newer only" in done.stderr


@pytest.mark.django_db
def test_the_present_server_passes():
    assert checks.database_is_postgresql_15(databases=["default"]) == []


def test_switching_the_history_off_is_refused(settings):
    settings.SIMPLE_HISTORY_ENABLED = False

    assert [error.id for error in checks.history_is_on()] == ["countersign.E003"]


def test_moving_the_clock_outside_tests_is_refused():
    environment = {**os.environ, "CLOCK_OFFSET_SECONDS": "60", "DATABASE_URL": "postgresql:///x"}
    for name in ("COUNTERSIGN_TESTING", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)

    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "tests only" in done.stderr
