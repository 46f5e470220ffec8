"""Series that call for another look over many readings, and the readings that are looked at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from governance.models import MeasuredLook, MeasuredStanding, Standing
from governance.rules.measured import Point
from governance.rules.policy_document import PolicyDocument
from governance.selectors.policies import document_of, policy_in_force
from telemetry.models import SeriesState

DAY = 86400
OUT_OF_TURN = timedelta(hours=1)

# A correction or a void changes what is stored as a new reading does: their number only grows.
VOIDS = "(SELECT series_id, count(*) AS n FROM telemetry_voidedreading GROUP BY series_id)"
NEWEST = """
SELECT m.series_id, m.window_end, m.value, m.n, m.least_n
  FROM (SELECT DISTINCT ON (m.series_id, m.window_end)
          m.series_id, m.window_end, m.revision, m.value, m.n, m.good, s.least_n
          FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::int[])
            AS s(series_id, since, until, least_n)
          JOIN telemetry_measurement m ON m.series_id = s.series_id
           AND m.window_end > s.since AND m.window_end <= s.until
         ORDER BY m.series_id, m.window_end, m.revision DESC) AS m
 WHERE m.good AND m.value > '-infinity' AND m.value < 'infinity' AND NOT EXISTS (
   SELECT 1 FROM telemetry_voidedreading v WHERE v.series_id = m.series_id
      AND v.window_end = m.window_end AND v.revision >= m.revision)
"""
EACH = f"""
SELECT series_id, extract(epoch FROM window_end)::float8, value, n FROM ({NEWEST}) AS r
 WHERE least_n = 0 OR n >= least_n ORDER BY series_id, window_end
"""  # noqa: S608
# One point a day of what comes more often: the mean, weighed by the cases where all count them.
DAILY = f"""
SELECT series_id, extract(epoch FROM day)::float8,
    CASE WHEN bool_and(n > 0) THEN sum(value * n) / sum(n) ELSE avg(value) END, sum(n)::bigint
  FROM (SELECT r.*, date_trunc('day', window_end - interval '1 microsecond', 'UTC')
          + interval '1 day' AS day FROM ({NEWEST}) AS r) AS r
 GROUP BY series_id, day, least_n HAVING least_n = 0 OR sum(n) >= least_n
 ORDER BY series_id, day
"""  # noqa: S608


class Wanted(NamedTuple):
    """The readings of a series that end in (since, until], of `least_n` cases or more (0: any)."""

    since: datetime
    until: datetime
    least_n: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a standing over many readings from the last look."""

    row: MeasuredStanding
    look: MeasuredLook | None


def points_of(wanted: Mapping[int, Wanted], *, daily: bool = False) -> dict[int, list[Point]]:
    """Return the valid readings of each series in order; `daily` their means by day (UTC).

    Voided readings and those that were corrected away count nowhere. Of a day that is not over yet
    there is none.
    """
    found: dict[int, list[Point]] = {series: [] for series in wanted}
    rows = [(series, *one) for series, one in wanted.items()]
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(DAILY if daily else EACH, columns)
        for series, end, value, n in cursor.fetchall():
            if end <= wanted[series].until.timestamp():
                found[series].append(Point(end, value, None if n is None else int(n)))
    return found


def marks_of(states: Collection[SeriesState]) -> dict[int, int]:
    """Return how many readings and voids there are of each series: another number, another look."""
    ids = [state.series_id for state in states]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT series_id, n FROM {VOIDS} AS v WHERE series_id = ANY(%s)", [ids])  # noqa: S608
        voids = dict(cursor.fetchall())
    return {state.series_id: state.stored + voids.get(state.series_id, 0) for state in states}


def known_standings(*, kind: str, series_ids: Sequence[int]) -> dict[tuple[int, str], Known]:
    """Return the standings of a kind by series and gain ('' for none), with their last look."""
    rows = MeasuredStanding.objects.select_for_update(of=("self",)).filter(
        kind=kind, series_id__in=series_ids
    )
    found = list(rows.order_by("pk"))
    looks = MeasuredLook.objects.in_bulk([row.pk for row in found])
    return {(row.series_id, row.gain_id or ""): Known(row, looks.get(row.pk)) for row in found}


def standings_by_series(series_ids: Sequence[int]) -> dict[int, Standing]:
    """Return where series stand under their thresholds: that carries what is opened."""
    return {row.series_id: row for row in Standing.objects.filter(series_id__in=series_ids)}


def documents_of(unit_ids: Collection[UUID], at: datetime) -> dict[UUID, PolicyDocument]:
    """Return the policy in force of each unit; the shipped small one where there is none."""
    return {
        unit: document_of(policy_in_force(unit_id=unit, at=at)) for unit in sorted(set(unit_ids))
    }


def measured_standings(*, system_ids: Sequence[UUID]) -> QuerySet[MeasuredStanding]:
    """Return where the series of some systems stand over many readings."""
    rows = MeasuredStanding.objects.filter(series__system_id__in=system_ids)
    return rows.select_related("series__kpi", "series__system", "gain", "look").order_by(
        "kind", "series__kpi__name", "series__segment", "pk"
    )


def instant(epoch: float) -> datetime:
    """Return epoch seconds as an instant."""
    return datetime.fromtimestamp(epoch, UTC)
