"""Sealed lines checked batch by batch: hashes, places, times, and the columns beside the bodies.

Written for millions of lines: a batch that is right is compared as whole lists, and only one that
is not is walked row by row to name the first that is wrong.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any

import msgspec

from ledger.rules.claims import Findings
from ledger.rules.lines import ORGANISATION, instant

LINES, PLACES, TIMES, COLUMNS, COUNTS = "lines", "places", "times", "columns", "counts"
COUNTING = frozenset({"ledger.heartbeat", "ledger.counted"})
COLUMN_NAMES = (
    "stream", "system", "verb", "object type", "object id", "label", "incident", "actor kind",
    "actor id", "actor name", "at",
)  # fmt: skip
# seq, entry, stream place, sealed, hash, body (None if the entry is gone), then COLUMN_NAMES.
Row = tuple[Any, ...]
FIRST_COLUMN = 6
STREAM, VERB = 6, 8
LINE = b'\x00{"entry":%b,"number":%d,"sealed":"%b","seq":%d,"stream":"%b","stream_seq":%d}'
PREFIX = "commit:"


class Who(msgspec.Struct, gc=False):
    """Who, as a body holds it."""

    id: str
    kind: str
    name: str


class Thing(msgspec.Struct, gc=False):
    """The object, as a body holds it."""

    id: str
    label: str
    type: str


class Body(msgspec.Struct, gc=False):
    """Of a body what columns repeat; the rest is not looked at."""

    at: datetime
    object: Thing
    verb: str
    who: Who
    incident: str | None = None
    system: str | None = None


class Streams(msgspec.Struct):
    """The counts that a heartbeat holds."""

    streams: dict[str, int]


class Counting(msgspec.Struct):
    """Of a body that counts streams the counts."""

    details: Streams


# What a column should hold, in the order of COLUMN_NAMES; whole batches go through each in turn.
EXPECTED: tuple[Callable[[Body], Any], ...] = (
    lambda body: body.system or ORGANISATION,
    attrgetter("system"),
    attrgetter("verb"),
    attrgetter("object.type"),
    attrgetter("object.id"),
    attrgetter("object.label"),
    attrgetter("incident"),
    attrgetter("who.kind"),
    attrgetter("who.id"),
    lambda body: "" if body.who.name.startswith(PREFIX) else body.who.name,
    attrgetter("at"),
)
_counts = msgspec.json.Decoder(Counting)
_body = msgspec.json.Decoder(Body)
_bodies = msgspec.json.Decoder(list[Body])


class LineChecks:
    """Checks rows in the order of seq; keeps what the next batch goes on from."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.next_seq = 0
        self.counted = 0
        self.streams: dict[str, int] = {}
        self._sealed_at: datetime | None = None

    def take(self, rows: Sequence[Row]) -> Sequence[bytes]:
        """Check a batch and return its stored leaf hashes."""
        seqs, numbers, places, sealed, hashes, bodies, *columns = zip(*rows, strict=True)
        self._check_lines(rows, numbers, seqs, sealed, hashes, bodies, columns[0], places)
        self._check_columns(rows, bodies, columns)
        if not COUNTING.isdisjoint(columns[VERB - FIRST_COLUMN]):
            self._check_counts(rows)
        self._check_places(rows, seqs, columns[0], places)
        self._check_times(rows, sealed)
        return hashes

    def _check_lines(
        self,
        rows: Sequence[Row],
        numbers: Sequence[int],
        seqs: Sequence[int],
        sealed: Sequence[datetime],
        hashes: Sequence[bytes],
        bodies: Sequence[bytes | None],
        streams: Sequence[str],
        places: Sequence[int],
    ) -> None:
        texts = _texts(sealed)
        lines = zip(bodies, numbers, texts, seqs, map(str.encode, streams), places, strict=True)
        found = [sha256(LINE % (line[0] or b"", *line[1:])).digest() for line in lines]
        if found == list(hashes):
            return
        for row, digest in zip(rows, found, strict=True):
            if row[5] is None:
                self._wrong(LINES, row, "is gone")
            elif row[4] != digest:
                self._wrong(LINES, row, "does not hash to its leaf: the line was changed")

    def _check_columns(
        self, rows: Sequence[Row], bodies: Sequence[bytes | None], columns: Sequence[Row]
    ) -> None:
        try:
            known = _bodies.decode(b"[%b]" % b",".join(bodies))  # type: ignore[arg-type]  # None
        except (TypeError, msgspec.DecodeError):
            known = []
        pairs = zip(EXPECTED, columns, strict=True)
        if all(tuple(map(expected, known)) == column for expected, column in pairs):
            return
        for row in rows:
            self._compare(row)

    def _compare(self, row: Row) -> None:
        if row[5] is None:
            return
        try:
            body = _body.decode(row[5])
        except msgspec.DecodeError as error:
            self._wrong(COLUMNS, row, f"has a body that cannot be read: {error}")
            return
        for name, column, expected in zip(COLUMN_NAMES, row[FIRST_COLUMN:], EXPECTED, strict=True):
            sealed = expected(body)
            if column != sealed:
                what = f"is searched under {name} {_short(column)}, sealed is {_short(sealed)}"
                self._wrong(COLUMNS, row, what)
                return

    def _check_counts(self, rows: Sequence[Row]) -> None:
        """A leaf that counts streams says how many of each stand before it."""
        before = Counter(self.streams)
        for row in rows:
            if row[VERB] in COUNTING and row[5] is not None:
                self.counted += 1
                self._compare_counts(row, before)
            before[row[STREAM]] += 1

    def _compare_counts(self, row: Row, before: Counter[str]) -> None:
        try:
            counts = dict(_counts.decode(row[5]).details.streams)
        except msgspec.DecodeError as error:
            self._wrong(COUNTS, row, f"counts nothing that can be read: {error}")
            return
        for stream, count in counts.items():
            if before[stream] != count:
                what = f"counts {count:,} in stream {_short(stream)}; there are {before[stream]:,}"
                self._wrong(COUNTS, row, what)

    def _check_places(
        self,
        rows: Sequence[Row],
        seqs: Sequence[int],
        streams: Sequence[str],
        places: Sequence[int],
    ) -> None:
        if seqs != tuple(range(self.next_seq, self.next_seq + len(seqs))):
            self._name_gap(rows)
        self.next_seq = seqs[-1] + 1
        known = self.streams
        for index, (stream, place) in enumerate(zip(streams, places, strict=True)):
            due = known.get(stream, 0)
            if due != place:
                what = f"has stream_seq {place:,} in stream {_short(stream)}, due was {due:,}"
                self._wrong(PLACES, rows[index], what)
            known[stream] = place + 1

    def _name_gap(self, rows: Sequence[Row]) -> None:
        due = self.next_seq
        for row in rows:
            if row[0] != due:
                self._wrong(PLACES, row, f"stands where leaf {due:,} was due")
            due = row[0] + 1

    def _check_times(self, rows: Sequence[Row], sealed: Sequence[datetime]) -> None:
        before = self._sealed_at or sealed[0]
        if sealed.count(before) != len(sealed):
            for row in rows:
                if row[3] < before:
                    what = f"was sealed {instant(row[3])}, before its forerunner: {instant(before)}"
                    self._wrong(TIMES, row, what)
                before = row[3]
        self._sealed_at = before

    def _wrong(self, claim: str, row: Row, what: str) -> None:
        self.findings.add(claim, f"entry {row[1]} (seq {row[0]:,}) {what}", row[1])


def _texts(sealed: Sequence[datetime]) -> list[bytes]:
    """The instants as lines print them; a batch of one seal has one."""
    known = {at: instant(at).encode() for at in set(sealed)}
    return [known[at] for at in sealed]


def _short(value: object) -> str:
    return repr(value if value is None else str(value)[:60])
