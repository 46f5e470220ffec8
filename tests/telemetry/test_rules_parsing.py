"""Bodies become typed rows; whatever comes, it is rows and reasons or a refusal in words."""

import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.refusals import Refused
from telemetry.rules.parsing import parse_json, parse_lines
from telemetry.rules.rows import MeasurementRow, segment_fault, window_seconds

ROW = {
    "system": "claims", "kpi": "accuracy", "window": "7d",
    "window_end": "2026-11-15T00:00:00Z", "value": 0.9,
}  # fmt: skip


def parse(body, most_rows=100):
    return parse_json(body, key="measurements", row=MeasurementRow, most_rows=most_rows)


def lines(body):
    return parse_lines(body, row=MeasurementRow, most_rows=100, source="", on_error="keep_good")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("1h", 3600), ("7d", 604800), ("366d", 366 * 86400),
     ("367d", None), ("0d", None), ("7", None), ("d", None), ("7 d", None), ("٧d", None),
     ("-7d", None), ("1.5d", None), ("7w", None)],
)  # fmt: skip
def test_windows_are_numbers_with_a_unit(text, seconds):
    assert window_seconds(text) == seconds


@pytest.mark.parametrize("good", ["", "age=under_30", "a=b=c", "age group=23 and over"])
def test_a_segment_is_empty_or_attribute_and_value(good):
    assert segment_fault(good) is None


@pytest.mark.parametrize("bad", ["x", "=x", "x=", "a=\n", "a\x00=b", "=" * 3])
def test_anything_else_is_no_segment(bad):
    assert segment_fault(bad) is not None


def test_numbers_of_rows_count_from_one_and_stay_with_their_rows():
    body = json.dumps({"measurements": [ROW, ROW | {"n": -1}, ROW]}).encode()

    delivery = parse(body)

    assert list(delivery.numbers) == [1, 3]
    assert [one.row for one in delivery.rejected] == [2]


def test_nan_within_a_text_is_only_text():
    body = json.dumps({"source": 'a "NaN" \\ Infinity', "measurements": [ROW]}).encode()

    assert parse(body).source == 'a "NaN" \\ Infinity'


def test_a_text_that_says_nan_is_told_as_text():
    body = json.dumps({"measurements": [ROW | {"value": "NaN"}]}).encode()

    assert parse(body).rejected[0].reason == "Expected a number or null, got text."


def test_of_a_huge_body_with_a_bad_row_only_the_first_fault_is_told():
    rows = [ROW | {"n": -1}, *([1] * 600)]
    body = json.dumps({"measurements": rows}).encode()

    with pytest.raises(Refused, match="n: Expected a whole number >= 0"):
        parse(body, most_rows=5)


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_a_refusal(body):
    for read in (parse, lines):
        with suppress(Refused):
            delivery = read(body)

            assert len(delivery.rows) == len(delivery.numbers)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.lists(st.just(ROW) | st.dictionaries(st.sampled_from(sorted(ROW)), JSON), max_size=6))
def test_every_row_is_either_read_or_named(rows):
    body = json.dumps({"measurements": rows}).encode()

    delivery = parse(body)

    named = [*delivery.numbers, *(one.row for one in delivery.rejected)]
    assert sorted(named) == list(range(1, len(rows) + 1))
    assert all(isinstance(row, MeasurementRow) for row in delivery.rows)


@given(st.lists(st.just(ROW) | st.dictionaries(st.sampled_from(sorted(ROW)), JSON), max_size=6))
def test_lines_and_documents_are_read_alike(rows):
    body = json.dumps({"measurements": rows}).encode()
    text = b"\n".join(json.dumps(row).encode() for row in rows)

    document, by_line = parse(body), lines(text)

    assert list(by_line.numbers) == list(document.numbers)
    assert msgspec.json.encode(by_line.rows) == msgspec.json.encode(document.rows)
