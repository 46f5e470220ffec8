"""Spreadsheets (.xlsx): values only, no formula is run, nothing outside the file is read.

The archive is weighed before anything in it is parsed; XML with a document type is refused.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse
from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import term, word, worded
from registry.connectors.delimited import check_row
from registry.rules.exchange.tables import MOST_COLUMNS, MOST_ROWS, Line, clean

MOST_UNPACKED = 60 * 1024 * 1024
MOST_FILES = 500
MOST_RATIO = 200
# A small part may shrink a lot without harm.
SMALL = 1024 * 1024
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINKS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DAMAGED = (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError,
           TypeError, IndexError, AttributeError, EOFError, NotImplementedError)  # fmt: skip


@dataclass(slots=True)
class _Layout:
    """What stands beside the cells: hidden rows, merged ranges, formulas without a value."""

    hidden: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    unset: set[tuple[int, int]] = field(default_factory=set)


def read_workbook(content: bytes) -> tuple[list[Line], list[str]]:
    """Return the lines of the first sheet that is shown, and notes. Raises Invalid, TooLarge."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _weigh(archive)
            return _read(content, archive)
    except (Invalid, TooLarge):
        raise
    except DefusedXmlException:
        raise _refused(word("it declares entities")) from None
    except DAMAGED as error:
        words = "The file is no spreadsheet that can be read (.xlsx), or it is damaged."
        raise Invalid("bad_workbook", words) from error


def _weigh(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that unpacks to more than a register of systems ever is."""
    parts = archive.infolist()
    if len(parts) > MOST_FILES or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise TooLarge("workbook_too_large", "The spreadsheet unpacks to more than is read.")
    names = [part.filename for part in parts]
    if len(names) != len(set(names)) or any(_strays(name) for name in names):
        raise _refused(word("its parts have names that no spreadsheet has"))
    for part in parts:
        _check_part(archive, part)


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if part.flag_bits & 1:
        raise _refused(word("it is encrypted: save it without a password"))
    if part.file_size > SMALL and part.file_size > MOST_RATIO * max(1, part.compress_size):
        raise TooLarge("workbook_too_large", "The spreadsheet unpacks to far more than it is.")
    if part.filename.endswith((".xml", ".rels", ".vml")):
        _check_xml(archive.read(part))


def _strays(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")


def _check_xml(content: bytes) -> None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content:
        raise _refused(word("its XML is not UTF-8"))
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _refused(word("its XML has a document type"))


def _refused(why: str) -> Invalid:
    return Invalid("bad_workbook", worded("The spreadsheet is not read: {why}.", why=term(why)))


def _read(content: bytes, archive: zipfile.ZipFile) -> tuple[list[Line], list[str]]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not shown:
            raise Invalid("no_sheet", "No sheet of the file is shown.")
        sheet, others = shown[0], [one.title for one in book.worksheets if one is not shown[0]]
        layout = _layout(archive, _part_of(archive, sheet.title))
        notes = [worded("Read: the sheet {sheet}.", sheet=repr(sheet.title))]
        if others:
            told = worded(
                "Not read: {sheets}. Upload each as its own file.",
                sheets=", ".join(map(repr, others)),
            )
            notes.append(told)
        return list(_lines(sheet, layout)), notes
    finally:
        book.close()


def _part_of(archive: zipfile.ZipFile, title: str) -> str:
    """Return the name of the part that holds a sheet."""
    sheets = _elements(archive, "xl/workbook.xml", f"{SPACE}sheet")
    key = next(sheet[f"{LINKS}id"] for sheet in sheets if sheet["name"] == title)
    links = _elements(archive, "xl/_rels/workbook.xml.rels", None)
    target = next(link["Target"] for link in links if link.get("Id") == key)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _elements(archive: zipfile.ZipFile, part: str, tag: str | None) -> Iterator[dict[str, str]]:
    with archive.open(part) as file:
        for _, element in iterparse(file, forbid_dtd=True):
            if tag is None or element.tag == tag:
                yield dict(element.attrib)


def _layout(archive: zipfile.ZipFile, part: str) -> _Layout:
    layout = _Layout()
    with archive.open(part) as file:
        for _, element in iterparse(file, forbid_dtd=True):
            if element.tag == f"{SPACE}c":
                _note_formula(layout, element)
            elif element.tag == f"{SPACE}row":
                if element.get("hidden") in ("1", "true"):
                    layout.hidden.add(int(element.get("r", 0)))
                element.clear()
            elif element.tag == f"{SPACE}mergeCell":
                left, top, right, bottom = range_boundaries(element.get("ref", ""))
                layout.merged.append(
                    (int(left or 0), int(top or 0), int(right or 0), int(bottom or 0))
                )
    return layout


def _note_formula(layout: _Layout, element: Any) -> None:
    value = element.find(f"{SPACE}v")
    if element.find(f"{SPACE}f") is not None and (value is None or not value.text):
        column, row, _, _ = range_boundaries(element.get("r", "A1"))
        layout.unset.add((int(row or 0), int(column or 0)))


def _rows(sheet: Any) -> Any:
    # A cell far below would make the reader yield every empty row before it.
    return sheet.iter_rows(max_col=MOST_COLUMNS + 1, max_row=3 * MOST_ROWS)


def _lines(sheet: Any, layout: _Layout) -> Iterator[Line]:
    carried = _Carried(layout.merged)
    count = 0
    for number, row in enumerate(_rows(sheet), start=1):
        cells = [_text(cell.value) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells and number not in carried.rows:
            continue
        count += 1
        check_row(cells, count, number)
        yield _line(number, cells, layout, carried)


def _line(number: int, cells: list[str], layout: _Layout, carried: "_Carried") -> Line:
    notes = [note for note in (carried.fill(number, cells),) if note]
    formulas = sum(row == number for row, _ in layout.unset)
    if formulas:
        notes.append("A formula without a stored value: open the file, save it, upload it again.")
    return Line(
        number,
        tuple(map(clean, cells)),
        hidden=number in layout.hidden,
        wide=number in carried.wide,
        notes=tuple(notes),
    )


class _Carried:
    """Values of merged cells, carried to the rows below the one that they stand in."""

    def __init__(self, merged: list[tuple[int, int, int, int]]) -> None:
        tall = [one for one in merged if one[3] > one[1]]
        self.wide = {
            top for left, top, right, bottom in merged if right - left >= 2 and top == bottom
        }
        self._at = {
            (row, left): (top, left)
            for left, top, _, bottom in tall
            for row in range(top + 1, min(bottom, top + 10_000) + 1)
        }
        self._values: dict[tuple[int, int], str] = {place: "" for place in set(self._at.values())}
        self.rows = {row for row, _ in self._at}

    def fill(self, number: int, cells: list[str]) -> str:
        """Fill the merged cells of a row in place; return the note, '' for none."""
        for row, column in [place for place in self._values if place[0] == number]:
            self._values[row, column] = cells[column - 1] if column <= len(cells) else ""
        if number not in self.rows:
            return ""
        filled = False
        for column in [column for row, column in self._at if row == number]:
            value = self._values[self._at[number, column]]
            cells.extend([""] * (column - len(cells)))
            filled = filled or bool(value)
            cells[column - 1] = value
        return "Merged cells: their value is carried down." if filled else ""


def _text(value: Any) -> str:
    """Return a cell as text: dates in ISO form, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        at = value.replace(microsecond=0)
        return at.date().isoformat() if at.time() == time(0) else at.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return re.sub(r"_x0000_|\x00", "", str(value))
