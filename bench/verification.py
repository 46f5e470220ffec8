"""The verification of the whole ledger against a plain SHA-256 loop over the same bodies in RAM.

From PostgreSQL every line is read, hashed, placed and compared with the columns beside it, and
every checkpoint with the tree. By the verifier an export of the same ledger is read from its file,
with nothing of ours but that one file.
"""

import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.__main__ import ROOT
from bench.lines import fill, own_folder, seal_waiting, settle, timed
from bench.measure import interleave, line
from ledger.models import Entry
from ledger.rules.actors import machine
from ledger.selectors.checkpoints import keys
from ledger.services.checking import check_ledger
from outbox import clock
from reports.services.exports import write_export

LINES = {"small": 100_000, "full": 1_000_000}
ROUNDS = {"small": 5, "full": 3}
SEALS = 20
GOAL_LINES, GOAL_SECONDS = 10_000_000, 60


def run(size: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of the verification from PostgreSQL and by the verifier."""
    own_folder()
    lines = LINES[size]
    for _ in range(SEALS):
        fill(lines // SEALS)
        seal_waiting()
    settle()
    bodies = [bytes(body) for body in Entry.objects.values_list("body", flat=True)]
    base, own = interleave(lambda: _hash(bodies), _check, ROUNDS[size])
    yield _line("verification", lines, base, own)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.zip"
        write_export(path=path, at=clock.now(), actor=machine("bench", kind="command"))
        base, own = interleave(lambda: _hash(bodies), lambda: _verify(path), ROUNDS[size])
    yield _line("verifier", lines, base, own)


def _line(name: str, lines: int, base: float, own: float) -> dict[str, Any]:
    return line(
        name,
        value=lines / own,
        base=lines / base,
        gate=0.4,
        stretch=0.75,
        better="higher",
        unit="lines/s",
        lines=lines,
        seconds=round(own, 3),
        seconds_for_10_million=round(own / lines * GOAL_LINES, 1),
        most_seconds=GOAL_SECONDS,
    )


def _hash(bodies: list[bytes]) -> None:
    for body in bodies:
        sha256(body).digest()


def _check() -> None:
    report = check_ledger()
    assert report.passed, report.failed


def _verify(path: Path) -> float:
    command = [sys.executable, "-I", str(ROOT / "countersign_verify.py"), str(path)]
    command += ["--key", keys()[-1].vkey]
    return timed(lambda: subprocess.run(command, check=True, capture_output=True))
