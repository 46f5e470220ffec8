"""Objectives and where they stand, in words with figures, for pages and lists."""

from collections.abc import Mapping

from governance.rules.budgets import budget_words
from governance.rules.case_words import figure
from governance.rules.measured import FIRED, State, Verdict
from governance.rules.pairs import pair_words
from governance.rules.trends import trend_words
from ledger.rules.worded import worded

Figures = Mapping[str, float | str | None]
HOUR, DAY, WEEK = 3600, 86400, 604800
SPANS = ((WEEK, "week"), (DAY, "day"), (HOUR, "hour"), (60, "minute"))
METHODS = {"slope": "slope", "ewma": "EWMA", "cusum": "CUSUM"}


def length(seconds: float) -> str:
    """Return a length of time as a person says it: '4 weeks', '30 minutes'."""
    for size, name in SPANS:
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return f"{seconds:g} seconds"


def trend_said(state: str, figures: Figures, *, kpi: str, unit: str) -> str:
    """Return what was found of a slide."""
    if state in FIRED and isinstance(figures.get("limit"), float):
        return trend_words(_verdict(state, figures), kpi=kpi, unit=unit)
    weekly = figures.get("per_week")
    if not isinstance(weekly, float):
        return ""
    scale, word = (100.0, "points") if unit in ("ratio", "share") else (1.0, unit)
    said = f"{weekly * scale:+.2f} {word} a week"
    low, high = figures.get("low"), figures.get("high")
    if isinstance(low, float) and isinstance(high, float):
        said += f", 95 % interval {low * scale:+.2f} to {high * scale:+.2f}"
    return worded("{said}; no slide towards a limit.", said=said)


def budget_said(
    state: str, figures: Figures, *, kpi: str, objective: float | None, days: int | None
) -> str:
    """Return what is spent and how fast it burns."""
    if objective is None or days is None:
        return ""
    return budget_words(_verdict(state, figures), kpi=kpi, objective=objective, days=days)


def pair_said(
    state: str, figures: Figures, *, gain: str, guardrail: str, gain_unit: str, unit: str
) -> str:
    """Return what was gained and what it cost, or that nothing did."""
    if state in FIRED:
        return pair_words(
            _verdict(state, figures),
            gain=gain,
            guardrail=guardrail,
            unit=unit,
            gain_unit=gain_unit,
        )
    told = {name: value for name, value in figures.items() if isinstance(value, float)}
    if not {"guard_before", "guard_after", "gain_before", "gain_after"} <= told.keys():
        return ""
    return worded(
        "{gain} {figure} before, {figure_2} now; {guardrail} {figure_3} before, {figure_4} now.",
        gain=gain,
        figure=figure(told["gain_before"], gain_unit),
        figure_2=figure(told["gain_after"], gain_unit),
        guardrail=guardrail,
        figure_3=figure(told["guard_before"], unit),
        figure_4=figure(told["guard_after"], unit),
    )


def trend_terms(*, method: str, horizon_seconds: float, least_windows: int) -> str:
    """Return how slides are told."""
    name = METHODS.get(method, method)
    if method != "slope":
        return worded(
            "{name} chart of at least {least_windows} windows",
            name=name,
            least_windows=least_windows,
        )
    return worded(
        "{name} reaches the first limit within {length}, {least_windows} windows",
        name=name,
        length=length(horizon_seconds),
        least_windows=least_windows,
    )


def burn_terms(*, long: float, short: float, burn: float) -> str:
    """Return what a pair of windows fires at."""
    return worded(
        "{burn:g} times too fast over {length} and {length_2}",
        burn=burn,
        length=length(long),
        length_2=length(short),
    )


def pair_terms(
    *, mode: str, warning: float, critical: float | None, unit: str, fires: tuple[int, int]
) -> str:
    """Return how much a gain may cost."""
    said = f"worse by {_margin(warning, mode, unit)} warns"
    if critical is not None:
        said += f", by {_margin(critical, mode, unit)} is critical"
    return worded(
        "{said}; {fires} of {fires_2} windows", said=said, fires=fires[0], fires_2=fires[1]
    )


def _margin(value: float, mode: str, unit: str) -> str:
    if mode == "share":
        return worded("{value:g} % of what it was", value=value * 100)
    if unit in ("ratio", "share"):
        return f"{round(value * 100, 6):g} points"
    return f"{value:g} {unit}"


def _verdict(state: str, figures: Figures) -> Verdict:
    known: dict[str, State] = {"OK": "OK", "WARNING": "WARNING", "CRITICAL": "CRITICAL"}
    return Verdict(known.get(state, "NO_DATA"), figures=figures)
