"""The last checkpoint kept outside the database: what a restored or rewritten one cannot know.

`checkpoints.jsonl` grows by a line a checkpoint, `checkpoint` is the newest note. Both are written
after the commit; a process that dies between leaves them behind the database, never before it.
"""

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from ledger.rules.lines import instant
from ledger.rules.merkle import Frontier
from ledger.rules.notes import Head, Malformed, head_of
from ledger.rules.refusals import SealRefused
from ledger.rules.worded import worded

LIST = "checkpoints.jsonl"
NEWEST = "checkpoint"
LOCK = "lock"
TICK_SECONDS = 0.02
LAST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint as it is kept outside: its note, when it was sealed, its frontier."""

    note: str
    sealed_at: datetime
    frontier: Frontier

    @property
    def head(self) -> Head:
        """What the note says."""
        return head_of(self.note)

    def line(self) -> bytes:
        """Return the line of the list, with its newline."""
        roots = [root.hex() for root in self.frontier.roots]
        pairs = {"note": self.note, "sealed": instant(self.sealed_at), "frontier": roots}
        return orjson.dumps(pairs) + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Kept":
        """Return the checkpoint of a line. Raises ValueError."""
        pairs = orjson.loads(line)
        try:
            head = head_of(pairs["note"])
            frontier = Frontier(head.size, (bytes.fromhex(root) for root in pairs["frontier"]))
            return cls(pairs["note"], datetime.fromisoformat(pairs["sealed"]), frontier)
        except (KeyError, TypeError, AttributeError) as error:
            raise Malformed(f"a line of the list is no checkpoint: {error}") from None


class Outside:
    """The folder, while its lock is held."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def latest(self) -> Kept | None:
        """Return the newest checkpoint kept, None in an empty folder.

        Raises SealRefused if a file is damaged, cut, or missing beside the other.
        """
        newest = self._newest()
        try:
            kept = self._last()
        except ValueError as error:
            raise _damaged(
                self.folder / LIST,
                worded("its last line is not readable ({error})", error=str(error)),
            ) from None
        if kept is None and newest is None:
            return None
        if kept is None or _newer(newest, kept.head):
            raise _damaged(
                self.folder / LIST,
                worded("it ends before the checkpoint in {newest!r}", newest=NEWEST),
            )
        if newest is not None and _contradicts(newest, kept.head):
            raise _damaged(
                self.folder / NEWEST, worded("it names another root than {name}", name=LIST)
            )
        return kept

    def append(self, checkpoints: Iterable[Kept]) -> None:
        """Add checkpoints to the list and name the last one the newest, safe on disk."""
        rows = list(checkpoints)
        if not rows:
            return
        path = self.folder / LIST
        _cut_torn_line(path)
        with path.open("ab") as file:
            file.write(b"".join(kept.line() for kept in rows))
            file.flush()
            os.fsync(file.fileno())
        self._replace(rows[-1].note)

    def catch_up(self, kept: Kept) -> None:
        """Name the newest one again if a process died between list and name."""
        if self._newest() != kept.head:
            self._replace(kept.note)

    def start_anew(self, checkpoints: Iterable[Kept]) -> None:
        """Write the list anew from these checkpoints; what was there is put aside, not lost."""
        path, fresh, note = self.folder / LIST, self.folder / f"{LIST}.new", ""
        with fresh.open("wb") as file:
            for kept in checkpoints:
                file.write(kept.line())
                note = kept.note
            file.flush()
            os.fsync(file.fileno())
        for old in (path, self.folder / NEWEST):
            if old.exists():
                old.rename(_free_name(old))
        fresh.rename(path)
        self._replace(note)

    def require_writable(self) -> None:
        """Refuse before anything is sealed if the list could not be written. Raises SealRefused."""
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise _unwritable(self.folder)
        path = self.folder / LIST
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            raise _unwritable(path)

    def _newest(self) -> Head | None:
        path = self.folder / NEWEST
        if not path.exists():
            return None
        try:
            return head_of(path.read_text())
        except ValueError as error:
            raise _damaged(path, str(error)) from None

    def _last(self) -> Kept | None:
        """A last line without its newline is the trace of a crash and counts as not written."""
        path = self.folder / LIST
        if not path.exists():
            return None
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LAST_BYTES))
            whole = file.read().rpartition(b"\n")[0]
        line = whole.rpartition(b"\n")[2]
        return Kept.parse(line) if line else None

    def _replace(self, note: str) -> None:
        path = self.folder / NEWEST
        fresh = path.with_name(f"{NEWEST}.new")
        with fresh.open("w") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def outside(folder: Path, *, patience: float = 0) -> Iterator[Outside | None]:
    """Hold the folder alone within the block; None if another process of this host holds it.

    `patience` is how long to wait for it, seconds. Makes the folder. Raises SealRefused.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        raise _unwritable(folder) from None
    try:
        yield Outside(folder) if _taken(lock, patience) else None
    finally:
        os.close(lock)


def _taken(lock: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(TICK_SECONDS)
        else:
            return True


def _cut_torn_line(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - LAST_BYTES)
        file.seek(start)
        end = start + file.read().rfind(b"\n") + 1
        if end < size:
            file.truncate(end)


def _newer(newest: Head | None, last: Head) -> bool:
    """Tell whether the newest note lies past the list; a new origin may begin at a smaller size."""
    return newest is not None and newest.origin == last.origin and newest.size > last.size


def _contradicts(newest: Head, last: Head) -> bool:
    same = (newest.origin, newest.size) == (last.origin, last.size)
    return same and newest.root != last.root


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.replaced-{number}")).exists():
        number += 1
    return aside


def _damaged(path: Path, why: str) -> SealRefused:
    return SealRefused(
        "outside_damaged",
        worded(
            "{path} is damaged: {why}. Put its copy back. If no copy is left, "
            "`manage.py ledger_adopt --reason …` takes the database's own "
            "checkpoints and says so in the ledger.",
            path=path,
            why=why,
        ),
    )


def _unwritable(path: Path) -> SealRefused:
    return SealRefused(
        "outside_unwritable",
        worded(
            "{path} cannot be written by this account; the sealer keeps its last "
            "checkpoint there (LEDGER_DIR). Nothing was sealed.",
            path=path,
        ),
    )
