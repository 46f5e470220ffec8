"""How fast what waits is sealed: leaves a second, in transactions of 50,000. No gate.

The base hashes the same lines in RAM: the sealing without the database.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from bench.lines import fill, own_folder, seal_waiting, settle, timed
from ledger.models import Entry
from ledger.rules.merkle import Frontier

LINES = {"small": 100_000, "full": 1_000_000}


def run(size: str) -> Iterator[dict[str, Any]]:
    """Yield the line of the sealing rate."""
    own_folder()
    lines = LINES[size]
    fill(lines)
    settle()
    seconds = seal_waiting()
    bodies = [bytes(body) for body in Entry.objects.values_list("body", flat=True)[:100_000]]
    base = timed(lambda: _hash(bodies)) / len(bodies) * lines
    yield {
        "bench": "sealing",
        "value": round(lines / seconds, 1),
        "base": round(lines / base, 1),
        "ratio": round(base / seconds, 4),
        "gate": None,
        "unit": "leaves/s; the base hashes the same lines into a tree in RAM",
        "lines": lines,
        "seconds": round(seconds, 2),
    }


def _hash(bodies: list[bytes]) -> bytes:
    tree = Frontier()
    tree.extend(sha256(b"\x00" + body).digest() for body in bodies)
    return tree.root()
