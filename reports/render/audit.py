"""The ledger lines as files: the canonical bytes, one a line, and the same as a table."""

import csv
import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from ledger.selectors.lines import Line
from reports.rules.cells import cell

COLUMNS = (
    "number",
    "at",
    "verb",
    "actor",
    "actor_kind",
    "words",
    "object",
    "reason",
    "sha256_of_line",
)


class Written:
    """What was written: the count, the first and last number, the SHA-256 of log.jsonl."""

    def __init__(self) -> None:
        self.entries = 0
        self.first = 0
        self.last = 0
        self.newest_at: datetime | None = None
        self.refused: list[Line] = []
        self.digest = hashlib.sha256()

    def add(self, line: Line) -> None:
        """Count one line; they come by number."""
        self.entries += 1
        self.first = self.first or line.number
        self.last, self.newest_at = line.number, line.at
        self.digest.update(line.bytes + b"\n")
        if line.refused:
            self.refused.append(line)


def write_log(folder: Path, lines: Iterable[Line]) -> Written:
    """Write log.jsonl (exact bytes as they will be sealed) and log.csv, line by line."""
    folder.mkdir(parents=True, exist_ok=True)
    written = Written()
    with (
        (folder / "log.jsonl").open("wb") as exact,
        (folder / "log.csv").open("w", encoding="utf-8", newline="") as table,
    ):
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(COLUMNS)
        for line in lines:
            exact.write(line.bytes + b"\n")
            writer.writerow([cell(value) for value in _row(line)])
            written.add(line)
    return written


def _row(line: Line) -> tuple[object, ...]:
    return (
        line.number,
        line.at,
        line.verb,
        line.actor,
        line.actor_kind,
        line.words,
        line.label,
        line.reason,
        hashlib.sha256(line.bytes).hexdigest(),
    )
