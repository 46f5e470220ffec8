"""Each guard is what holds: with it out of the program, the tests of its failure fail.

A run is a process of its own that loads tests/faults/without_guard.py; it must end with failed
tests (exit code 1), not with an error of the run, and prints which test noticed.
"""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from tests.faults.failures import FAILURES
from tests.faults.without_guard import NAME

pytestmark = pytest.mark.full
LONGEST_SECONDS = 900
FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)


def run_without(failure):
    """Run the tests of a failure with its guard gone, up to the first that notices."""
    return subprocess.run(
        [
            sys.executable, "-m", "pytest", "-p", "tests.faults.without_guard",
            "-p", "no:randomly", "-p", "no:cacheprovider", "-x", "-q", "-rf", "-m", "",
            *FAILURES[failure].nodes,
        ],
        cwd=settings.BASE_DIR,
        env=os.environ | {NAME: failure},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES)
def test_without_its_guard_the_failure_is_noticed(failure):
    done = run_without(failure)

    noticed = FAILED.findall(done.stdout)
    print(f"{failure} without its guard: noticed by {', '.join(noticed) or 'nothing'}")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout[-3000:] + done.stderr
    assert noticed
