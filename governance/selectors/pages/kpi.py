"""A KPI of a system: its trend with all that held meanwhile, the table beside, its thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance.models import MeasuredStanding, Standing, ThresholdVersion
from governance.rules.figures import HARD, Measure, measure_of, often, segment_words
from governance.rules.measured import Verdict
from governance.rules.trends import trend_words
from governance.selectors.backtests import alert_precision
from governance.selectors.pages.baselines import improvement_words
from governance.selectors.pages.kpi_drawing import Trend, drawn, slide_of
from governance.selectors.pages.kpi_readings import (
    PERIODS,
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
from governance.selectors.pages.pictures import band_words
from governance.selectors.pages.scorecard import standing_word
from governance.selectors.pages.subjects import Event, events_of_system, timeline_from
from incidents.models import Incident
from telemetry.models import Baseline, Series
from telemetry.selectors.baselines import approved_baseline
from telemetry.selectors.voids import Voided, voided_between

__all__ = ["kpi_page", "series_of_id", "sheet_of"]

MOST_COMPARED = 6000
VOIDS_SHOWN = 12
PERIOD_WORDS = {
    "24h": lambda: _("24 hours"),
    "7d": lambda: _("7 days"),
    "30d": lambda: _("30 days"),
    "90d": lambda: _("90 days"),
    "1y": lambda: _("a year"),
}
LOOK_WORDS = {
    "trend": lambda: _("Slide"),
    "budget": lambda: _("Error budget"),
    "pair": lambda: _("Beside its guardrail"),
}


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
    shown, measure = found.shown, found.measure
    cases = cases_of(series=series, visible=visible)
    looks = looks_at(series, found.guard)
    baseline = approved_baseline(series, at)
    trend = Trend(
        series=series,
        name=_name(series),
        measure=measure,
        shown=shown,
        versions=found.own_versions,
        baseline=baseline,
        events=_events(series, cases, shown),
        silences=silences_between(series, shown.since, shown.until),
        slide=slide_of(looks),
        guard=_guard(found, at),
    )
    standing = _standing(series)
    told = summary(shown, measure)
    return {
        "at": at,
        "system": series.system,
        "series": series,
        "name": trend.name,
        "state": standing_word(standing),
        "standing": standing,
        "now": _now(shown, measure, found.voided),
        "periods": _periods(shown.period),
        "period": shown.period,
        "chart": drawn(trend, description=f"{told} {_('The table gives every row.')}", zone=zone)
        if shown.rows
        else "",
        "caption": _caption(series, shown, measure),
        "summary": told,
        "table": table_of(shown, series, measure, zone),
        "facts": _facts(series, trend),
        "looks": [_look(one) for one in looks],
        "silent": [one for one in trend.silences if _is_silent(one, at)],
        "shown": _improvement(series, baseline, at),
        "versions": _rows_of_versions(found, measure),
        "cases": cases,
        **_voids(series, found.voided),
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
        name=_name(guard),
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


def _name(series: Series) -> str:
    words = segment_words(series.segment)
    return f"{series.kpi.name}, {words}" if words else series.kpi.name


def _standing(series: Series) -> Standing | None:
    return getattr(series, "standing", None)


def _now(shown: Shown, measure: Measure, voided: Sequence[Voided]) -> dict[str, Any] | None:
    """The newest reading, whether or not it lies in the period."""
    newest = shown.newest
    if newest is None:
        return None
    last = (newest.series_id, newest.window_end, newest.revision)
    void = any((one.series_id, one.window_end, one.revision) == last for one in voided)
    counts = newest.good and newest.value is not None and not void
    return {
        "value": measure.say(newest.value if counts else None),
        "void": void,
        "at": newest.window_end,
        "n": newest.n,
        "interval": measure.interval(newest.low, newest.high) if counts else "",
        "is_shown": newest.window_end > shown.since,
    }


def _periods(present: str) -> list[dict[str, Any]]:
    return [
        {"query": f"?period={one}", "word": PERIOD_WORDS[one](), "present": one == present}
        for one in PERIODS
    ]


def _events(series: Series, cases: Sequence[Case], shown: Shown) -> list[Event]:
    events = events_of_system(deployments_between(series, shown.since, shown.until))
    for case in cases:
        label = _("%(number)s opened") % {"number": case.incident.number.rpartition("-")[2]}
        events.append(Event(case.incident.opened_at, label, "opened"))
    return events


def _caption(series: Series, shown: Shown, measure: Measure) -> str:
    unit = _("per cent") if measure.unit == "%" else measure.unit
    parts = [_name(series), _("in %(unit)s") % {"unit": unit} if unit else ""]
    rhythm = often(series.window_seconds)
    words = {
        "each": _(", %(often)s."),
        "hour": _(", by hour: the mean, from the lowest to the highest; readings %(often)s."),
        "day": _(", by day (UTC): the mean, from the lowest to the highest; readings %(often)s."),
    }[shown.grain] % {"often": rhythm}
    told = " ".join(part for part in parts if part)
    return f"{told}{words} {series.environment.capitalize()}."


def _facts(series: Series, trend: Trend) -> list[dict[str, Any]]:
    kpi = series.kpi
    better = {
        "higher": _("higher is better"),
        "lower": _("lower is better"),
        "target_zero": _("best near zero"),
        "target_nominal": _("best near its target"),
        "context": _("neither is better by itself"),
    }
    bound = _("the bound of the 95 % interval nearest to the good side")
    counter = kpi.counter_metric
    guardrail = trend.guard.name if trend.guard else counter.name if counter else ""
    active = next((one for one in trend.versions if one.state == "active"), None)
    facts = [
        (_("Formula"), kpi.formula),
        (_("Read as"), better.get(kpi.better, kpi.better)),
        (_("Windows"), often(series.window_seconds)),
        (_("Segment"), series.segment or _("everybody")),
        (_("Guardrail"), guardrail or kpi.counter_metric_note),
        (_("Computed"), _("from the decision events") if kpi.computed else _("sent as measured")),
        (_("Reference"), kpi.reference),
    ]
    if active is not None:
        judged_by = bound if active.judged_by == "lower_bound" else _("the value")
        fires = _("%(k)s of %(n)s windows") % {"k": active.fires_k, "n": active.fires_n}
        facts += [(_("Judged by"), judged_by), (_("Fires"), fires)]
    return [{"label": label, "value": value} for label, value in facts if value]


def _look(one: MeasuredStanding) -> dict[str, Any]:
    """One line of what is judged over many readings; a slide that fired says its figures."""
    look, kpi = getattr(one, "look", None), one.series.kpi
    fired = one.kind == "trend" and one.state == "WARNING" and look is not None
    words = one.why
    if look is not None and fired:
        words = trend_words(Verdict("WARNING", figures=look.figures), kpi=kpi.name, unit=kpi.unit)
    return {
        "word": LOOK_WORDS[one.kind](),
        "state": one.state.lower(),
        "since": one.since,
        "words": words,
        "fired": fired,
    }


def _is_silent(mute: Any, at: datetime) -> bool:
    return mute.ended_at is None and bool(mute.from_at <= at < mute.until_at)


def _improvement(series: Series, baseline: Baseline | None, at: datetime) -> dict[str, Any] | None:
    """Before and after; not here where it would take thousands of readings each time."""
    if baseline is None:
        return None
    seconds = (at - baseline.since_at).total_seconds()
    if seconds / series.window_seconds > MOST_COMPARED:
        return {"baseline": baseline, "found": None, "many": True}
    return improvement_words(series=series, at=at, baseline=baseline)


def _rows_of_versions(found: Measured, measure: Measure) -> list[dict[str, Any]]:
    versions = found.own_versions
    precision = alert_precision(version_ids=[one.pk for one in versions])
    rows = []
    for one in versions:
        share = precision[one.pk].share
        rows.append(
            {
                "version": one,
                "state": {"active": "ok", "draft": "pending"}.get(one.state, "none"),
                "bands": band_words(one, measure),
                "target": "" if one.target is None else measure.say(one.target),
                "baseline": "" if one.baseline is None else measure.say(one.baseline),
                "precision": precision[one.pk],
                "share": "" if share is None else f"{share * 100:.0f}{HARD}%",
            }
        )
    return rows


def _voids(series: Series, voided: Sequence[Voided]) -> dict[str, Any]:
    """What templates/governance/kpi/voids.html shows."""
    mine = [one for one in voided if one.series_id == series.pk]
    return {
        "voided": mine[-VOIDS_SHOWN:][::-1],
        "voided_count": len(mine),
        "voids_waiting": voids_waiting(series),
    }
