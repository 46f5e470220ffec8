"""Processes that a test starts and kills, and what it holds so that they stop at a known point."""

import datetime as dt
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection, connections

PATIENCE_SECONDS = 60


def sweeping(url, *, at):
    """Start `manage.py sweep` in a process of its own, on a database and with its clock at `at`."""
    offset = (at - dt.datetime.now(dt.UTC)).total_seconds()
    environment = os.environ | {
        "COUNTERSIGN_TESTING": "1",
        "DATABASE_URL": url,
        "CLOCK_OFFSET_SECONDS": str(offset),
        "EMAIL_URL": "dummymail://",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "sweep", "--json"],
        env=environment,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def swept(url, *, at):
    """Run one sweep in a process of its own to its end."""
    process = sweeping(url, at=at)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, out + err


def owner_of(url):
    """The URL of the same database for the role that owns the tables."""
    return url.replace("countersign_app", "countersign_owner")


@contextmanager
def holding(url, statement, *parameters):
    """Hold what a statement locks until the block ends, and take it back."""
    with psycopg.connect(url) as session:
        session.execute(statement, parameters)
        try:
            yield session
        finally:
            session.rollback()


def wait_until(condition, *, process=None):
    """Wait until a condition holds; a process that must go on meanwhile must not have ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to this in time"
        assert process is None or process.poll() is None, process.communicate()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.02)")


def sessions_that_wait():
    """How many other sessions of this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def other_sessions():
    """How many sessions of this database there are beside this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return cursor.fetchone()[0]


def kill(process):
    """Kill a process as the kernel does, without a chance to tidy up."""
    process.kill()
    process.communicate()
    assert process.returncode == -9


@contextmanager
def side_by_side(number):
    """Yield what runs so many calls at once, however often, and returns what went wrong.

    Its threads keep their sessions, as the product's do: the calls meet more closely than behind
    new ones, which take longer to begin than a command takes.
    """
    start = threading.Barrier(number)

    def run(call):
        start.wait(timeout=PATIENCE_SECONDS)
        try:
            call()
        except Exception as error:  # noqa: BLE001  whatever a caller would meet
            return error
        return None

    with ThreadPoolExecutor(number) as pool:
        try:
            yield lambda *calls: [error for error in pool.map(run, calls) if error is not None]
        finally:
            list(pool.map(run, [connections.close_all] * number))


def forked(call):
    """Run a call in a process of its own, a copy of this one; return its process id."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        call()
        code = 0
    except BaseException:  # noqa: BLE001  a child must not go on as a second run of the tests
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(pid):
    """Wait for a forked process; return its exit code, -9 where it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(statement, call):
    """Run a call in a process that SIGKILLs itself before its n-th statement (from 1).

    Returns whether it was killed; False where the call came to its end before.
    """

    def run():
        count = itertools.count(1)

        def die(execute, *arguments):
            if next(count) == statement:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*arguments)

        with connection.execute_wrapper(die):
            call()

    code = ended(forked(run))
    assert code in (0, -signal.SIGKILL), f"the process failed with {code}"
    wait_until(lambda: not other_sessions())
    return code != 0
