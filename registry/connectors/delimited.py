"""CSV files as people have them: any delimiter, any of the usual encodings."""

import csv
import io

from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import term, word, worded
from registry.rules.exchange.tables import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Line, clean

DELIMITERS = (",", ";", "\t", "|")
BYTE_ORDER = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
LOOKED_AT = 20
SEPARATORS = {
    ",": word("commas"),
    ";": word("semicolons"),
    "\t": word("tabs"),
    "|": word("upright strokes"),
}


def read_delimited(content: bytes) -> tuple[list[Line], list[str]]:
    """Return the lines of a file and what was noticed. Raises Invalid, TooLarge."""
    text, encoding = decode(content)
    delimiter = _delimiter(text)
    told = worded(
        "Read as {encoding}, cells separated by {what}.",
        encoding=encoding,
        what=term(SEPARATORS[delimiter]),
    )
    notes = [told]
    if encoding == "Windows-1252":
        notes.append("The file is not UTF-8: look whether letters such as ä and é came out right.")
    return list(_lines(text, delimiter)), notes


def decode(content: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding. Raises Invalid for what is no text."""
    for mark, codec in BYTE_ORDER.items():
        if content.startswith(mark):
            return _decoded(content, codec), "UTF-8" if codec == "utf-8-sig" else "UTF-16"
    if b"\x00" in content:
        codec = _silent_utf16(content)
        if not codec:
            raise Invalid("no_text", "The file holds NUL characters: it is no text, or damaged.")
        return _decoded(content, codec), "UTF-16"
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), "Windows-1252"


def _silent_utf16(content: bytes) -> str:
    """Return the UTF-16 that a file without a byte order mark is in: every other byte is NUL."""
    head = content[:400]
    half = len(head) // 2
    if head[1::2].count(0) >= half * 0.8:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) >= half * 0.8 else ""


def _decoded(content: bytes, codec: str) -> str:
    try:
        text = content.decode(codec)
    except UnicodeDecodeError:
        raise Invalid("no_text", "The file is damaged: its encoding breaks off.") from None
    if "\x00" in text:
        raise Invalid("no_text", "The file holds NUL characters: it is no text, or damaged.")
    return text


def _delimiter(text: str) -> str:
    """Return the delimiter under which most of the first lines have the same, largest, width."""
    head = "\n".join(text.splitlines()[:LOOKED_AT])

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row]
        except csv.Error:
            return (0, 0)
        wide = [width for width in widths if width > 1]
        if not wide:
            return (0, 0)
        common = max(set(wide), key=wide.count)
        return (wide.count(common), common)

    return max(DELIMITERS, key=fit)


def _lines(text: str, delimiter: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: list[Line] = []
    before = 0
    try:
        for row in reader:
            check_row(row, len(lines) + 1, before + 1)
            lines.append(Line(before + 1, tuple(map(clean, row))))
            before = reader.line_num
    except csv.Error as error:
        raise Invalid(
            "bad_csv",
            worded(
                "Line {line_num} cannot be read: {error}.", line_num=reader.line_num, error=error
            ),
        ) from None
    return lines


def check_row(cells: list[str], count: int, number: int) -> None:
    """Raise TooLarge for too many rows or columns, Invalid for a cell that is too long."""
    if count > MOST_ROWS:
        words = worded(
            "The file has more than {most_rows:,} rows. Split it into several files.",
            most_rows=MOST_ROWS,
        )
        raise TooLarge("too_many_rows", words)
    if len(cells) > MOST_COLUMNS:
        raise TooLarge(
            "too_many_columns",
            worded(
                "Row {number} has {count:,} columns; {most_columns} are read at most.",
                number=number,
                count=len(cells),
                most_columns=MOST_COLUMNS,
            ),
        )
    if any(len(cell) > MOST_CHARACTERS for cell in cells):
        words = worded(
            "Row {number} has a cell of more than {most_characters:,} characters.",
            number=number,
            most_characters=MOST_CHARACTERS,
        )
        raise Invalid("cell_too_long", words)
