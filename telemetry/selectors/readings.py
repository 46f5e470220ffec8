"""Readings of a series, as pages, packs and the evaluator read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from registry.models import System
from telemetry.models import Series

COLUMNS = "series_id, window_end, revision, value, n, low, high, good, received_at"
# A void takes its window away up to the voided revision; a later correction counts again.
NOT_VOIDED = (
    " AND NOT EXISTS (SELECT 1 FROM telemetry_voidedreading v WHERE v.series_id = m.series_id"
    " AND v.window_end = m.window_end AND v.revision >= m.revision)"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One stored value of a series; the unit is the KPI's. A bad reading counts nowhere.

    As it is stored; `withheld` says why a shown one has no value (see small_groups).
    """

    series_id: int
    window_end: datetime
    revision: int
    value: float | None
    n: int | None
    low: float | None
    high: float | None
    good: bool
    received_at: datetime
    withheld: str = ""


def series_of(*, system: System) -> QuerySet[Series]:
    """Return the series of a system with their KPI and latest state."""
    rows = Series.objects.filter(system=system).select_related("kpi", "state", "system")
    return rows.order_by("kpi__category", "kpi__name", "segment", "window_seconds", "pk")


def series_by_id(*, series_id: int, visible: QuerySet[System]) -> Series:
    """Return a series of a system that the caller may see. Raises Missing."""
    rows = Series.objects.filter(pk=series_id, system__in=visible)
    found = rows.select_related("kpi", "state", "system").first()
    if found is None:
        raise Missing(
            "unknown_series",
            worded("There is no series {series_id} that you may see.", series_id=series_id),
        )
    return found


def readings(
    *,
    series_id: int,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 500,
) -> list[Reading]:
    """Return the newest revisions of the last `limit` windows that end in [since, until)."""
    newest = _rows(
        f"SELECT DISTINCT ON (window_end) {COLUMNS} FROM telemetry_measurement"  # noqa: S608
        " WHERE series_id = %s"
        " AND window_end >= coalesce(%s, '-infinity'::timestamptz)"
        " AND window_end < coalesce(%s, 'infinity'::timestamptz)"
        " ORDER BY window_end DESC, revision DESC LIMIT %s",
        [series_id, since, until, limit],
    )
    return newest[::-1]


def readings_after(
    *, series_id: int, after: datetime | None, until: datetime | None, limit: int
) -> list[Reading]:
    """Return the newest revisions of the first `limit` windows that end in (after, until)."""
    # In the order of the key, so that a page costs the same however long the series is.
    return _rows(
        f"SELECT {COLUMNS} FROM telemetry_measurement m"  # noqa: S608  names of ours
        " WHERE series_id = %s AND window_end > coalesce(%s, '-infinity'::timestamptz)"
        " AND window_end < coalesce(%s, 'infinity'::timestamptz)"
        " AND NOT EXISTS (SELECT 1 FROM telemetry_measurement newer"
        "   WHERE newer.series_id = m.series_id AND newer.window_end = m.window_end"
        "   AND newer.revision > m.revision)"
        " ORDER BY window_end, revision LIMIT %s",
        [series_id, after, until, limit],
    )


def all_revisions_since(starts: Mapping[int, datetime | None]) -> dict[int, list[Reading]]:
    """Return every revision of each series after its start (None: from the beginning), in order.

    For judging: what is voided is left out.
    """
    found: dict[int, list[Reading]] = {series: [] for series in starts}
    rows = _rows(
        "SELECT m.series_id, m.window_end, m.revision, m.value, m.n, m.low, m.high, m.good,"  # noqa: S608  names of ours
        " m.received_at FROM unnest(%s::bigint[], %s::timestamptz[]) AS s(series_id, start)"
        " JOIN telemetry_measurement m ON m.series_id = s.series_id"
        f" AND m.window_end > coalesce(s.start, '-infinity'){NOT_VOIDED}"
        " ORDER BY m.series_id, m.window_end, m.revision",
        [list(starts), list(starts.values())],
    )
    for row in rows:
        found[row.series_id].append(row)
    return found


def newest_of(*, keys: Sequence[tuple[int, datetime]]) -> dict[tuple[int, datetime], Reading]:
    """Return the newest revision of each (series, window_end) that is stored."""
    rows = _rows(
        "SELECT DISTINCT ON (m.series_id, m.window_end) m.series_id, m.window_end, m.revision,"
        " m.value, m.n, m.low, m.high, m.good, m.received_at"
        " FROM unnest(%s::bigint[], %s::timestamptz[]) AS k(series_id, window_end)"
        " JOIN telemetry_measurement m USING (series_id, window_end)"
        " ORDER BY m.series_id, m.window_end, m.revision DESC",
        [[series for series, _ in keys], [end for _, end in keys]],
    )
    return {(row.series_id, row.window_end): row for row in rows}


def around(*, series_id: int, window_end: datetime, before: int, after: int) -> list[Reading]:
    """Return all revisions of some windows before, and from an instant on, in order.

    At most so many rows each way; a window whose revisions do not all fit is left out, and what is
    voided is too.
    """
    select = (
        f"SELECT {COLUMNS} FROM telemetry_measurement m"  # noqa: S608  names of ours
        f" WHERE series_id = %s{NOT_VOIDED}"
    )
    earlier = _rows(
        f"{select} AND window_end < %s ORDER BY window_end DESC, revision DESC LIMIT %s",
        [series_id, window_end, before],
    )
    later = _rows(
        f"{select} AND window_end >= %s ORDER BY window_end, revision LIMIT %s",
        [series_id, window_end, after],
    )
    if len(later) == after and later[-1].window_end > window_end:
        later = [row for row in later if row.window_end < later[-1].window_end]
    return earlier[::-1] + later


def _rows(statement: str, arguments: list[Any]) -> list[Reading]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return [Reading(*row) for row in cursor.fetchall()]
