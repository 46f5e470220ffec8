"""Slow slides: told from noise before any single reading is in breach (KPI-5)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from governance.rules.bands import Bands
from governance.rules.case_words import figure
from governance.rules.measured import OUT_OF_RANGE, Point, Verdict, spaced, unknown
from ledger.rules.worded import Amount, word, worded
from telemetry.rules.metrics.trends import (
    Crossing,
    Side,
    cusum,
    ewma_chart,
    forecast_crossing,
    least_squares,
    moving_range_sigma,
)

Method = Literal["slope", "ewma", "cusum"]
Limit = tuple[Side, float]

WEEK = 604800.0
DAY = 86400.0
LOOKS_BACK = 3
"""A slide is looked for in the last stretch of windows, in twice as many, and in three times."""
MOST_POINTS = 370
DECISION = 5.0
"""Standard deviations that a sum of small departures may reach."""


@dataclass(frozen=True, slots=True)
class TrendTerms:
    """How slides are told: seconds of the horizon and of one window, least windows, limits.

    `limits` are the first limits of each side that can be breached, in the KPI's unit.
    """

    method: Method
    horizon: float
    least_windows: int
    window: float
    limits: tuple[Limit, ...]

    @property
    def stretch(self) -> int:
        """Windows of one stretch: nobody looks further ahead than back."""
        ahead = math.ceil(self.horizon / self.window)
        return min(max(self.least_windows, ahead), MOST_POINTS // LOOKS_BACK)

    @property
    def reach(self) -> int:
        """The most windows that are looked at."""
        return LOOKS_BACK * self.stretch


def limits_of(bands: Bands) -> tuple[Limit, ...]:
    """Return the first limit of each side: the warning, or what comes first without one."""
    found: list[Limit] = []
    if bands.upper is not None and bands.upper.limits:
        found.append(("above", min(bands.upper.limits)))
    if bands.lower is not None and bands.lower.limits:
        found.append(("below", max(bands.lower.limits)))
    return tuple(found)


def method_of(word: str) -> Method:
    """Return a method by its word; the slope for any other, which nothing lets in."""
    known: dict[str, Method] = {"ewma": "ewma", "cusum": "cusum"}
    return known.get(word, "slope")


def judge_trend(terms: TrendTerms, points: Sequence[Point]) -> Verdict:
    """Say whether points (in order, valid) slide towards a limit; a slide is a warning.

    By slope: the line through the last stretch of windows, or twice or three times as many, has a
    slope whose 95 % interval excludes zero, meets the limit within the horizon, and by its later
    95 % bound within twice the horizon. By EWMA or CUSUM: the chart of the last stretch signals at
    the newest window, on the side of a limit; the two stretches before are the reference. Unknown
    with less than one stretch (charts: three).
    """
    recent = spaced(points, terms.window)[-terms.reach :]
    needed = terms.stretch * (1 if terms.method == "slope" else LOOKS_BACK)
    if not terms.limits:
        return unknown("the threshold has no limit that a slide could reach")
    if len(recent) < needed:
        return unknown(
            worded(
                "{count} of the {needed} valid windows that it takes",
                count=len(recent),
                needed=needed,
            ),
            windows=len(recent),
            needed=needed,
        )
    try:
        return _slope(terms, recent) if terms.method == "slope" else _chart(terms, recent)
    except (ArithmeticError, ValueError):
        # Squares of what is next to nothing, or next to endless: one series must not stop a sweep.
        return unknown(OUT_OF_RANGE)


def trend_words(figures: Verdict, *, kpi: str, unit: str) -> str:
    """Return what a slide is, in sentences with figures; the side and limit are those of `kpi`."""
    told = figures.figures
    weekly, limit = told.get("per_week"), told.get("limit")
    if not isinstance(weekly, float) or not isinstance(limit, float):
        return worded("{kpi} slides.", kpi=kpi)
    move = _move(weekly, kpi, f"{told['windows']:.0f}", unit)
    first = Amount(figure(limit, unit))
    days = told.get("crossing_days")
    if isinstance(days, float):
        near, far = sorted(abs(_number(told.get(name))) for name in ("low", "high"))
        reach = {"low": _amount(near, unit), "high": _amount(far, unit)}
        return worded(_ahead(days), move=move, **reach, **_time(days), limit=first)
    return worded(
        "{move}. The {chart} chart signals; the first limit is {limit}.",
        move=move,
        chart=str(told["method"]).upper(),
        limit=first,
    )


def _move(weekly: float, kpi: str, windows: str, unit: str) -> str:
    falls = word("{kpi} falls by {amount} a week, over {windows} windows")
    rises = word("{kpi} rises by {amount} a week, over {windows} windows")
    amount = _amount(abs(weekly), unit)
    return worded(falls if weekly < 0 else rises, kpi=kpi, amount=amount, windows=windows)


def _slope(terms: TrendTerms, recent: Sequence[Point]) -> Verdict:
    crossings = [
        (crossing, limit)
        for count in _stretches(terms, len(recent))
        for side, limit in terms.limits
        if (crossing := _crossing(recent[-count:], side, limit)) is not None
    ]
    now = recent[-1].end
    near = [one for one in crossings if _is_near(one[0], now, terms.horizon)]
    if near:
        crossing, limit = min(near, key=lambda one: one[0].at)
        return _fired(terms, recent, crossing, limit)
    line = least_squares([one.value for one in recent], [one.end - now for one in recent])
    figures = {
        "method": terms.method,
        "windows": float(len(recent)),
        "per_week": line.slope * WEEK if line else None,
        "low": line.low * WEEK if line else None,
        "high": line.high * WEEK if line else None,
    }
    return Verdict("OK", value=recent[-1].value, n=recent[-1].n, figures=figures)


def _is_near(crossing: Crossing, now: float, horizon: float) -> bool:
    """Whether a limit is met within the horizon, and surely (95 %) within twice that."""
    return crossing.at <= now + horizon and crossing.latest <= now + 2 * horizon


def _stretches(terms: TrendTerms, available: int) -> list[int]:
    counts = [min(times * terms.stretch, available) for times in range(1, LOOKS_BACK + 1)]
    return sorted(set(counts))


def _crossing(points: Sequence[Point], side: Side, limit: float) -> Crossing | None:
    return forecast_crossing(
        [one.value for one in points], [one.end for one in points], limit, side
    )


def _fired(terms: TrendTerms, recent: Sequence[Point], crossing: Crossing, limit: float) -> Verdict:
    newest, line = recent[-1], crossing.line
    return Verdict(
        "WARNING",
        value=newest.value,
        n=newest.n,
        figures={
            "method": terms.method,
            "windows": float(line.n),
            "per_week": line.slope * WEEK,
            "low": line.low * WEEK,
            "high": line.high * WEEK,
            "limit": limit,
            "crossing_days": max(0.0, (crossing.at - newest.end) / DAY),
            "began": recent[-line.n].end,
        },
    )


def _chart(terms: TrendTerms, recent: Sequence[Point]) -> Verdict:
    """Judge by a control chart: the last stretch is charted, what lies before is the reference."""
    reference = [one.value for one in recent[: -terms.stretch]]
    charted = recent[-terms.stretch :]
    target, sigma = fmean(reference), moving_range_sigma(reference)
    if not sigma:
        return unknown("the reference does not vary, so nothing can be told from noise")
    side = _signal(terms.method, [one.value for one in charted], target, sigma)
    newest = charted[-1]
    line = least_squares([one.value for one in charted], [one.end for one in charted])
    figures: dict[str, float | str | None] = {
        "method": terms.method,
        "windows": float(len(charted)),
        "target": target,
        "sigma": sigma,
        "per_week": line.slope * WEEK if line else None,
    }
    limit = next((limit for at, limit in terms.limits if at == side), None)
    if limit is None:
        return Verdict("OK", value=newest.value, n=newest.n, figures=figures)
    figures |= {"limit": limit, "began": charted[0].end}
    return Verdict("WARNING", value=newest.value, n=newest.n, figures=figures)


def _signal(method: Method, values: Sequence[float], target: float, sigma: float) -> Side | None:
    """Return the side on which the chart signals at its last point."""
    if method == "ewma":
        return _ewma_side(values, target, sigma)
    chart = cusum(values, target=target, sigma=sigma, decision=DECISION)
    if chart is None:
        return None
    if chart.high[-1] > DECISION:
        return "above"
    return "below" if chart.low[-1] > DECISION else None


def _ewma_side(values: Sequence[float], target: float, sigma: float) -> Side | None:
    chart = ewma_chart(values, target=target, sigma=sigma)
    if chart is None:
        return None
    if chart.values[-1] > chart.upper[-1]:
        return "above"
    return "below" if chart.values[-1] < chart.lower[-1] else None


def _amount(value: float, unit: str) -> str:
    """Say a change: of a share in points, with enough digits for a slow one."""
    if unit in ("ratio", "share"):
        return worded("{size} points", size=Amount(f"{value * 100:.2f}"))
    return Amount(f"{value:,.2f} {unit}")


def _ahead(days: float) -> str:
    """Return the sentences on when a limit is met: now, in so many days, or weeks."""
    if days < 1:
        return word(
            "{move} (95 % interval {low} to {high}). By now it reaches the first limit, {limit}. "
            "No single reading had to be in breach for this."
        )
    if days < 14:
        return word(
            "{move} (95 % interval {low} to {high}). In {days} days it reaches the first limit, "
            "{limit}. No single reading had to be in breach for this."
        )
    return word(
        "{move} (95 % interval {low} to {high}). In {weeks} weeks it reaches the first limit, "
        "{limit}. No single reading had to be in breach for this."
    )


def _time(days: float) -> dict[str, str]:
    return {"days": f"{days:.0f}", "weeks": f"{days / 7:.0f}"}


def _number(value: float | str | None) -> float:
    return value if isinstance(value, float) else 0.0
