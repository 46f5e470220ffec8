"""The last readings of many series at once, for scorecards."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from telemetry.selectors.readings import COLUMNS, Reading

STATEMENT = f"""
SELECT r.* FROM unnest(%s::bigint[]) AS wanted(id) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (window_end) {COLUMNS} FROM telemetry_measurement m
    WHERE m.series_id = wanted.id ORDER BY window_end DESC, revision DESC LIMIT %s
) r ORDER BY r.series_id, r.window_end
"""  # noqa: S608  names of ours
# The same as one value of a row that has the series' key, of the series that are named alone.
IN_JSON = f"""(SELECT jsonb_agg(to_jsonb(r) ORDER BY r.window_end) FROM (
    SELECT DISTINCT ON (window_end) {COLUMNS} FROM telemetry_measurement m
    WHERE m.series_id = {{series}} AND {{series}} = ANY(%s)
    ORDER BY window_end DESC, revision DESC LIMIT %s
) r)"""  # noqa: S608  names of ours
INSTANTS = ("window_end", "received_at")
NUMBERS = ("value", "low", "high")


def reading_of_json(row: dict[str, Any]) -> Reading:
    """Return a reading from a row of IN_JSON: what is no number stands there in words."""
    instants = {name: datetime.fromisoformat(row[name]).astimezone(UTC) for name in INSTANTS}
    numbers = {name: None if row[name] is None else float(row[name]) for name in NUMBERS}
    return Reading(**(row | instants | numbers))


def recent_readings(*, series_ids: Sequence[int], limit: int = 12) -> dict[int, list[Reading]]:
    """Return the newest revision of the last `limit` windows of each series, in order."""
    found: dict[int, list[Reading]] = {series: [] for series in series_ids}
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, [list(series_ids), limit])
        for row in cursor.fetchall():
            reading = Reading(*row)
            found[reading.series_id].append(reading)
    return found
