"""A pack of very many ledger lines is written in bounded memory (REP-1, evidence.md)."""

import datetime as dt
import tracemalloc
import uuid

import pytest

from ledger.rules.canonical import canonical
from ledger.selectors.lines import Line
from reports.render.audit import write_log
from reports.render.sorting import Sorted

AT = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
SYSTEM = str(uuid.uuid4())
LIMIT = 24 * 1024**2


def lines(count):
    """Yield sealed lines, each with a commitment of its own."""
    for number in range(count):
        body = {
            "at": AT.isoformat(),
            "object": {"id": str(number), "label": f"thing {number}", "type": "thing"},
            "system": SYSTEM,
            "v": 1,
            "verb": "incident.opened",
            "who": {"id": "x", "kind": "person", "name": f"commit:{number:064x}"},
        }
        yield Line(
            number=number + 1, at=AT, verb="incident.opened", words="opened", actor="Jonas Weber",
            actor_kind="person", label=f"thing {number}", reason="", body=body,
            bytes=canonical(body), stream=SYSTEM, seq=number, stream_seq=number, sealed_at=AT,
        )  # fmt: skip


def peak_of(tmp_path, count):
    """Return the most memory that writing so many lines takes, bytes."""
    tracemalloc.start()
    with Sorted(tmp_path / f"{count}.db") as commitments:
        written = write_log(tmp_path / str(count), lines(count), commitments=commitments)
        known = len(commitments)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert written.entries == known == count
    return peak


@pytest.mark.full
def test_ten_times_the_lines_take_no_more_memory(tmp_path):
    few, many = peak_of(tmp_path, 30_000), peak_of(tmp_path, 300_000)

    assert many < LIMIT
    assert many < few * 1.5


def test_digests_come_sorted_and_once_each_from_disk(tmp_path):
    with Sorted(tmp_path / "found.db") as found:
        found.update(f"{number % 50:064x}" for number in range(120, 0, -1))

        read = list(found)

    assert read == [f"{number:064x}" for number in range(50)]
    assert not (tmp_path / "found.db").exists()
