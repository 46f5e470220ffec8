"""Which KPIs the story follows, with their bands, and their figures by window from the data.

KPI names are those of the catalogue. Bands are those of the small profile; a relative band is
measured from the mean of the baseline windows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from demo import figures
from demo.figures import Event, Figure
from demo.programs.paying_agent import SPENDING_LIMIT_EUR
from demo.readings import Reading

BASELINE = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Bands:
    """Where a reading is a warning or critical: absolute, or as a distance from the baseline.

    `worse` says on which side; `judged_on` is the value or its lower 95 % bound.
    """

    warning: float
    critical: float
    recovered: float
    worse: str
    relative: bool = False
    judged_on: str = "value"

    def levels(self, baseline: float) -> "Bands":
        """The same bands in absolute terms."""
        if not self.relative:
            return self
        return Bands(
            warning=round(baseline + self.warning, 4),
            critical=round(baseline + self.critical, 4),
            recovered=round(baseline + self.recovered, 4),
            worse=self.worse,
            judged_on=self.judged_on,
        )

    def beyond(self, figure: Figure, level: float) -> bool:
        """Whether a figure has reached a level; equality counts."""
        value = figure.low if self.judged_on == "low" else figure.value
        if value is None:
            return False
        return value <= level if self.worse == "below" else value >= level

    def back(self, figure: Figure) -> bool:
        """Whether a figure is strictly on the safe side of the recovery level."""
        if self.worse == "below":
            return figure.value > self.recovered
        return figure.value < self.recovered


@dataclass(frozen=True)
class Series:
    """A KPI of a system, in a segment where it has one; bands only where the story turns on it."""

    kpi: str
    measure: Callable[[Sequence[Event]], Figure]
    bands: Bands | None = None
    about: dict[str, Any] = field(default_factory=dict)


FAIRNESS = {"attribute": "age_group", "reference": "23_and_over", "positive": "approve"}
STORY: dict[str, tuple[Series, ...]] = {
    "claims-form-reader": (
        Series(
            "accuracy",
            figures.accuracy,
            Bands(-0.04, -0.08, -0.02, worse="below", relative=True),
        ),
        Series("human_override_rate", figures.override_rate),
        Series("latency_p95", figures.latency_p95),
    ),
    "claims-approval": (
        Series(
            "demographic_parity_difference",
            figures.parity_gap(**FAIRNESS),
            Bands(0.08, 0.12, 0.04, worse="above", judged_on="low"),
            FAIRNESS,
        ),
        Series("accuracy", figures.accuracy),
        Series("human_override_rate", figures.override_rate),
        Series(
            "positive_answer_rate",
            figures.rate_in("age_group", "under_23", "approve"),
            about={"segment": "age_group=under_23"},
        ),
        Series(
            "positive_answer_rate",
            figures.rate_in("age_group", "23_and_over", "approve"),
            about={"segment": "age_group=23_and_over"},
        ),
        Series("latency_p95", figures.latency_p95),
    ),
    "support-assistant": (
        Series("groundedness", figures.groundedness, Bands(0.90, 0.80, 0.93, worse="below")),
        Series("task_success_full", figures.task_success),
        Series("escalation_rate", figures.escalation_rate),
        Series("latency_p95", figures.latency_p95),
    ),
    "paying-agent": (
        Series(
            "budget_consumption",
            figures.spend_of(SPENDING_LIMIT_EUR),
            Bands(0.80, 1.00, 0.80, worse="above"),
            {"limit_eur": SPENDING_LIMIT_EUR},
        ),
        Series(
            "boundary_violations",
            figures.executed_violations,
            Bands(1, 1, 1, worse="above"),
            {"counted": "executed"},
        ),
        Series("blocked_actions_pct", figures.blocked_share),
    ),
}

Windows = dict[tuple[str, int], list[Event]]


def by_window(readings: Iterable[Reading]) -> Windows:
    """Group readings by phase and window, in order."""
    grouped = groupby(readings, key=lambda each: (each.phase, each.window))
    return {window: [each.event for each in group] for window, group in grouped}


def describe(series: Series, windows: Windows) -> dict[str, Any]:
    """What story.yaml says of a series: figures by window, and when which band was crossed."""
    measured = {window: series.measure(events) for window, events in windows.items()}
    entry: dict[str, Any] = {"kpi": series.kpi, **series.about}
    if series.bands:
        entry |= _crossings(series.bands, measured)
    entry["windows"] = [_line(window, figure) for window, figure in measured.items()]
    return entry


def _crossings(bands: Bands, measured: dict[tuple[str, int], Figure]) -> dict[str, Any]:
    start = [measured["before", window].value for window in BASELINE]
    baseline = round(sum(start) / len(start), 4)
    levels = bands.levels(baseline)
    before = {window: each for (phase, window), each in measured.items() if phase == "before"}
    after = {window: each for (phase, window), each in measured.items() if phase == "after"}
    return {
        "baseline": baseline,
        "bands": {
            "judged_on": levels.judged_on,
            "worse": levels.worse,
            "warning": levels.warning,
            "critical": levels.critical,
            "recovered": levels.recovered,
        },
        "beyond_warning": [w for w, each in before.items() if levels.beyond(each, levels.warning)],
        "beyond_critical": [
            w for w, each in before.items() if levels.beyond(each, levels.critical)
        ],
        "back_after": [w for w, each in after.items() if levels.back(each)],
    }


def _line(window: tuple[str, int], figure: Figure) -> dict[str, Any]:
    line: dict[str, Any] = {"phase": window[0], "window": window[1]}
    line |= {"value": round(figure.value, 4), "n": figure.n}
    if figure.low is not None and figure.high is not None:
        line |= {"low": round(figure.low, 4), "high": round(figure.high, 4)}
    return line
