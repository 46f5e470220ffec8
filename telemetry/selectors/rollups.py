"""A series over a long time: days that are over from their sums, newer ones from readings."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection

# Of each window its newest revision; the day is that of the window's last microsecond.
DAYS_OF_READINGS = """
SELECT m.series_id, m.day, count(*) AS readings,
  count(*) FILTER (WHERE m.counts) AS good,
  sum(m.n) FILTER (WHERE m.counts) AS n,
  avg(m.value) FILTER (WHERE m.counts) AS mean,
  min(m.value) FILTER (WHERE m.counts) AS lowest,
  max(m.value) FILTER (WHERE m.counts) AS highest,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY CASE WHEN m.counts THEN m.value END) AS p50,
  percentile_disc(0.95) WITHIN GROUP (ORDER BY CASE WHEN m.counts THEN m.value END) AS p95,
  (array_agg(m.value ORDER BY m.window_end DESC) FILTER (WHERE m.counts))[1] AS last
FROM (
  SELECT DISTINCT ON (r.series_id, r.window_end) r.series_id, r.window_end, r.value, r.n,
    r.good AND r.value IS NOT NULL AND v.id IS NULL AS counts,
    ((r.window_end - interval '1 microsecond') AT TIME ZONE 'UTC')::date AS day
  FROM {source}
  ORDER BY r.series_id, r.window_end, r.revision DESC
) m
GROUP BY m.series_id, m.day
"""
VOIDED = (
    "LEFT JOIN telemetry_voidedreading v ON v.series_id = r.series_id"
    " AND v.window_end = r.window_end AND v.revision = r.revision"
)
COLUMNS = "day, readings, good, n, mean, lowest, highest, p50, p95, last"
RAW = DAYS_OF_READINGS.format(
    source=f"telemetry_measurement r {VOIDED} WHERE r.series_id = %s"
    " AND r.window_end > %s AND r.window_end <= %s"
)
SUMMED = (
    f"SELECT {COLUMNS} FROM telemetry_daily"  # noqa: S608  names of ours
    " WHERE series_id = %s AND day >= %s AND day < %s ORDER BY day"
)


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC) of a series in the KPI's unit; None where no reading of it is good."""

    day: date
    readings: int
    good: int
    n: int | None
    mean: float | None
    lowest: float | None
    highest: float | None
    p50: float | None
    p95: float | None
    last: float | None


def days_of(*, series_id: int, since: date, until: date) -> list[Day]:
    """Return the days of a series in [since, until) that hold readings, in order.

    Exact at any time: what changed since a day was summed up is read anew. Two queries, three
    where some days are not summed up.
    """
    edge = _edge(series_id, since, until)
    with connection.cursor() as cursor:
        cursor.execute(SUMMED, [series_id, since, edge])
        found = [Day(*row) for row in cursor.fetchall()]
        if edge < until:
            cursor.execute(RAW, [series_id, midnight(edge), midnight(until)])
            found += [Day(*row[1:]) for row in sorted(cursor.fetchall(), key=lambda row: row[1])]
    return found


def midnight(day: date) -> datetime:
    """Return the instant at which a day (UTC) begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def day_of(window_end: datetime) -> date:
    """Return the day (UTC) that a window belongs to: one that ends at midnight to that before."""
    return (window_end - timedelta(microseconds=1)).astimezone(UTC).date()


def _edge(series_id: int, since: date, until: date) -> date:
    """Return from which day on readings are read themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dirty_from FROM telemetry_series_state WHERE series_id = %s", [series_id]
        )
        row = cursor.fetchone()
    dirty: date | None = row[0] if row else None
    return until if dirty is None else min(max(dirty, since), until)


def differing_days(*, series_ids: list[int]) -> int:
    """Return how many days of these series are not as their readings say.

    Days whose readings have left by their retention are not compared, and no day that is to be
    summed up again anyhow.
    """
    fresh = DAYS_OF_READINGS.format(
        source="telemetry_series_state s JOIN telemetry_measurement r USING (series_id)"
        f" {VOIDED} WHERE s.series_id = ANY(%s)"
        " AND r.window_end <= s.dirty_from::timestamp AT TIME ZONE 'UTC'"
    )
    names = ", ".join(f"kept.{name.strip()}" for name in COLUMNS.split(",")[1:])
    others = names.replace("kept.", "fresh.")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ({fresh}) fresh"  # noqa: S608  names of ours
            " LEFT JOIN telemetry_daily kept USING (series_id, day)"
            f" WHERE ({names}) IS DISTINCT FROM ({others})"
            " AND coalesce(kept.readings, 0) <= fresh.readings",
            [series_ids],
        )
        return int(cursor.fetchone()[0])
