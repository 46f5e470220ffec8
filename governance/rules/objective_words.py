"""Objectives and where they stand, in words with figures, for pages and lists."""

from collections.abc import Mapping

from governance.rules.budgets import budget_words
from governance.rules.case_words import figure
from governance.rules.measured import FIRED, State, Verdict
from governance.rules.pairs import pair_words
from governance.rules.trends import trend_words
from ledger.rules.worded import term, word, worded
from telemetry.rules.kpi_words import of_unit

Figures = Mapping[str, float | str | None]
HOUR, DAY, WEEK = 3600, 86400, 604800
SPANS = (
    (WEEK, word("{number} week"), word("{number} weeks")),
    (DAY, word("{number} day"), word("{number} days")),
    (HOUR, word("{number} hour"), word("{number} hours")),
    (60, word("{number} minute"), word("{number} minutes")),
)
METHODS = {"slope": "slope", "ewma": "EWMA", "cusum": "CUSUM"}


def length(seconds: float) -> str:
    """Return a length of time as a person says it: '4 weeks', '30 minutes'."""
    for size, one, many in SPANS:
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return worded(one if count == 1 else many, number=count)
    return worded("{number} seconds", number=f"{seconds:g}")


def trend_said(state: str, figures: Figures, *, kpi: str, unit: str) -> str:
    """Return what was found of a slide."""
    if state in FIRED and isinstance(figures.get("limit"), float):
        return trend_words(_verdict(state, figures), kpi=kpi, unit=unit)
    weekly = figures.get("per_week")
    if not isinstance(weekly, float):
        return ""
    scale = 100.0 if unit in ("ratio", "share") else 1.0
    measure = term(word("points")) if scale > 1 else of_unit(unit)
    said = worded("{change} {unit} a week", change=f"{weekly * scale:+.2f}", unit=measure)
    low, high = figures.get("low"), figures.get("high")
    if isinstance(low, float) and isinstance(high, float):
        said = worded(
            "{said}, 95 % interval {low} to {high}",
            said=said, low=f"{low * scale:+.2f}", high=f"{high * scale:+.2f}",
        )  # fmt: skip
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
    said = worded("worse by {margin} warns", margin=_margin(warning, mode, unit))
    if critical is not None:
        said = worded(
            "{said}, by {margin} is critical", said=said, margin=_margin(critical, mode, unit)
        )
    return worded(
        "{said}; {fires} of {fires_2} windows", said=said, fires=fires[0], fires_2=fires[1]
    )


def _margin(value: float, mode: str, unit: str) -> str:
    if mode == "share":
        return worded("{value:g} % of what it was", value=value * 100)
    if unit in ("ratio", "share"):
        return worded("{value} points", value=f"{round(value * 100, 6):g}")
    return (
        worded("{value} {unit}", value=f"{value:g}", unit=of_unit(unit)) if unit else f"{value:g} "
    )


def _verdict(state: str, figures: Figures) -> Verdict:
    known: dict[str, State] = {"OK": "OK", "WARNING": "WARNING", "CRITICAL": "CRITICAL"}
    return Verdict(known.get(state, "NO_DATA"), figures=figures)
