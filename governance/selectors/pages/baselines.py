"""What the pages of baselines, coverage and drift show."""

from datetime import datetime
from typing import Any

from governance.rules.figures import Measure, measure_of
from governance.selectors.improvements import Improvement, since_baseline
from telemetry.models import Baseline, Kpi, Series
from telemetry.selectors.baselines import approved_baseline, baselines_of

SEEN = 50


def baseline_page(*, series: Series, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/baselines/page.html shows."""
    measure = measure_for(series.kpi)
    rows = [shown(one, measure) for one in baselines_of(series=series)[:SEEN]]
    return {
        "system": series.system,
        "series": series,
        "rows": rows,
        "agreed": next((one for one in rows if one["row"].state == "approved"), None),
        "drafts": [one for one in rows if one["row"].state == "draft"],
        "improvement": improvement_words(series=series, at=at),
    }


def improvement_words(
    *, series: Series, at: datetime, baseline: Baseline | None = None
) -> dict[str, Any] | None:
    """Return before and after in words, since the baseline; None without a baseline.

    `baseline` is the approved one, where the caller has it. 'Improved' is said only where the 95 %
    interval leaves out zero.
    """
    baseline = baseline or approved_baseline(series, at)
    if baseline is None:
        return None
    found = since_baseline(
        series=series, since=baseline.until_at, until=at, at=at, baseline=baseline
    )
    measure = measure_for(series.kpi)
    return {"found": found, "baseline": baseline, **_words(found, measure)}


def measure_for(kpi: Kpi) -> Measure:
    """Return how values of a KPI are written."""
    return measure_of(unit=kpi.unit, neutral=kpi.neutral)


def shown(row: Baseline, measure: Measure) -> dict[str, Any]:
    """Return a baseline with its state, value and interval as pages write them."""
    state = {"approved": "ok", "draft": "pending"}.get(row.state, "none")
    return {
        "row": row,
        "state": state,
        "value": measure.say(row.value),
        "interval": measure.interval(row.low, row.high),
        "control": "" if row.comparison_value is None else measure.say(row.comparison_value),
    }


def _words(found: Improvement | None, measure: Measure) -> dict[str, str]:
    if found is None:
        return {"word": "", "before": "", "after": "", "change": "", "interval": ""}
    gap = Measure(measure.factor, measure.digits, "points" if measure.unit == "%" else measure.unit)
    return {
        "word": found.word,
        "before": measure.say(found.before),
        "after": measure.say(found.after),
        "change": gap.say(found.change.value),
        "interval": gap.interval(found.change.low, found.change.high),
    }
