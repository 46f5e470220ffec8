"""TEL-1: files of readings are opened within bounds, and each cell is read or told."""

import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.refusals import Invalid, Refused, TooLarge
from telemetry.connectors import delimited
from telemetry.connectors.delimited import open_sheet
from telemetry.rules.rows import DecisionRow, MeasurementRow
from telemetry.rules.upload import (
    Fault,
    Reading,
    fields_of,
    guess_decimal,
    guess_fields,
    is_formula,
    read_row,
)

FIELDS = ["kpi", "window_end", "value", "n"]
EVERY = {"system": "claims", "window": "1d"}


def read(*cells, fields=FIELDS, kind="measurements", **changes):
    """Read a line."""
    given = {"kind": kind, "fields": fields, "every": EVERY} | changes
    return read_row(Reading(**given), cells)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_and_encoding_are_found(mark, encoding):
    text = mark.join(["kpi", "ß", "value"]) + "\r\n" + mark.join(["accuracy", "ä", "1"]) + "\r\n"

    sheet = open_sheet(text.encode(encoding))

    assert sheet.columns == ["kpi", "ß", "value"]
    assert list(sheet.lines) == [(2, ["accuracy", "ä", "1"])]


def test_a_line_keeps_its_number_in_the_file():
    lines = list(open_sheet(b'a,b\n\n1,"two\nlines"\n3,4\n').lines)

    assert [number for number, _ in lines] == [3, 5]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n",
        b"only\none\n",
        b",,c\n1,2,3\n",
        b"a,a\n1,2\n",
        b"PK\x03\x04...",
        b"a,b\n\x00,1\n",
    ],
)
def test_what_is_no_table_is_refused(content):
    with pytest.raises(Invalid):
        list(open_sheet(content).lines)


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n" + b"," * 1_000_000 + b"\n",
        b"a" + b",b" * 1_000_000 + b"\n",
        b"a;b\n" + b";" * 1_000_000,
        b"a,b\n" + b"x" * 500_000 + b",1\n",
        b'a,b\n"' + b"x" * 500_000,
    ],
)
def test_a_million_columns_or_a_cell_without_end_are_refused(content):
    with pytest.raises(Refused):
        list(open_sheet(content).lines)


def test_more_lines_than_are_read_are_refused(monkeypatch):
    monkeypatch.setattr(delimited, "MOST_ROWS", 3)

    with pytest.raises(TooLarge, match="more than 3 lines"):
        list(open_sheet(b"a,b\n" + b"1,2\n" * 4).lines)


def test_a_larger_file_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(delimited, "MOST_BYTES", 10)

    with pytest.raises(TooLarge):
        open_sheet(b"a,b\n1,2\n3,4\n5,6\n")


@given(st.binary(max_size=400))
def test_no_bytes_break_it(content):
    with contextlib.suppress(Refused):
        list(open_sheet(content).lines)


def test_columns_are_known_by_the_words_that_people_use():
    assert guess_fields("measurements", ["Metric", "Date", "Result", "Sample size", "Note"]) == [
        "kpi", "window_end", "value", "n", "",
    ]  # fmt: skip


def test_the_field_s_own_name_counts_before_another_word_for_it():
    assert guess_fields("measurements", ["reading", "value"]) == ["", "value"]


def test_attributes_of_an_event_are_columns_of_their_own():
    fields = guess_fields("decisions", ["id", "time", "version", "segment.region"])

    row = read(
        "e1", "2026-11-15T00:00:00Z", "1.0", "north", fields=fields, kind="decisions",
        every={"system": "claims"},
    )  # fmt: skip

    assert isinstance(row, DecisionRow)
    assert row.segment == {"region": "north"}


def test_every_plain_field_of_a_row_can_be_a_column():
    assert set(fields_of("measurements")) == set(MeasurementRow.__struct_fields__)
    assert {"truth", "overridden", "latency_ms"} <= set(fields_of("decisions"))
    assert "tool_calls" not in fields_of("decisions")


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("0.95", ".", 0.95),
        ("0,95", ",", 0.95),
        ("1.234,5", ",", 1234.5),
        ("1 000", ".", 1000),
        ("-3", ".", -3),
        ("+.5", ".", 0.5),
        ("1e-3", ".", 0.001),
        ("", ".", None),
        ("NaN", ".", None),
        ("n/a", ".", None),
        ("-", ".", None),
    ],
)
def test_a_figure_is_read_as_it_is_written_and_nothing_is_a_bad_reading(cell, decimal, value):
    row = read("accuracy", "2026-11-15", cell, "10", decimal=decimal)

    assert row.value == value


@pytest.mark.parametrize("cell", ["0,95", "95 %", "95%", "abc", "1e999", "0x10", "١", "1_000"])
def test_what_is_no_figure_is_told(cell):
    fault = read("accuracy", "2026-11-15", cell, "10")

    assert isinstance(fault, Fault)
    assert fault.field == "value"


@pytest.mark.parametrize(
    ("cell", "zone", "end"),
    [
        ("2026-11-15T00:00:00Z", "UTC", "2026-11-15T00:00:00+00:00"),
        ("2026-11-15 02:00+02:00", "UTC", "2026-11-15T00:00:00+00:00"),
        ("2026-11-15", "Europe/Berlin", "2026-11-14T23:00:00+00:00"),
        ("15.11.2026", "UTC", "2026-11-15T00:00:00+00:00"),
        ("5.1.2026 7:30", "UTC", "2026-01-05T07:30:00+00:00"),
    ],
)
def test_an_instant_is_read_in_the_zone_of_the_file(cell, zone, end):
    row = read("accuracy", cell, "1", "10", zone=zone)

    assert row.window_end == dt.datetime.fromisoformat(end)


@pytest.mark.parametrize(
    "cell",
    ["11/15/2026", "2026-02-30", "46000", "2026-10-25 02:30", "2026-03-29 02:30", "0001-01-01"],
)
def test_an_instant_that_is_none_or_means_two_is_told(cell):
    fault = read("accuracy", cell, "1", "10", zone="Europe/Berlin")

    assert isinstance(fault, Fault)
    assert fault.field == "window_end"


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "＝1", "=HYPERLINK(1)"],
)
def test_a_formula_is_refused_in_every_column_that_is_read(cell):
    assert is_formula(cell)
    assert "formula" in read(cell, "2026-11-15", "1", "10").reason
    assert "formula" in read("accuracy", "2026-11-15", cell, "10").reason


@pytest.mark.parametrize("cell", ["-3", "+0.5", "-1,5", "-", "a=b", "x-1", "-1e5"])
def test_figures_with_a_sign_are_no_formulas(cell):
    assert not is_formula(cell)


def test_what_stands_for_all_lines_fills_empty_cells_only():
    row = read("", "2026-11-15", "1", "10", every=EVERY | {"kpi": "f1"})
    other = read("accuracy", "2026-11-15", "1", "10", every=EVERY | {"kpi": "f1"})

    assert (row.kpi, other.kpi) == ("f1", "accuracy")


def test_what_is_missing_is_told_by_its_field():
    assert read("", "2026-11-15", "1", "10") == Fault("kpi", "This field is required.")


def test_the_mark_before_decimals_is_guessed_by_figures_alone():
    assert guess_decimal(["1,5", "a"]) == ","
    assert guess_decimal(["1.5", "a,b", "1,000.5"]) == "."


@given(st.lists(st.text(max_size=30), max_size=5))
def test_no_cells_break_a_row(cells):
    found = read(*cells)

    assert isinstance(found, Fault | MeasurementRow)
