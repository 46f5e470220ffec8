"""Instants of cursors: what ISO 8601 allows and PostgreSQL does not know."""

import datetime as dt

import pytest

from ledger.rules.instants import instant_meant, instant_read


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-01T13:00:00Z", "2026-10-01T13:00:00"),
        ("2026-10-01T13:00:00 02:00", "2026-10-01T11:00:00"),
        ("2026-10-01T13:00:00-19:17", "2026-10-02T08:17:00"),
    ],
)
def test_an_instant_is_read_in_utc(text, utc):
    read = instant_read(text)

    assert (read.replace(tzinfo=None).isoformat(), read.tzinfo) == (utc, dt.UTC)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-10-01T13:00:00", "9999-12-31T23:59:59-01:00", "0001-01-01T00:00+01:00"],
)
def test_what_is_no_instant_or_out_of_range_is_refused(text):
    with pytest.raises(ValueError, match="."):
        instant_read(text)


@pytest.mark.parametrize("text", ["2026-10-01T13:00", "2026-10-01 13:00", "2026-10-01T14:00+01:00"])
def test_without_an_offset_utc_is_meant(text):
    assert instant_meant(text) == dt.datetime(2026, 10, 1, 13, tzinfo=dt.UTC)
