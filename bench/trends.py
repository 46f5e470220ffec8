"""The trend of a hot series: ninety days of readings a minute, drawn by day.

The value is what a page reads; its base is the same figures from the readings themselves.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import connection

from bench.filling import analyse, rows_of, store, systems_of
from bench.load import Volume
from bench.measure import interleave, line
from outbox import clock
from telemetry.models import Series
from telemetry.selectors.rollups import RAW, days_of, midnight
from telemetry.services.rollups import roll_up

POINTS = 130_000
ROUNDS = {"small": 15, "full": 40}


def run(size: str) -> Iterator[dict[str, Any]]:
    """Store the readings, sum them up, and read ninety days of them both ways."""
    volume = Volume(systems=2, days=0, incidents=0, hot_readings=POINTS)
    at = clock.now()
    filled = systems_of(volume, at)
    rows = list(rows_of(volume, filled.systems, at))
    for start in range(0, len(rows), 50_000):
        store(rows[start : start + 50_000], at)
    roll_up(at)
    analyse()
    series = Series.objects.get(system=filled.systems[0])
    until = at.date() + dt.timedelta(days=1)
    since = until - dt.timedelta(days=91)

    def summed() -> None:
        days_of(series_id=series.pk, since=since, until=until)

    def raw() -> None:
        with connection.cursor() as cursor:
            cursor.execute(RAW, [series.pk, midnight(since), midnight(until)])
            cursor.fetchall()

    value, base = interleave(summed, raw, ROUNDS[size])
    yield line(
        "kpi_trend", value=value, base=base, ratio=base / value, gate=40, stretch=80,
        better="higher", points=len(rows), days=len(days_of(series_id=series.pk, since=since,
        until=until)),
    )  # fmt: skip
