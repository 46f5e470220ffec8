"""The ledger lines of a pack as files: the exact sealed lines, and the same as a table."""

import csv
import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import orjson

from ledger.rules.commitments import PATTERN, PREFIX
from ledger.selectors.lines import Line, sealed_line_of
from reports.rules.cells import cell
from reports.rules.redaction import WITHHELD

BEAT = 20_000

COLUMNS = (
    "seq",
    "number",
    "sealed",
    "at",
    "verb",
    "actor",
    "actor_kind",
    "words",
    "object",
    "reason",
    "sha256_of_line",
)
# What a reader may want to show alone, each with its proof: adopted motions, signatures, closings.
PROVED_ALONE = frozenset(
    {
        "motion.adopted",
        "record.signed",
        "incident.closed",
        "incident.closed_small",
        "incident.dismissed",
    }
)


class Commitments(Protocol):
    """Where the commitments of the lines are gathered."""

    def update(self, digests: Iterable[str], /) -> None:
        """Add digests of 64 hex digits each."""


class Written:
    """What was written: the count, the first and last number, the SHA-256 of log.jsonl."""

    def __init__(self, commitments: Commitments) -> None:
        self.entries = 0
        self.first = 0
        self.last = 0
        self.newest_at: datetime | None = None
        self.refused: list[Line] = []
        self.alone: list[int] = []
        self.commitments = commitments
        self.digest = hashlib.sha256()

    def add(self, line: Line, exact: bytes) -> None:
        """Count one line; they come by their place in the tree."""
        self.entries += 1
        self.first = self.first or line.number
        self.last, self.newest_at = line.number, line.at
        self.digest.update(exact + b"\n")
        self.commitments.update(commitments_in(exact))
        if line.refused:
            self.refused.append(line)
        if line.verb in PROVED_ALONE and line.seq is not None:
            self.alone.append(line.seq)


def write_log(
    folder: Path,
    lines: Iterable[Line],
    *,
    commitments: Commitments,
    named: bool = True,
    beat: Callable[[], None] = lambda: None,
) -> Written:
    """Write log.jsonl (the exact bytes of the leaves) and log.csv, line by line.

    The commitments of the lines go to `commitments`. With `named` false the table withholds what
    the lines hold as commitments. `beat` is called now and then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = Written(commitments)
    with (
        (folder / "log.jsonl").open("wb") as exact,
        (folder / "log.csv").open("w", encoding="utf-8", newline="") as table,
    ):
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(COLUMNS)
        for line in lines:
            leaf = write_leaf(exact, line)
            writer.writerow([cell(value) for value in _row(line, leaf, named=named)])
            written.add(line, leaf)
            if written.entries % BEAT == 0:
                beat()
    return written


def write_neighbours(folder: Path, lines: Iterable[Line]) -> int:
    """Write the lines that prove the log whole, as exact bytes; return how many."""
    count = 0
    with (folder / "neighbours.jsonl").open("wb") as exact:
        for line in lines:
            write_leaf(exact, line)
            count += 1
    return count


def write_leaf(file: BinaryIO, line: Line) -> bytes:
    """Write the leaf of a line and return it without its newline. Raises ValueError if unsealed."""
    leaf = sealed_line_of(line)
    if leaf is None:
        raise ValueError(f"entry {line.number} is not sealed")
    file.write(leaf + b"\n")
    return leaf


def commitments_in(leaf: bytes) -> set[str]:
    """Return the commitments of a line, 64 hex digits each."""
    return {digest.decode() for digest in PATTERN.findall(leaf)}


def _row(line: Line, leaf: bytes, *, named: bool) -> tuple[object, ...]:
    return (
        line.seq,
        line.number,
        line.sealed_at,
        line.at,
        line.verb,
        line.actor if named or line.actor_kind != "person" else WITHHELD,
        line.actor_kind,
        line.words,
        line.label if named else _sealed_label(line),
        line.reason if named else WITHHELD if line.reason else "",
        hashlib.sha256(leaf).hexdigest(),
    )


def _sealed_label(line: Line) -> str:
    """Return the object's label as it was sealed; one that is a commitment is withheld."""
    label = str(orjson.loads(line.bytes)["object"]["label"])
    return WITHHELD if label.startswith(PREFIX) else label
