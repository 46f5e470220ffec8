"""Files of readings as people have them: any delimiter, usual encodings, bounded on all sides."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import word, worded
from registry.connectors.delimited import decode
from registry.rules.exchange.tables import clean

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 100
MOST_CHARACTERS = 4000
DELIMITERS = {
    ",": word("Read as {encoding}, cells separated by commas."),
    ";": word("Read as {encoding}, cells separated by semicolons."),
    "\t": word("Read as {encoding}, cells separated by tabs."),
    "|": word("Read as {encoding}, cells separated by upright strokes."),
}
"""What may stand between cells, and how that is told."""
LOOKED_AT = 20
LONGEST_LINE = MOST_COLUMNS * MOST_CHARACTERS

NumberedCells = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that was opened: its columns, what was noticed, and its lines as they are read."""

    columns: list[str]
    notes: list[str]
    lines: Iterator[NumberedCells]


def open_sheet(content: bytes) -> Sheet:
    """Open a file of delimited cells whose first line names the columns.

    Raises Invalid (no text, no columns, a quote that does not close, a cell too long), TooLarge;
    reading the lines raises them as well.
    """
    if len(content) > MOST_BYTES:
        words = worded(
            "The file is larger than {most_bytes} MiB. Split it.", most_bytes=MOST_BYTES // 2**20
        )
        raise TooLarge("file_too_large", words)
    if not content.strip():
        raise Invalid("empty_file", "The file is empty.", fields={"file": "is empty"})
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        words = "This is a spreadsheet: save it as CSV and upload that."
        raise Invalid("not_delimited", words, fields={"file": words})
    text, encoding = decode(content)
    delimiter = _delimiter(text)
    lines = _lines(text, delimiter)
    head = next(lines, None)
    if head is None:
        raise Invalid("no_rows", "The file holds no line.")
    notes = [worded(DELIMITERS[delimiter], encoding=encoding)]
    if encoding == "Windows-1252":
        notes.append("The file is not UTF-8: look whether letters such as ä and é came out right.")
    return Sheet(_columns(head[1]), notes, lines)


def _columns(cells: list[str]) -> list[str]:
    """Return the names of the columns. Raises Invalid for none, or for two alike."""
    names = [cell[:80] for cell in cells]
    if sum(map(bool, names)) < 2:
        raise Invalid("no_columns", "The first line must name the columns, at least two.")
    doubled = [name for name, count in Counter(filter(None, names)).items() if count > 1]
    if doubled:
        raise Invalid(
            "doubled_column", worded("Two columns are called {doubled!r}.", doubled=doubled[0])
        )
    return names


def _delimiter(text: str) -> str:
    """Return the delimiter that gives most of the first lines the same, largest, width."""
    head = _head(text)

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row]
        except csv.Error:
            return 0, 0
        wide = Counter(width for width in widths if width > 1)
        if not wide:
            return 0, 0
        width, lines = max(wide.items(), key=lambda one: (one[1], one[0]))
        return lines, width

    return max(DELIMITERS, key=fit)


def _head(text: str) -> str:
    """Return the first lines; of a line without an end no more than one may be long."""
    start = text[: LOOKED_AT * 2000]
    return "\n".join(start.splitlines()[:LOOKED_AT])


def _lines(text: str, delimiter: str) -> Iterator[NumberedCells]:
    reader = csv.reader(_bounded(text), delimiter=delimiter, strict=True)
    before, count = 0, 0
    try:
        for row in reader:
            number, before = before + 1, reader.line_num
            if not any(map(str.strip, row)):
                continue
            count += 1
            _check(row, number, count - 1)
            yield number, [clean(cell) for cell in row]
    except csv.Error as error:
        words = worded(
            "Line {line_num} cannot be read: {error}.", line_num=reader.line_num, error=error
        )
        raise Invalid("bad_csv", words, fields={"file": words}) from None


def _bounded(text: str) -> Iterator[str]:
    """Yield the lines of a text; one that is longer than all its cells may be is refused."""
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > LONGEST_LINE or line.count(",") + line.count(";") > 100 * MOST_COLUMNS:
            raise TooLarge(
                "line_too_long", worded("Line {number} is longer than is read.", number=number)
            )
        yield line


def _check(cells: list[str], number: int, count: int) -> None:
    if count > MOST_ROWS:
        words = worded(
            "The file has more than {most_rows:,} lines. Split it into several files.",
            most_rows=MOST_ROWS,
        )
        raise TooLarge("too_many_rows", words)
    if len(cells) > MOST_COLUMNS:
        words = worded(
            "Line {number} has {count:,} columns; {most_columns} are read at most.",
            number=number,
            count=len(cells),
            most_columns=MOST_COLUMNS,
        )
        raise TooLarge("too_many_columns", words)
    if any(len(cell) > MOST_CHARACTERS for cell in cells):
        words = worded(
            "Line {number} has a cell of more than {most_characters:,} characters.",
            number=number,
            most_characters=MOST_CHARACTERS,
        )
        raise Invalid("cell_too_long", words)
