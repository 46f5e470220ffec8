"""Readings laid down for COPY at once are what was meant, column by column (TEL-1)."""

import datetime as dt
import itertools
import uuid

import pytest
from django.db import connection, transaction

from telemetry.services.measurements import MEASUREMENTS
from telemetry.services.storing import store_rows

pytestmark = pytest.mark.django_db

END = dt.datetime(2026, 11, 15, 0, 0, 0, 123456, tzinfo=dt.UTC)
ARRIVED = dt.datetime(2026, 11, 16, 7, 8, 9, 10, tzinfo=dt.UTC)
BATCH = uuid.UUID("0b5a1c9e-6f0e-4a53-9f2b-3f5f8a1d2c4e")
VALUES = (0.1 + 0.2, -1e300, 0.0, None)
COUNTS = (2**31 - 1, 0, None)
BOUNDS = (-0.5, None)


def stored():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {MEASUREMENTS.names} FROM {MEASUREMENTS.name} ORDER BY series_id")
        return cursor.fetchall()


def test_every_mix_of_what_is_there_and_what_is_not_is_stored_as_given():
    mixes = itertools.product(VALUES, COUNTS, BOUNDS, BOUNDS)
    rows = [
        (series, END, series % 3, value, n, low, high, value is not None, ARRIVED, BATCH)
        for series, (value, n, low, high) in enumerate(mixes, 2**40)
    ]

    with transaction.atomic():
        store_rows(MEASUREMENTS, rows)

    assert stored() == rows


def test_windows_before_2000_and_of_every_month_keep_their_microseconds():
    ends = [END.replace(year=1999), END.replace(month=1), END.replace(year=2031)]
    rows = [(n, end, 0, 1.0, 5, None, None, True, ARRIVED, BATCH) for n, end in enumerate(ends)]

    with transaction.atomic():
        store_rows(MEASUREMENTS, rows)

    assert [row[1] for row in stored()] == ends
