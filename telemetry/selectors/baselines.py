"""Baselines: which one is in force for a series, and what readings say a new one would be."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from ledger.rules.refusals import Missing
from registry.models import System
from telemetry.models import Baseline, Pause, Series
from telemetry.rules.baselines import Level, Window, level_of
from telemetry.selectors.counting import counting_readings, windows_between
from telemetry.selectors.readings import Reading

MOST_WINDOWS = 20_000
RELATED = (
    "series__kpi",
    "system",
    "author",
    "approved_by",
    "comparison__kpi",
    "comparison__system",
)


class Taken(NamedTuple):
    """What is taken of a series for a span: the valid readings, their level, what was left out."""

    readings: list[Reading]
    level: Level | None
    excluded: int


def approved_baseline(series: Series, at: datetime) -> Baseline | None:
    """Return the baseline that was in force for a series at an instant, None where none was."""
    return baseline_in_force(
        system_id=series.system_id,
        kpi_id=series.kpi_id,
        environment=series.environment,
        segment=series.segment,
        at=at,
    )


def baseline_in_force(
    *, system_id: UUID, kpi_id: str, environment: str, segment: str, at: datetime
) -> Baseline | None:
    """Return the baseline of a KPI that was in force at an instant, None where none was."""
    rows = Baseline.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=at),
        system_id=system_id,
        kpi_id=kpi_id,
        environment=environment,
        segment=segment,
        approved_at__lte=at,
    )
    return rows.select_related("series", "comparison").order_by("-number").first()


def baselines_of(*, series: Series) -> QuerySet[Baseline]:
    """Return every baseline of what a series measures, the newest first."""
    rows = Baseline.objects.filter(
        system_id=series.system_id,
        kpi_id=series.kpi_id,
        environment=series.environment,
        segment=series.segment,
    )
    return rows.select_related(*RELATED).order_by("-number")


def baselines_visible(*, visible: QuerySet[System]) -> QuerySet[Baseline]:
    """Return the baselines of systems that the caller may see."""
    return Baseline.objects.filter(system__in=visible).select_related(*RELATED)


def baseline_of_id(*, baseline_id: UUID, visible: QuerySet[System]) -> Baseline:
    """Return a baseline of a system that the caller may see. Raises Missing."""
    found = baselines_visible(visible=visible).filter(pk=baseline_id).first()
    if found is None:
        raise Missing("unknown_baseline", "There is no such baseline that you may see.")
    return found


def taken_between(*, series_id: int, since: datetime, until: datetime) -> Taken:
    """Return the valid readings of windows that end in [since, until) and the level they give."""
    rows = counting_readings(series_id=series_id, since=since, until=until, limit=MOST_WINDOWS)
    valid = [row for row in rows if row.good and row.value is not None]
    there = windows_between(series_id=series_id, since=since, until=until)
    level = level_of([Window(row.window_end, row.value or 0.0, row.n) for row in valid])
    return Taken(valid, level, max(0, there - len(valid)))


def comparable_series(*, series: Series, visible: QuerySet[System]) -> QuerySet[Series]:
    """Return the series that may be its control group: the same KPI by the same windows."""
    rows = Series.objects.filter(
        kpi_id=series.kpi_id, window_seconds=series.window_seconds, system__in=visible
    ).exclude(pk=series.pk)
    return rows.select_related("kpi", "system").order_by("system__name", "segment", "pk")


def pauses_of(*, system_id: UUID, at: datetime) -> QuerySet[Pause]:
    """Return the pauses of a system that run or are to come, the next first."""
    rows = Pause.objects.filter(system_id=system_id, until_at__gt=at)
    return rows.select_related("set_by").order_by("from_at", "pk")
