"""Cells, file names, figures and periods as a pack writes them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules import figures
from reports.rules.cells import cell, is_safe
from reports.rules.files import slug
from reports.rules.periods import period_of


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 40", "'+49 40"),
        ("-cmd|x", "'-cmd|x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("plain", "plain"),
        (-0.3, "-0.3"),
        (True, "yes"),
        (None, ""),
        (
            dt.datetime(2026, 11, 16, 14, 4, tzinfo=dt.timezone(dt.timedelta(hours=1))),
            "2026-11-16T13:04:00.000000Z",
        ),
    ],
)
def test_a_cell_shows_its_value_and_never_runs(value, written):
    assert cell(value) == written


@given(st.one_of(st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_no_value_whatever_becomes_a_cell_that_runs(value):
    assert is_safe(cell(value))


@pytest.mark.parametrize("text", ["=1", "+1", "@x", "-1+2", "\r=1"])
def test_a_cell_that_would_run_is_recognised(text):
    assert not is_safe(text)


@given(st.lists(st.text(), max_size=3))
def test_a_file_name_is_plain_ascii(parts):
    name = slug(*parts)

    assert name
    assert all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in name)
    assert name == name.lower()


@pytest.mark.parametrize(
    ("value", "unit", "neutral", "said"),
    [
        (0.148, "ratio", 0.0, "14.8\u00a0points"),
        (0.913, "ratio", None, "91.3\u00a0%"),
        (-0.003, "ratio", 0.0, "\u22120.3\u00a0points"),
        (2864.0, "count", None, "2\u202f864"),
        (210.4, "ms", None, "210\u00a0ms"),
        (0.0021, "currency", None, "0.0021"),
        (-0.0004, "currency", None, "\u22120.00040"),
        (0.03, "minutes", None, "0.030\u00a0minutes"),
        (0.5, "s", None, "0.50\u00a0s"),
        (0.0, "currency", None, "0"),
        (None, "ms", None, "no data"),
    ],
)
def test_a_value_is_said_in_its_unit(value, unit, neutral, said):
    assert figures.say(value, unit=unit, neutral=neutral) == said


def test_a_period_of_days_begins_and_ends_at_local_midnight_across_the_clock_change():
    since, until = period_of(dt.date(2026, 10, 25), dt.date(2026, 10, 25), "Europe/Berlin")

    assert until - since == dt.timedelta(hours=25)
    assert since == dt.datetime(2026, 10, 24, 22, tzinfo=dt.UTC)
