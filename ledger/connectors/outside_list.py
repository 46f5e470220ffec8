"""The checkpoints kept outside the database, read line by line and without the sealer's lock."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from pathlib import Path

import orjson

from ledger.connectors.outside import LIST, NEWEST
from ledger.rules.notes import Head, Malformed, head_of


@dataclass(frozen=True, slots=True)
class KeptNote:
    """A note kept outside, and what it says."""

    note: str
    head: Head


class OutsideList:
    """What the folder held when this was made; later lines are left for the next time.

    Within an origin the list ascends. A new origin begins again where a restored database stood.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / LIST
        self._bytes = self._path.stat().st_size if self._path.exists() else 0
        newest = folder / NEWEST
        self._newest = newest.read_text() if newest.exists() else ""

    def ascending(self) -> Iterator[KeptNote]:
        """Yield every note by size, once. Raises Malformed for a line that is none, OSError."""
        origins = dict.fromkeys(kept.head.origin for kept in self._lines())
        before = ""
        for kept in merge(*map(self._of, origins), self._named(), key=_size):
            if kept.note != before:
                yield kept
            before = kept.note

    def _of(self, origin: str) -> Iterator[KeptNote]:
        last = 0
        for kept in self._lines():
            if kept.head.origin != origin:
                continue
            if kept.head.size < last:
                raise Malformed(f"{LIST} holds {kept.head.size:,} after {last:,}")
            last = kept.head.size
            yield kept

    def _named(self) -> Iterator[KeptNote]:
        if self._newest:
            yield KeptNote(self._newest, head_of(self._newest))

    def _lines(self) -> Iterator[KeptNote]:
        """A last line without its newline is the trace of a crash and counts as not written."""
        if not self._bytes:
            return
        with self._path.open("rb") as file:
            read = 0
            for number, line in enumerate(file, start=1):
                read += len(line)
                if read > self._bytes or not line.endswith(b"\n"):
                    return
                yield _parsed(line, number)


def _size(kept: KeptNote) -> int:
    return kept.head.size


def _parsed(line: bytes, number: int) -> KeptNote:
    try:
        note = orjson.loads(line)["note"]
        return KeptNote(note, head_of(note))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(f"line {number} of {LIST} is no checkpoint: {error}") from None
