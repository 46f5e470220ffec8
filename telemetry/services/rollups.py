"""Days that are over are summed up; what changes an earlier day has it summed up again."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from django.db import connection, transaction

from telemetry.selectors.rollups import COLUMNS, DAYS_OF_READINGS, VOIDED

AT_ONCE = 500
MOST_ROUNDS = 20
DUE = """
SELECT series_id, dirty_from FROM telemetry_series_state
 WHERE dirty_from < %s ORDER BY series_id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""
FRESH = DAYS_OF_READINGS.format(
    source="unnest(%s::bigint[], %s::date[]) AS d(series_id, first)"
    " JOIN telemetry_measurement r ON r.series_id = d.series_id"
    " AND r.window_end > d.first::timestamp AT TIME ZONE 'UTC'"
    f" AND r.window_end <= %s::timestamp AT TIME ZONE 'UTC' {VOIDED}"
)
# Readings are never changed, so a day that has fewer than it had has lost them to retention.
KEEP = f"""
INSERT INTO telemetry_daily AS kept (series_id, {COLUMNS}) {FRESH}
ON CONFLICT (series_id, day) DO UPDATE SET ({COLUMNS}) = ROW(excluded.{
    COLUMNS.replace(", ", ", excluded.")
}) WHERE excluded.readings >= kept.readings
"""  # noqa: S608  names of ours


def roll_up(at: datetime) -> int:
    """Sum up the days that are over; returns of how many series. A job of the sweep.

    A series that is being delivered to, or summed up by another sweep, is left to the next tick.
    """
    today, done = at.astimezone(UTC).date(), 0
    for _ in range(MOST_ROUNDS):
        some = _roll_some(today)
        done += some
        if some < AT_ONCE:
            break
    return done


@transaction.atomic
def mark_changed(*, firsts: Mapping[int, date]) -> None:
    """Have series summed up again from a day on, for what counts of their readings changed."""
    ids = sorted(firsts)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telemetry_series_state s SET dirty_from = least(s.dirty_from, d.first)"
            " FROM unnest(%s::bigint[], %s::date[]) AS d(series_id, first)"
            " WHERE s.series_id = d.series_id",
            [ids, [firsts[one] for one in ids]],
        )


@transaction.atomic
def rebuild(*, series_ids: Sequence[int], at: datetime) -> int:
    """Sum up all days of these series anew; returns how many days there are then."""
    today = at.astimezone(UTC).date()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT series_id FROM telemetry_series_state WHERE series_id = ANY(%s)"
            " ORDER BY series_id FOR NO KEY UPDATE",
            [list(series_ids)],
        )
        ids = [row[0] for row in cursor.fetchall()]
        _sum_up(ids, [date(2000, 1, 1)] * len(ids), today)
        cursor.execute("SELECT count(*) FROM telemetry_daily WHERE series_id = ANY(%s)", [ids])
        return int(cursor.fetchone()[0])


@transaction.atomic
def _roll_some(today: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(DUE, [today, AT_ONCE])
        due = cursor.fetchall()
    if due:
        _sum_up([series for series, _ in due], [first for _, first in due], today)
    return len(due)


def _sum_up(ids: list[int], firsts: list[date], today: date) -> None:
    """Sum up from the first day of each series to yesterday; the series are locked."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [ids, firsts, today])
        cursor.execute(
            "UPDATE telemetry_series_state SET dirty_from = %s WHERE series_id = ANY(%s)",
            [today, ids],
        )
