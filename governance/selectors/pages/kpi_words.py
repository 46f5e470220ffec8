"""What a KPI's page says beside the chart: the newest value, facts, versions, before and after."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from governance.languages import measure as measure_said
from governance.models import MeasuredStanding, ThresholdVersion
from governance.rules.figures import HARD, Measure, often, segment_words
from governance.rules.measured import Verdict
from governance.rules.trends import trend_words
from governance.selectors.backtests import alert_precision
from governance.selectors.pages.baselines import improvement_words
from governance.selectors.pages.kpi_drawing import Trend
from governance.selectors.pages.kpi_readings import PERIODS, Shown
from governance.selectors.pages.pictures import band_words
from governance.selectors.pages.subjects import few_words
from ledger.rules.worded import of_machine
from outbox.languages import spoken
from telemetry.models import Baseline, Series
from telemetry.rules.kpi_words import of_kpi
from telemetry.selectors.voids import Voided

MOST_COMPARED = 6000
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


def name_of(series: Series) -> str:
    """Return what is measured, and of whom."""
    words = segment_words(series.segment)
    return f"{series.kpi.called}, {words}" if words else series.kpi.called


def newest_words(shown: Shown, measure: Measure, voided: Sequence[Voided]) -> dict[str, Any] | None:
    """The newest reading, whether or not it lies in the period."""
    newest = shown.newest
    if newest is None:
        return None
    last = (newest.series_id, newest.window_end, newest.revision)
    void = any((one.series_id, one.window_end, one.revision) == last for one in voided)
    counts = newest.good and newest.value is not None and not void
    return {
        "value": few_words() if newest.withheld else measure.say(newest.value if counts else None),
        "void": void,
        "at": newest.window_end,
        "n": newest.n,
        "interval": measure.interval(newest.low, newest.high) if counts else "",
    }


def period_links(present: str) -> list[dict[str, Any]]:
    """Return the links of the periods, the present one marked."""
    return [
        {"query": f"?period={one}", "word": PERIOD_WORDS[one](), "present": one == present}
        for one in PERIODS
    ]


def caption_of(series: Series, shown: Shown, measure: Measure) -> str:
    """Say what is drawn: what, in which unit, how finely, where."""
    told = measure_said(measure.unit, own=series.kpi.own)
    unit = _("per cent") if measure.unit == "%" else told
    parts = [name_of(series), _("in %(unit)s") % {"unit": unit} if unit else ""]
    rhythm = spoken(often(series.window_seconds))
    words = {
        "each": _(", %(often)s."),
        "hour": _(", by hour: the mean, from the lowest to the highest; readings %(often)s."),
        "day": _(", by day (UTC): the mean, from the lowest to the highest; readings %(often)s."),
    }[shown.grain] % {"often": rhythm}
    said = " ".join(part for part in parts if part)
    return f"{said}{words} {spoken(series.environment.capitalize())}."


def facts_of(series: Series, trend: Trend) -> list[dict[str, Any]]:
    """Return what is measured and how it is judged."""
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
    guardrail = trend.guard.name if trend.guard else counter.called if counter else ""
    active = next((one for one in trend.versions if one.state == "active"), None)
    facts = [
        (_("Formula"), kpi.formula),
        (_("Read as"), better.get(kpi.better, kpi.better)),
        (_("Windows"), often(series.window_seconds)),
        (_("Segment"), series.segment or _("everybody")),
        (_("Guardrail"), guardrail or kpi.counter_says),
        (_("Computed"), _("from the decision events") if kpi.computed else _("sent as measured")),
        (_("Reference"), kpi.rests_on),
    ]
    if active is not None:
        judged_by = bound if active.judged_by == "lower_bound" else _("the value")
        fires = _("%(k)s of %(n)s windows") % {"k": active.fires_k, "n": active.fires_n}
        facts += [(_("Judged by"), judged_by), (_("Fires"), fires)]
    return [{"label": label, "value": value} for label, value in facts if value]


def look_words(one: MeasuredStanding) -> dict[str, Any]:
    """One line of what is judged over many readings; a slide that fired says its figures."""
    look, kpi = getattr(one, "look", None), one.series.kpi
    fired = one.kind == "trend" and one.state == "WARNING" and look is not None
    words = of_machine(one.why)
    if look is not None and fired:
        verdict = Verdict("WARNING", figures=look.figures)
        words = trend_words(verdict, kpi=of_kpi(kpi.pk, kpi.name), unit=kpi.unit)
    return {
        "word": LOOK_WORDS[one.kind](),
        "state": one.state.lower(),
        "since": one.since,
        "words": words,
        "fired": fired,
    }


def improvement_of(
    series: Series, baseline: Baseline | None, at: datetime
) -> dict[str, Any] | None:
    """Before and after; not here where it would take thousands of readings each time."""
    if baseline is None:
        return None
    seconds = (at - baseline.since_at).total_seconds()
    if seconds / series.window_seconds > MOST_COMPARED:
        return {"baseline": baseline, "found": None, "many": True}
    return improvement_words(series=series, at=at, baseline=baseline)


def version_rows(versions: Sequence[ThresholdVersion], measure: Measure) -> list[dict[str, Any]]:
    """Return every version of a threshold with what came of its alerts; one query."""
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
