"""Many entries: time and memory stay in bounds."""

import resource
import subprocess
import sys

import pytest

from tests.verifier import volume
from tests.verifier.test_pythons import VERIFIER

MEMORY = 100 * 1024**2
# Runs the verifier with an address space of so many bytes and no more.
LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def measured(path, key, memory):
    """Run the verifier in a process of its own; return its code, CPU seconds and output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, "-I", "-S", "-c", LIMITED, memory, VERIFIER, path, "--key", key]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.returncode, after.ru_utime - before.ru_utime, done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["export", "pack"])
def test_a_few_thousand_entries_of_many_shapes_verify(tmp_path, capsys, kind):
    volume.main(5_000, kind, tmp_path / "v.zip")
    key = capsys.readouterr().out.strip()

    code, _, words = measured(tmp_path / "v.zip", key, MEMORY)

    assert code == 0, words


@pytest.mark.full
@pytest.mark.parametrize("kind", ["export", "pack"])
def test_a_hundred_thousand_entries_take_a_second_or_two_and_little_memory(tmp_path, capsys, kind):
    volume.main(100_000, kind, tmp_path / "v.zip")
    key = capsys.readouterr().out.strip()

    code, seconds, words = measured(tmp_path / "v.zip", key, MEMORY)

    assert code == 0, words
    # About 1.3 seconds where this was written; the rest is for slower machines under load.
    assert seconds < 6
