"""A series within a day or two: its hours, from readings."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

# Of each window its newest revision; the hour is that of the window's last microsecond.
HOURS = """
SELECT m.ends, count(*), count(*) FILTER (WHERE m.counts), sum(m.n) FILTER (WHERE m.counts),
  avg(m.value) FILTER (WHERE m.counts), min(m.value) FILTER (WHERE m.counts),
  max(m.value) FILTER (WHERE m.counts),
  percentile_disc(0.95) WITHIN GROUP (ORDER BY CASE WHEN m.counts THEN m.value END)
FROM (
  SELECT DISTINCT ON (r.window_end) r.value, r.n,
    r.good AND r.value IS NOT NULL AND v.id IS NULL AS counts,
    date_trunc('hour', r.window_end - interval '1 microsecond', 'UTC') + interval '1 hour' AS ends
  FROM telemetry_measurement r
  LEFT JOIN telemetry_voidedreading v ON v.series_id = r.series_id
    AND v.window_end = r.window_end AND v.revision = r.revision
  WHERE r.series_id = %s AND r.window_end > %s AND r.window_end <= %s
  ORDER BY r.window_end, r.revision DESC
) m
GROUP BY m.ends ORDER BY m.ends
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour (UTC) of a series, by its end, in the KPI's unit; None where no reading is good."""

    ends: datetime
    readings: int
    good: int
    n: int | None
    mean: float | None
    lowest: float | None
    highest: float | None
    p95: float | None


def hours_of(*, series_id: int, since: datetime, until: datetime) -> list[Hour]:
    """Return the hours of a series with readings whose windows end in (since, until], in order.

    Exact, and one query over the readings themselves: for a few days at most.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOURS, [series_id, since, until])
        return [Hour(*row) for row in cursor.fetchall()]
