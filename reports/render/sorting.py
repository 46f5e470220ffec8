"""Many digests, once each and in order, kept on disk: a pack may hold millions of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

BATCH = 20_000


class Sorted:
    """A set of hex digests in a scratch file, which is removed at the end; sorted when read."""

    def __init__(self, path: Path) -> None:
        import sqlite3  # noqa: PLC0415  a library that only the builder of a pack needs

        self._path = path
        self._new: set[str] = set()
        path.unlink(missing_ok=True)
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute("CREATE TABLE found (digest BLOB PRIMARY KEY) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def update(self, digests: Iterable[str]) -> None:
        """Add digests; those that are known already change nothing."""
        self._new.update(digests)
        if len(self._new) >= BATCH:
            self._put()

    def __len__(self) -> int:
        self._put()
        return int(self._file.execute("SELECT count(*) FROM found").fetchone()[0])

    def __iter__(self) -> Iterator[str]:
        self._put()
        for (digest,) in self._file.execute("SELECT digest FROM found ORDER BY digest"):
            yield digest.hex()

    def _put(self) -> None:
        rows = [(bytes.fromhex(digest),) for digest in sorted(self._new)]
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR IGNORE INTO found VALUES (?)", rows)
        self._file.execute("COMMIT")
        self._new.clear()
