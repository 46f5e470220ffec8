"""A KPI of a system: its trend with all that held meanwhile, the table beside, its thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance.models import MeasuredStanding, ThresholdVersion
from governance.rules.figures import Measure, measure_of
from governance.selectors.pages.kpi_drawing import Trend, drawn, slide_of
from governance.selectors.pages.kpi_readings import (
    Judged,
    Shown,
    newest_readings,
    period_for,
    shown_of,
    voided_by_window,
)
from governance.selectors.pages.kpi_rows import sheet_rows, summary, table_of
from governance.selectors.pages.kpi_things import (
    Case,
    cases_of,
    deployments_between,
    guard_of,
    looks_at,
    series_of_id,
    silences_between,
    versions_of,
    voids_waiting,
)
from governance.selectors.pages.kpi_words import (
    caption_of,
    facts_of,
    improvement_of,
    look_words,
    name_of,
    newest_words,
    period_links,
    version_rows,
)
from governance.selectors.pages.scorecard import in_error, standing_word
from governance.selectors.pages.subjects import Event, events_of_system, timeline_from
from incidents.models import Incident
from telemetry.models import Baseline, Series
from telemetry.selectors.baselines import approved_baseline
from telemetry.selectors.connectors import failing_for
from telemetry.selectors.voids import Voided, voided_between

__all__ = ["kpi_page", "series_of_id", "sheet_of"]

VOIDS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Measured:
    """What is read of a series to draw and to judge it."""

    series: Series
    guard: Series | None
    versions: Sequence[ThresholdVersion]
    voided: Sequence[Voided]
    shown: Shown
    measure: Measure

    @property
    def own_versions(self) -> list[ThresholdVersion]:
        """The versions of this series' threshold, the newest first."""
        return _versions_for(self.versions, self.series)


def kpi_page(
    *,
    series: Series,
    visible: QuerySet[Incident],
    zone: ZoneInfo,
    at: datetime,
    period: str = "",
) -> dict[str, Any]:
    """Return what templates/governance/kpi.html shows; `visible` are the reader's incidents.

    `period` is one of PERIODS, else one that fits the series. At most 14 queries with the one for
    `series`; up to three more for each of the two series of which hours or days are shown.
    """
    found = _measured(series, period, at)
    cases = cases_of(series=series, visible=visible)
    looks = looks_at(series, found.guard)
    baseline = approved_baseline(series, at)
    trend = _trend(found, cases, looks, baseline, at)
    standing = getattr(series, "standing", None)
    return {
        "at": at,
        "system": series.system,
        "series": series,
        "name": trend.name,
        "state": standing_word(standing),
        "standing": standing,
        "failing": failing_for(series) if in_error(standing) else [],
        "now": newest_words(found.shown, found.measure, found.voided),
        **_drawn(trend, zone),
        "facts": facts_of(series, trend),
        "looks": [look_words(one) for one in looks],
        "silent": [one for one in trend.silences if _is_silent(one, at)],
        "shown": improvement_of(series, baseline, at),
        "versions": version_rows(found.own_versions, found.measure),
        "cases": cases,
        **_voids(series, found.voided),
    }


def _trend(
    found: Measured,
    cases: Sequence[Case],
    looks: Sequence[MeasuredStanding],
    baseline: Baseline | None,
    at: datetime,
) -> Trend:
    series, shown = found.series, found.shown
    return Trend(
        series=series,
        name=name_of(series),
        measure=found.measure,
        shown=shown,
        versions=found.own_versions,
        baseline=baseline,
        events=_events(series, cases, shown),
        silences=silences_between(series, shown.since, shown.until),
        slide=slide_of(looks),
        guard=_guard(found, at),
    )


def _drawn(trend: Trend, zone: ZoneInfo) -> dict[str, Any]:
    """The chart over its period, and the table that says the same."""
    series, shown, measure = trend.series, trend.shown, trend.measure
    told = summary(shown, measure, own=series.kpi.own)
    description = f"{told} {_('The table gives every row.')}"
    return {
        "periods": period_links(shown.period),
        "period": shown.period,
        "chart": drawn(trend, description=description, zone=zone) if shown.rows else "",
        "caption": caption_of(series, shown, measure),
        "summary": told,
        "table": table_of(shown, series, measure, zone),
    }


def sheet_of(
    *, series: Series, period: str, at: datetime
) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Return head and rows of what the page shows of a series in a period."""
    return sheet_rows(_measured(series, period, at).shown)


def _measured(series: Series, period: str, at: datetime) -> Measured:
    guard = guard_of(series)
    versions = versions_of(series, guard)
    voided = voided_between(series_ids=[series.pk, *([guard.pk] if guard else [])])
    recent = newest_readings(series=series, at=at)
    last = recent[-1].window_end if recent else None
    shown = shown_of(
        series=series,
        recent=recent,
        judged=_judged(series, versions, voided),
        period=period_for(period, series=series, last=last, at=at),
        at=at,
    )
    return Measured(series, guard, versions, voided, shown, _measure(series, shown))


def _judged(
    series: Series, versions: Sequence[ThresholdVersion], voided: Sequence[Voided]
) -> Judged:
    timeline = timeline_from(_versions_for(versions, series), series)
    return Judged(timeline, voided_by_window(voided, series.pk))


def _versions_for(versions: Sequence[ThresholdVersion], series: Series) -> list[ThresholdVersion]:
    threshold = (series.kpi_id, series.segment)
    return [one for one in versions if (one.threshold.kpi_id, one.threshold.segment) == threshold]


def _guard(found: Measured, at: datetime) -> Trend | None:
    """The guardrail over the same time, in as fine a grain as it has."""
    guard = found.guard
    if guard is None:
        return None
    judged = _judged(guard, found.versions, found.voided)
    recent = newest_readings(series=guard, at=at)
    shown = shown_of(series=guard, recent=recent, judged=judged, period=found.shown.period, at=at)
    return Trend(
        series=guard,
        name=name_of(guard),
        measure=_measure(guard, shown),
        shown=shown,
        versions=_versions_for(found.versions, guard),
        baseline=None,
        events=(),
        silences=(),
        slide=None,
    )


def _measure(series: Series, shown: Shown) -> Measure:
    known = [abs(one.value) for one in shown.rows if one.value is not None]
    size = max(known, default=None)
    return measure_of(unit=series.kpi.unit, neutral=series.kpi.neutral, size=size)


def _events(series: Series, cases: Sequence[Case], shown: Shown) -> list[Event]:
    events = events_of_system(deployments_between(series, shown.since, shown.until))
    for case in cases:
        label = _("%(number)s opened") % {"number": case.incident.number.rpartition("-")[2]}
        events.append(Event(case.incident.opened_at, label, "opened"))
    return events


def _is_silent(mute: Any, at: datetime) -> bool:
    return mute.ended_at is None and bool(mute.from_at <= at < mute.until_at)


def _voids(series: Series, voided: Sequence[Voided]) -> dict[str, Any]:
    """What templates/governance/kpi/voids.html shows."""
    mine = [one for one in voided if one.series_id == series.pk]
    return {
        "voided": mine[-VOIDS_SHOWN:][::-1],
        "voided_count": len(mine),
        "voids_waiting": voids_waiting(series),
    }
