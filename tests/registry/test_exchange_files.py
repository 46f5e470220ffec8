"""REG-8: files as people have them are read; files made to do harm are refused in words."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from ledger.rules.refusals import Invalid, TooLarge
from registry.connectors.files import read_file
from tests.registry.messy import saved, workbook


def read(content, name="a.csv"):
    """Return the first table of a file."""
    return read_file(name=name, content=content)[1][0]


def cells(table):
    """Return the rows as lists of cells."""
    return [list(row.cells.values()) for row in table.rows]


def packed(parts):
    """Return a ZIP file of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def rewritten(change):
    """Return the messy sheet with its parts changed: {name: bytes} in, and out."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    return packed(parts)


TEXT = "Name;Owner\nKlärung;Jörg\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_usual_encodings_are_read(codec):
    assert cells(read(TEXT.encode(codec))) == [["Klärung", "Jörg"]]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_usual_delimiters_are_read(mark):
    content = f'Name{mark}Owner\n"a{mark}b"{mark}c\n'.encode()

    assert cells(read(content)) == [[f"a{mark}b", "c"]]


def test_cells_lose_what_nobody_sees():
    assert cells(read("Name,Owner\n\u200b a\u00a0,\ufeffb \n".encode())) == [["a", "b"]]


def test_a_row_is_known_by_its_line_even_behind_a_cell_with_breaks():
    table = read(b'Name,Owner\n"a\nb",c\nd,e\n')

    assert [row.number for row in table.rows] == [2, 4]


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"", "a.csv", Invalid),
        (b"   \n ", "a.csv", Invalid),
        (b"name,owner\na\x00b,c\n", "a.csv", Invalid),
        (b"\xd0\xcf\x11\xe0rest", "a.xls", Invalid),
        (b"x" * (5 * 1024 * 1024 + 1), "a.csv", TooLarge),
        (("a," * 100_000).encode(), "a.csv", TooLarge),
        (b"name,owner\n" + b"a,b\n" * 10_001, "a.csv", TooLarge),
        (b"name,owner\n" + b"a" * 20_000 + b",b\n", "a.csv", Invalid),
        (b"PK\x03\x04 not a zip", "a.xlsx", Invalid),
        (packed({"x.txt": b"hello"}), "a.xlsx", Invalid),
        (packed({"../../etc/passwd": b"x"}), "a.xlsx", Invalid),
        (packed({"/etc/passwd": b"x"}), "a.xlsx", Invalid),
        (packed({"..\\windows\\x": b"x"}), "a.xlsx", Invalid),
        (packed({"xl/sheet.bin": b"0" * (70 * 1024 * 1024)}), "a.xlsx", TooLarge),
        (packed({"xl/a.bin": b"0" * (20 * 1024 * 1024)}), "a.xlsx", TooLarge),
        (packed({f"xl/{number}": b"" for number in range(600)}), "a.xlsx", TooLarge),
        (b"a: &x [1]\nb: [*x, *x]\n", "a.yaml", Invalid),
        (b"- !!python/object/apply:os.system ['true']\n", "a.yaml", Invalid),
        (b"- !!python/name:os.system\n", "a.yaml", Invalid),
        (b"- !own {name: x}\n", "a.yaml", Invalid),
        (b"[" * 5000, "a.yaml", Invalid),
        (b"systems: {a: 1}\n", "a.yaml", Invalid),
        (b"machines: []\n", "a.yaml", Invalid),
        (b"systems: [{name: a, name: b}]\n", "a.yaml", Invalid),
        (b"systems: [{name: {deep: 1}}]\n", "a.yaml", Invalid),
        (b"systems: [1]\nsystems: []\n", "a.yaml", Invalid),
        (b"just words", "a.yaml", Invalid),
        (b"a: 'open", "a.yaml", Invalid),
    ],
)
def test_what_cannot_or_must_not_be_read_is_refused(content, name, kind):
    with pytest.raises(kind):
        read(content, name)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>"""


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"]
)
@pytest.mark.parametrize(
    "head",
    [
        BOMB,
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "http://169.254.169.254/">]>',
    ],
)
def test_a_workbook_with_entities_is_refused(part, head):
    content = rewritten(lambda parts: parts.update({part: head + parts[part]}))

    with pytest.raises(Invalid, match="document type"):
        read(content, "a.xlsx")


def test_a_workbook_in_another_encoding_is_refused():
    """A document type in UTF-16 would pass a search of bytes."""
    part = "xl/workbook.xml"
    content = rewritten(lambda parts: parts.update({part: parts[part].decode().encode("utf-16")}))

    with pytest.raises(Invalid, match="not UTF-8"):
        read(content, "a.xlsx")


def test_a_formula_is_taken_as_its_value_and_never_run():
    book = Workbook()
    book.active.append(["Name", "Owner"])
    book.active.append(["a", '=WEBSERVICE("http://169.254.169.254/")'])

    table = read(saved(book), "a.xlsx")

    assert table.rows[0].cells == {"Name": "a", "Owner": ""} or table.rows[0].cells == {"Name": "a"}
    assert "formula without a stored value" in table.rows[0].notes[0]


def test_a_sheet_that_claims_to_be_endless_is_read_as_far_as_it_goes():
    import re

    part = "xl/worksheets/sheet1.xml"

    def grow(parts):
        parts[part] = re.sub(rb'ref="A1:[A-Z]+\d+"', b'ref="A1:XFD1048576"', parts[part], count=1)

    assert len(read(rewritten(grow), "a.xlsx").rows) == 8


def test_a_hundred_thousand_columns_are_refused():
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["x"] * 16_000)

    with pytest.raises(TooLarge, match="columns"):
        read(saved(book), "a.xlsx")


def test_a_truncated_workbook_is_refused():
    with pytest.raises(Invalid):
        read(workbook()[:-200], "a.xlsx")


def test_the_messy_sheet_is_read_row_by_row():
    table = read(workbook(), "a.xlsx")

    said = {row.number: (row.hidden, row.passed) for row in table.rows}
    assert said == {
        5: (False, ""), 6: (False, ""), 7: (False, ""),
        8: (False, "a heading across the row"), 9: (True, ""), 10: (False, ""), 11: (False, ""),
        12: (False, "a row of totals"),
    }  # fmt: skip
    assert table.rows[0].cells["Go live date"] == "2025-12-31"
    assert table.rows[1].cells["Department"] == "Claims"
    assert "Rows 1 to 2 above the column names: not read." in table.notes
    assert "Not read: 'Lists'. Upload each as its own file." in table.notes
