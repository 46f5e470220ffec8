"""The last readings of many series at once, for scorecards."""

from collections.abc import Sequence

from django.db import connection

from telemetry.selectors.readings import COLUMNS, Reading

STATEMENT = f"""
SELECT r.* FROM unnest(%s::bigint[]) AS wanted(id) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (window_end) {COLUMNS} FROM telemetry_measurement m
    WHERE m.series_id = wanted.id ORDER BY window_end DESC, revision DESC LIMIT %s
) r ORDER BY r.series_id, r.window_end
"""  # noqa: S608  names of ours


def recent_readings(*, series_ids: Sequence[int], limit: int = 12) -> dict[int, list[Reading]]:
    """Return the newest revision of the last `limit` windows of each series, in order."""
    found: dict[int, list[Reading]] = {series: [] for series in series_ids}
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, [list(series_ids), limit])
        for row in cursor.fetchall():
            reading = Reading(*row)
            found[reading.series_id].append(reading)
    return found
