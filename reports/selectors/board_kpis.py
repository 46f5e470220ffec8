"""The figures of a report: each KPI as the quarter began and ended, and what that came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.urls import reverse

from governance.rules.figures import Measure, measure_of, number, segment_words
from reports.rules.consequence import REFUSED, SHARES, consequences_of, points_of
from reports.selectors.board_scope import Ground
from reports.selectors.factors import Factors
from telemetry.models import Series
from telemetry.rules.small_groups import FEW
from telemetry.selectors.small_groups import SmallGroups

MOST = 60
OLDEST = timedelta(days=92)
VALID = """
  FROM telemetry_measurement m WHERE m.series_id = s.id AND m.good AND m.value IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM telemetry_measurement newer
     WHERE newer.series_id = m.series_id AND newer.window_end = m.window_end
       AND newer.revision > m.revision)
   AND NOT EXISTS (SELECT 1 FROM telemetry_voidedreading v
     WHERE v.series_id = m.series_id AND v.window_end = m.window_end AND v.revision >= m.revision)
"""
# The newest valid reading as the quarter begins, else the first in it; the newest until its end.
ENDS = f"""
SELECT s.id, b.window_end, b.value, b.n, f.window_end, f.value, f.n, e.window_end, e.value, e.n
  FROM unnest(%(series)s::bigint[]) s(id)
  LEFT JOIN LATERAL (SELECT m.window_end, m.value, m.n {VALID}
    AND m.window_end > %(oldest)s AND m.window_end <= %(since)s
    ORDER BY m.window_end DESC LIMIT 1) b ON true
  LEFT JOIN LATERAL (SELECT m.window_end, m.value, m.n {VALID}
    AND m.window_end > %(since)s AND m.window_end <= %(until)s
    ORDER BY m.window_end LIMIT 1) f ON b.window_end IS NULL
  LEFT JOIN LATERAL (SELECT m.window_end, m.value, m.n {VALID}
    AND m.window_end > %(since)s AND m.window_end <= %(until)s
    ORDER BY m.window_end DESC LIMIT 1) e ON true
"""  # noqa: S608  names of ours


class Point(NamedTuple):
    """A reading: when its window ended, its value, how many cases it is of."""

    at: datetime
    value: float
    n: int | None


@dataclass(frozen=True, slots=True)
class Ends:
    """A series as the quarter began and as it ended; None where nothing valid is known.

    `withheld` are those of the two that are of a group of fewer than ten: their figures, and the
    change from them, are not shown.
    """

    begin: Point | None
    end: Point | None
    withheld: frozenset[Point] = frozenset()

    @property
    def change(self) -> Decimal | None:
        """End minus beginning, exactly; None unless two readings are known."""
        if self.withheld:
            return None
        if self.begin is None or self.end is None or self.begin.at == self.end.at:
            return None
        return exact(self.end.value) - exact(self.begin.value)


def exact(value: float) -> Decimal:
    """Return a reading as the decimal that it is written as."""
    return Decimal(repr(value))


def series_of(ground: Ground) -> list[Series]:
    """Return the series in production that stand for a whole; segments where there is no whole."""
    rows = Series.objects.filter(
        system_id__in=ground.ids, environment="production", created_at__lt=ground.at
    ).exclude(kpi__off=True)
    found = list(
        rows.select_related("kpi", "system").order_by(
            "system__name", "kpi__name", "segment", "window_seconds", "pk"
        )
    )
    wholes = {(one.system_id, one.kpi_id) for one in found if not one.segment}
    return [one for one in found if not one.segment or (one.system_id, one.kpi_id) not in wholes]


def ends_of(series: Sequence[Series], ground: Ground) -> Mapping[int, Ends]:
    """Return how each series began and ended the quarter; one query."""
    given: dict[str, Any] = {
        "series": [one.pk for one in series],
        "oldest": ground.since - OLDEST,
        "since": ground.since,
        "until": ground.until,
    }
    with connection.cursor() as cursor:
        cursor.execute(ENDS, given)
        rows = cursor.fetchall()
    named, groups = {one.pk: one for one in series}, SmallGroups()
    return {row[0]: _ends(row, named[row[0]], groups) for row in rows}


def _ends(row: Sequence[Any], series: Series, groups: SmallGroups) -> Ends:
    begin, end = _point(row[1:4]) or _point(row[4:7]), _point(row[7:10])
    small = [
        one
        for one in (begin, end)
        if one is not None
        and groups.hides(system_id=series.system_id, segment=series.segment, n=one.n)
    ]
    return Ends(begin, end, frozenset(small))


def kpi_lines(series: Sequence[Series], ends: Mapping[int, Ends], ground: Ground) -> list[Any]:
    """Return a line for each series: beginning, end, change, consequence or its refusal.

    Those that a factor translates come first, then those that are silent, then the others.
    """
    factors = Factors(one.kpi_id for one in series)
    lines = [_line(one, ends[one.pk], factors, ground) for one in series]
    return sorted(lines, key=lambda one: (not one["consequences"], not one["silent"]))


def silence_of(series: Series, ends: Ends, ground: Ground) -> str:
    """Say that a figure is silent: nothing valid in the quarter, or not for two windows."""
    if ends.end is None:
        return "no valid reading in the quarter"
    if series.cadence_seconds is None:
        return ""
    due = ends.end.at + timedelta(seconds=2 * series.cadence_seconds)
    return f"silent since {ends.end.at:%Y-%m-%d}" if due < ground.until else ""


def measure_for(series: Series, value: float | None) -> Measure:
    """Return how the values of a series are written."""
    return measure_of(unit=series.kpi.unit, neutral=series.kpi.neutral, size=value)


def name_of(series: Series) -> str:
    """Return what a figure is called within its system: 'Accuracy', 'Approval gap, under 23'."""
    words = segment_words(series.segment)
    return f"{series.kpi.name}, {words}" if words else series.kpi.name


def link_of(series: Series) -> str:
    """Return the address at which a figure opens to its readings."""
    return reverse("kpi", args=[series.system.slug, series.pk])


def _line(series: Series, ends: Ends, factors: Factors, ground: Ground) -> dict[str, Any]:
    measure = measure_for(series, ends.end.value if ends.end else None)
    change = ends.change
    points = None if change is None else points_of(change, series.kpi.unit)
    held = factors.of(series.kpi_id, series.system, ground.last_day)
    told = consequences_of(points, held, ground.last_day)
    return {
        "system": series.system.name,
        "name": name_of(series),
        "link": link_of(series),
        "begin": _told(ends.begin, measure, ends),
        "end": _told(ends.end, measure, ends),
        "points": "" if points is None else f"{points.normalize():f}",
        "change": "" if points is None else _change(points, series.kpi.unit, measure),
        "way": _way(change, series.kpi.better),
        "silent": silence_of(series, ends, ground),
        "consequences": [
            {
                "told": one.told,
                "lost": f"{one.lost.normalize():f}",
                "words": one.factor.words,
                "source": one.factor.source,
                "factor": one.factor.id,
                "version": one.factor.version,
                "link": reverse("consequence-factor", args=[one.factor.id]),
            }
            for one in told
        ],
        "refused": "" if held else REFUSED,
    }


def _told(point: Point | None, measure: Measure, ends: Ends) -> dict[str, Any]:
    if point is None:
        return {"said": measure.say(None), "value": "", "at": None, "n": None}
    if point in ends.withheld:
        return {"said": FEW, "value": "", "at": point.at, "n": None}
    value = f"{exact(point.value).normalize():f}"
    return {"said": measure.say(point.value), "value": value, "at": point.at, "n": point.n}


def _change(points: Decimal, unit: str, measure: Measure) -> str:
    word = "points" if unit in SHARES else measure.unit
    digits = measure.digits
    told = number(float(points), digits)
    return f"{'+' if points > 0 else ''}{told} {word}".strip()


def _way(change: Decimal | None, better: str) -> str:
    """Say whether a change is for the better, by the KPI's own direction; '' where it has none."""
    if not change or better not in ("higher", "lower"):
        return ""
    return "better" if (change > 0) == (better == "higher") else "worse"


def _point(cells: Sequence[Any]) -> Point | None:
    return Point(*cells) if cells[0] is not None else None
