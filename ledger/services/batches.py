"""One batch of leaves: taken from the queue, numbered, hashed and written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from ledger.models import Entry
from ledger.rules.lines import leaf_hash, sealed_line, stream_of
from ledger.rules.merkle import Frontier, Stored

# By the queue, never by `id > last`: numbers are given before the commit and arrive out of order.
WAITING = "SELECT entry_id FROM ledger_queue ORDER BY entry_id LIMIT %s"
# By lists of numbers: a join would leave it to the statistics whether millions of rows are read.
SEALED = "SELECT entry_id FROM ledger_leaf WHERE entry_id = ANY(%s::bigint[])"
BODIES = "SELECT id, body, system_id FROM ledger_entry WHERE id = ANY(%s::bigint[])"
DONE = "DELETE FROM ledger_queue WHERE entry_id = ANY(%s::bigint[])"
NEXT = """
SELECT s.stream, (SELECT l.stream_seq + 1 FROM ledger_leaf l WHERE l.stream = s.stream
                  ORDER BY l.stream_seq DESC LIMIT 1)
FROM unnest(%s::text[]) AS s(stream)
"""
# A walk over the index from stream to stream: there are few streams and many leaves.
EVERY = """
WITH RECURSIVE s AS (
  (SELECT stream FROM ledger_leaf ORDER BY stream LIMIT 1)
  UNION ALL
  SELECT (SELECT l.stream FROM ledger_leaf l WHERE l.stream > s.stream ORDER BY l.stream LIMIT 1)
  FROM s WHERE s.stream IS NOT NULL
)
SELECT stream FROM s WHERE stream IS NOT NULL LIMIT %s
"""
LEAVES = """
COPY ledger_leaf (seq, entry_id, stream, stream_seq, sealed_at, hash) FROM STDIN (FORMAT BINARY)
"""
TYPES = ("int8", "int8", "varchar", "int8", "timestamptz", "bytea")
NODES = 'INSERT INTO ledger_node (level, "index", hash) VALUES (%s, %s, %s)'


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry that is about to be sealed."""

    number: int
    body: bytes
    stream: str


class Streams:
    """The next place in each stream, read once a batch and counted on from there."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def read(self, streams: Iterable[str]) -> None:
        """Read those that are not known yet."""
        unknown = sorted(set(streams) - self._next.keys())
        if unknown:
            with connection.cursor() as cursor:
                cursor.execute(NEXT, [unknown])
                self._next.update({stream: place or 0 for stream, place in cursor.fetchall()})

    def take(self, stream: str) -> int:
        """Return the next place in a stream that was read, and count on."""
        place = self._next[stream]
        self._next[stream] = place + 1
        return place

    def count(self, stream: str) -> int:
        """Return how many leaves a stream has so far, those of this batch included."""
        self.read([stream])
        return self._next[stream]

    def counts_of(self, streams: Iterable[str]) -> dict[str, int]:
        """Return the counts of these streams, by name, the empty ones too."""
        names = sorted(set(streams))
        self.read(names)
        return {name: self._next[name] for name in names}

    def counts(self, most: int | None) -> dict[str, int]:
        """Return the counts of up to `most` streams, by name; None is all of them."""
        with connection.cursor() as cursor:
            cursor.execute(EVERY, [most])
            names = {stream for (stream,) in cursor.fetchall()} | self._next.keys()
        self.read(names)
        return {name: self._next[name] for name in sorted(names)[:most] if self._next[name]}


@dataclass(slots=True)
class Batch:
    """Leaves as they are numbered, one row each of (seq, entry, stream, place, sealed, hash)."""

    first: int
    sealed_at: datetime
    streams: Streams
    rows: list[tuple[int, int, str, int, datetime, bytes]]

    def number(self, entries: Sequence[Taken]) -> None:
        """Give each entry its place in the tree and in its stream, and its hash."""
        self.streams.read(entry.stream for entry in entries)
        for seq, entry in enumerate(entries, start=self.first + len(self.rows)):
            place = self.streams.take(entry.stream)
            line = sealed_line(
                body=entry.body,
                number=entry.number,
                sealed_at=self.sealed_at,
                seq=seq,
                stream=entry.stream,
                stream_seq=place,
            )
            self.rows.append(
                (seq, entry.number, entry.stream, place, self.sealed_at, leaf_hash(line))
            )

    def grow(self, frontier: Frontier) -> list[Stored]:
        """Grow the tree by this batch; return the stored subtrees that it completed."""
        return frontier.extend(row[5] for row in self.rows)


def take(most: int) -> list[Taken]:
    """Return up to `most` waiting entries by number; who waits though sealed leaves the queue."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [most])
        numbers = [number for (number,) in cursor.fetchall()]
        cursor.execute(SEALED, [_array(numbers)])
        sealed = {number for (number,) in cursor.fetchall()}
        if sealed:
            cursor.execute(DONE, [_array(sealed)])
        cursor.execute(BODIES, [_array(n for n in numbers if n not in sealed)])
        found = [Taken(row[0], bytes(row[1]), stream_of(row[2])) for row in cursor.fetchall()]
    # Sorted here: the server would sort the bodies along, on disk.
    return sorted(found, key=lambda entry: entry.number)


def taken(number: int) -> Taken:
    """Return one entry that was written just now."""
    row = Entry.objects.only("body", "system_id").get(pk=number)
    return Taken(number, bytes(row.body), stream_of(row.system_id))


def waiting(most: int) -> int:
    """Return how many entries wait, counted up to `most`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT 1 FROM ledger_queue LIMIT %s) q", [most])
        return int(cursor.fetchone()[0])


def write(batch: Batch, nodes: Sequence[Stored]) -> None:
    """Write leaves and nodes, and take what is sealed out of the queue."""
    with connection.wrap_database_errors, connection.cursor() as cursor:
        with cursor.copy(LEAVES) as copy:
            copy.set_types(TYPES)
            for row in batch.rows:
                copy.write_row(row)
        if nodes:
            cursor.executemany(NODES, nodes)
        cursor.execute(DONE, [_array(row[1] for row in batch.rows)])


def _array(numbers: Iterable[int]) -> str:
    """Return numbers as PostgreSQL writes an array: ten times as quick as one by one."""
    return "{" + ",".join(map(str, numbers)) + "}"
