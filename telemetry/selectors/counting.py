"""The readings of a series that count: the newest revision of each window, unless it was voided."""

from datetime import datetime

from django.db import connection

from telemetry.selectors.readings import Reading

COUNTING = """
SELECT m.series_id, m.window_end, m.revision, m.value, m.n, m.low, m.high, m.good, m.received_at
  FROM telemetry_measurement m
 WHERE m.series_id = %(series)s AND m.window_end > coalesce(%(after)s, '-infinity'::timestamptz)
   AND m.window_end >= coalesce(%(since)s, '-infinity'::timestamptz) AND m.window_end < %(until)s
   AND NOT EXISTS (SELECT 1 FROM telemetry_measurement newer
     WHERE newer.series_id = m.series_id AND newer.window_end = m.window_end
       AND newer.revision > m.revision)
   AND NOT EXISTS (SELECT 1 FROM telemetry_voidedreading v
     WHERE v.series_id = m.series_id AND v.window_end = m.window_end AND v.revision >= m.revision)
 ORDER BY m.window_end, m.revision LIMIT %(limit)s
"""


def counting_readings(
    *,
    series_id: int,
    since: datetime | None,
    until: datetime,
    after: datetime | None = None,
    limit: int = 20_000,
) -> list[Reading]:
    """Return the first `limit` windows that end in [since, until) and after `after`, in order."""
    with connection.cursor() as cursor:
        given = {
            "series": series_id,
            "since": since,
            "until": until,
            "after": after,
            "limit": limit,
        }
        cursor.execute(COUNTING, given)
        return [Reading(*row) for row in cursor.fetchall()]


def windows_between(*, series_id: int, since: datetime, until: datetime) -> int:
    """Return how many windows with a reading end in [since, until), whatever became of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT window_end) FROM telemetry_measurement"
            " WHERE series_id = %s AND window_end >= %s AND window_end < %s",
            [series_id, since, until],
        )
        return int(cursor.fetchone()[0])


def warm_from(*, series_id: int, before: datetime, windows: int) -> datetime | None:
    """Return the end of the window that lies so many windows before an instant, None for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT window_end FROM telemetry_measurement WHERE series_id = %s"
            " AND window_end < %s ORDER BY window_end DESC OFFSET %s LIMIT 1",
            [series_id, before, windows],
        )
        row = cursor.fetchone()
    return row[0] if row else None
