"""A file as rows of text: header, cells, and what was noticed while it was read."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ledger.rules.worded import word, worded

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 10_000
MOST_COLUMNS = 200
MOST_CHARACTERS = 10_000
LOOKED_THROUGH = 30
# What a spreadsheet leaves in a cell that nobody sees.
INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
TOTALS = re.compile(r"(?:grand )?(?:total|totals|sum|summe|gesamt|insgesamt|anzahl|count)\b", re.I)


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it stands in the file: its number there, its cells, whether it is hidden.

    `wide` says that one cell spans the row, as a heading does; `notes` what was filled in.
    """

    number: int
    cells: tuple[str, ...]
    hidden: bool = False
    wide: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row below the header: its cells by column; `passed` says why it is left out, '' if not."""

    number: int
    cells: dict[str, str]
    hidden: bool = False
    passed: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind ('' where the file does not say which), with its columns in order."""

    kind: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = field(default=())


def clean(text: str) -> str:
    """Return a cell without invisible characters and without spaces around it.

    No-break spaces count as spaces; letters are composed (NFC).
    """
    seen = unicodedata.normalize("NFC", INVISIBLE.sub("", text)).replace("\u00a0", " ")
    return seen.strip()


def folded(text: str) -> str:
    """Return a text as it is compared: case, accents, punctuation and runs of spaces aside."""
    plain = unicodedata.normalize("NFKD", clean(text).replace("ß", "ss").casefold())
    letters = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return " ".join(re.sub(r"[^\w@.+-]+|_", " ", letters).split())


def as_table(lines: Sequence[Line], words: Iterable[str], notes: Iterable[str] = ()) -> Table:
    """Find the header among the first lines by the words that columns are known by.

    What stands above it, empty rows, totals and headings across the row are left out and said so.
    """
    known, said = frozenset(words), list(notes)
    place = _header_place(lines, known)
    if place is None:
        return Table("", (), (), (*said, "No row with column names was found."))
    head = lines[place]
    above = [line for line in lines[:place] if any(line.cells)]
    if above:
        said.append(worded("{numbers} above the column names: not read.", numbers=_numbers(above)))
    columns, doubled = _columns(head)
    said += doubled
    rows = [_row(line, columns) for line in lines[place + 1 :] if any(line.cells)]
    return Table("", tuple(name for name in columns if name), tuple(rows), tuple(said))


def _numbers(lines: Sequence[Line]) -> str:
    first, last = lines[0].number, lines[-1].number
    return (
        f"Row {first}"
        if first == last
        else worded("Rows {first} to {last}", first=first, last=last)
    )


def _header_place(lines: Sequence[Line], known: frozenset[str]) -> int | None:
    """Return the first line with most known names (at least two), else the first with two cells."""
    looked = list(enumerate(lines[:LOOKED_THROUGH]))
    scores = {place: sum(folded(cell) in known for cell in line.cells) for place, line in looked}
    best = max(scores, key=lambda place: (scores[place], -place), default=None)
    if best is not None and scores[best] >= 2:
        return best
    return next((place for place, line in looked if sum(map(bool, line.cells)) >= 2), None)


def _columns(head: Line) -> tuple[list[str], list[str]]:
    """Return the names of the columns, '' for one without, and what was said about doubles."""
    names: list[str] = []
    doubled: list[str] = []
    for cell in head.cells:
        name, number = cell[:80], 2
        while name and name in names:
            name = f"{cell[:70]} ({number})"
            number += 1
        if name != cell[:80]:
            doubled.append(
                worded(
                    "Two columns are called {cell!r}; the second is {name!r} here.",
                    cell=cell[:80],
                    name=name,
                )
            )
        names.append(name)
    return names, doubled


def _row(line: Line, columns: Sequence[str]) -> Row:
    pairs = {name: cell for name, cell in zip(columns, line.cells, strict=False) if name}
    beyond = [cell for cell in line.cells[len(columns) :] if cell]
    notes = line.notes
    if beyond:
        note = worded(
            "{count} more cells than columns: the last ones are not read.", count=len(beyond)
        )
        notes = (*notes, note)
    return Row(line.number, pairs, line.hidden, _passed(line), notes)


def _passed(line: Line) -> str:
    filled = [cell for cell in line.cells if cell]
    if line.wide and len(filled) == 1:
        return word("a heading across the row")
    if TOTALS.match(filled[0]) and len(filled) <= max(2, len(line.cells) // 2):
        return word("a row of totals")
    return ""
