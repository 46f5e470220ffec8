"""The scorecard of a system: each series with its trend, limits, guardrail and standing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from governance.models import Standing, ThresholdVersion
from governance.rules.figures import UNKNOWN, Measure, measure_of, segment_words
from governance.selectors.pages.pictures import band_words, drawn_bands
from governance.selectors.pages.subjects import few_words, rhythm_of
from ledger.rules.worded import term, worded
from outbox.languages import in_sentence
from registry.models import System
from telemetry.models import Kpi, ScorecardLine, Series
from telemetry.render.spark import sparkline
from telemetry.render.trend import is_gap
from telemetry.selectors.readings import Reading, series_of
from telemetry.selectors.recent import recent_readings
from telemetry.selectors.small_groups import Newest, SmallGroups

WINDOWS = 12
RANKS = {"CRITICAL": 0, "WARNING": 1, "RECOVERING": 2, "PENDING": 3, "NO_DATA": 4, "ERROR": 4}
HEAD = (
    "KPI",
    "Segment",
    "Category",
    "Window end (UTC)",
    "Value",
    "n",
    "Low",
    "High",
    "Baseline",
    "Warning",
    "Critical",
    "Standing",
    "Withheld",
)


@dataclass(frozen=True, slots=True)
class Score:
    """One row: the series, where it stands, its last readings and the latest as they are shown."""

    series: Series
    standing: Standing | None
    readings: Sequence[Reading]
    measure: Measure
    newest: Newest | None

    @property
    def version(self) -> ThresholdVersion | None:
        """The version of its threshold, None where nobody approved one."""
        return self.standing.threshold_version if self.standing else None

    @property
    def rank(self) -> tuple[int, str, str]:
        """The worst first, then by name; what is not judged last."""
        state = RANKS.get(self.standing.state, 5) if self.standing else 6
        return (state, self.series.kpi.name, self.series.segment)


def scores_of(system: System) -> list[Score]:
    """Return the scorecard of a system, the worst first; four queries."""
    related = ("kpi__counter_metric", "state", "system")
    series = list(series_of(system=system).select_related(*related))
    standings = {
        row.series_id: row
        for row in Standing.objects.filter(series__system=system).select_related(
            "threshold_version__threshold__kpi"
        )
    }
    recent = recent_readings(series_ids=[one.pk for one in series], limit=WINDOWS)
    groups = SmallGroups()
    scores = [score_of(one, standings.get(one.pk), recent[one.pk], groups) for one in series]
    return sorted(scores, key=lambda score: score.rank)


def rows_of(
    scores: Sequence[Score], system: System, lines: Sequence[ScorecardLine] = ()
) -> list[dict[str, Any]]:
    """Return the rows of the table; the guardrail stands beside what it guards.

    Where somebody chose `lines` for the scorecard, those come first, also what was never measured.
    """
    whole = {score.series.kpi_id: score for score in scores if not score.series.segment}
    chosen = {line.kpi_id: line for line in lines}
    rows = [
        _row(score, whole, system) | _chosen(chosen.get(score.series.kpi_id)) for score in scores
    ]
    measured = {score.series.kpi_id for score in scores}
    rows += [_unheard(line) for line in lines if line.kpi_id not in measured]
    return sorted(rows, key=lambda row: not row["chosen"])


def summary_of(scores: Sequence[Score]) -> tuple[str, str]:
    """Say how the system is doing as (standing, words): 'critical', '1 of 5 KPIs critical'."""
    judged = [score.standing.state for score in scores if score.standing]
    for state, name in (("CRITICAL", "critical"), ("WARNING", "warning"), ("RECOVERING",
                        "recovering"), ("NO_DATA", "none"), ("ERROR", "none")):  # fmt: skip
        count = judged.count(state)
        if count:
            word = "without data" if name == "none" else name
            return name, worded(
                "{count} of {total} KPIs {standing}",
                count=count,
                total=len(judged),
                standing=term(word),
            )
    if not judged:
        return "none", term("nothing is judged yet")
    return "ok", worded("all {count} KPIs within their bands", count=len(judged))


def sheet_rows(scores: Sequence[Score]) -> list[tuple[object, ...]]:
    """Return the scorecard as cells of HEAD, in the KPI's own units."""
    return [_cells(score) for score in scores]


def standing_word(standing: Standing | None) -> str:
    """The standing as the design names it, '' where nothing is judged."""
    if standing is None:
        return ""
    return {"NO_DATA": "none", "ERROR": "none"}.get(standing.state, standing.state.lower())


def in_error(standing: Standing | None) -> bool:
    """Whether what feeds a series has failed since its last reading."""
    return standing is not None and standing.state == Standing.State.ERROR


def score_of(
    series: Series, standing: Standing | None, recent: Sequence[Reading], groups: SmallGroups
) -> Score:
    """Return a series with its standing and last readings, and how its values are written."""
    newest = groups.newest(series)
    recent = [groups.shown(series, one) for one in recent]
    values = [one.value for one in recent] or [newest.value if newest else None]
    known = [abs(value) for value in values if value is not None]
    measure = measure_of(
        unit=series.kpi.unit, neutral=series.kpi.neutral, size=max(known, default=None)
    )
    return Score(series, standing, recent, measure, newest)


def _row(score: Score, whole: Mapping[str, Score], system: System) -> dict[str, Any]:
    series, version, newest = score.series, score.version, score.newest
    state = standing_word(score.standing)
    return {
        "url": f"/systems/{system.slug}/kpis/{series.pk}/",
        "name": series.kpi.called,
        "segment": segment_words(series.segment),
        "category": series.kpi.get_category_display(),
        "timing": series.kpi.timed,
        "spark": trend_of(score),
        "now": _now(score),
        "unit": score.measure.unit if newest and newest.value is not None else "",
        "own": series.kpi.own,
        "baseline": score.measure.bare(version.baseline)
        if version and version.baseline is not None
        else "",
        "bands": band_words(version, score.measure),
        "guardrail": _guardrail(score, whole),
        "owner": system.owner.name,
        "state": state,
        "since": score.standing.since if score.standing else None,
        "bad": state == "critical",
    }


def _now(score: Score) -> str:
    newest = score.newest
    if newest is None:
        return "no data"
    return few_words() if newest.withheld else score.measure.bare(newest.value)


def _chosen(line: ScorecardLine | None) -> dict[str, Any]:
    """What the scorecard says of a KPI: who answers for it, what is done when it breaks."""
    if line is None:
        return {"chosen": False, "perspective": "", "on_breach": ""}
    return {
        "chosen": True,
        "perspective": line.get_perspective_display(),
        "on_breach": line.on_breach_said,
        "owner": line.owner.name,
    }


def _unheard(line: ScorecardLine) -> dict[str, Any]:
    """A KPI of the scorecard that was never measured: unknown, and said so."""
    kpi = line.kpi
    return _chosen(line) | {
        "url": reverse("kpi-definition", args=[kpi.pk]),
        "name": kpi.called,
        "segment": "",
        "category": kpi.get_category_display(),
        "timing": kpi.timed,
        "spark": "",
        "now": UNKNOWN,
        "unit": "",
        "own": kpi.own,
        "baseline": "",
        "bands": "",
        "guardrail": None,
        "state": "none",
        "since": None,
        "bad": False,
    }


def trend_of(score: Score, *, paper: bool = False) -> SafeString:
    """Draw the last readings of a series with its bands and baseline; a silence stays a gap."""
    version = score.version
    return sparkline(
        _values(score),
        bands=drawn_bands(version, score.measure) if version else (),
        baseline=version.baseline if version else None,
        standing=standing_word(score.standing) or "ok",
        paper=paper,
    )


def _values(score: Score) -> list[float | None]:
    longest = rhythm_of(score.series, score.version).longest
    values: list[float | None] = []
    for before, one in zip((None, *score.readings), score.readings, strict=False):
        if before is not None and is_gap(before.window_end, one.window_end, longest):
            values.append(None)
        values.append(one.value if one.good else None)
    return values


def _guardrail(score: Score, whole: Mapping[str, Score]) -> dict[str, str] | None:
    kpi = score.series.kpi
    guard = whole.get(kpi.counter_metric_id or "")
    if guard is None or guard.newest is None:
        return _unheard_guardrail(kpi)
    limit = guard.version.warning if guard.version else None
    sign = "≥" if guard.version and guard.version.direction == "below" else "≤"
    few = guard.newest.withheld
    told = few_words() if few else guard.measure.say(guard.newest.value)
    bound = "" if limit is None else f"{sign} {guard.measure.bare(limit)}"
    return {"name": in_sentence(guard.series.kpi.called), "value": told, "limit": bound}


def _unheard_guardrail(kpi: Kpi) -> dict[str, str] | None:
    counter = kpi.counter_metric
    if counter is not None:
        return {"name": in_sentence(counter.called), "value": _("not measured")}
    return {"name": kpi.counter_says, "value": ""} if kpi.counter_metric_note else None


def _cells(score: Score) -> tuple[object, ...]:
    newest, version = score.newest, score.version
    return (
        score.series.kpi_id,
        score.series.segment,
        score.series.kpi.category,
        newest.window_end.isoformat() if newest and newest.window_end else "",
        newest.value if newest else None,
        newest.n if newest else None,
        newest.low if newest else None,
        newest.high if newest else None,
        version.baseline if version else None,
        version.warning if version else None,
        version.critical if version else None,
        score.standing.state if score.standing else "",
        newest.withheld if newest else "",
    )
