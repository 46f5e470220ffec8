"""Slow slides: control charts (EWMA, tabular CUSUM), lines through windows, when a limit is met.

Values and times are sequences of one length; times are seconds (or any unit that slopes are then
given by) and need not be evenly spaced. Too little to say anything gives None; NaN, infinity and
other lengths raise ValueError.
"""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Literal, NamedTuple

from telemetry.rules.metrics.inputs import finite
from telemetry.rules.metrics.lines import Line, least_squares, theil_sen

__all__ = [
    "Crossing",
    "Cusum",
    "Ewma",
    "Line",
    "Side",
    "cusum",
    "ewma",
    "ewma_chart",
    "forecast_crossing",
    "least_squares",
    "moving_range_sigma",
    "theil_sen",
]

Side = Literal["above", "below"]

MEAN_RANGE_OF_TWO = 1.1283791670955126
"""Mean range of two draws from a normal distribution, in standard deviations: 2 / sqrt(pi)."""


class Ewma(NamedTuple):
    """A chart: the smoothed values, its limits, and the first point beyond one of them."""

    values: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    signal: int | None
    side: Side | None


class Cusum(NamedTuple):
    """Both sums in standard deviations, and the first point at which one passes the decision."""

    high: tuple[float, ...]
    low: tuple[float, ...]
    signal: int | None
    side: Side | None


class Crossing(NamedTuple):
    """When a line meets a limit, with the bounds of 95 % in time (an open end is infinite).

    `at` lies before the last time when the line is past the limit already.
    """

    at: float
    earliest: float
    latest: float
    line: Line


def moving_range_sigma(values: Sequence[float]) -> float | None:
    """Return the short-term standard deviation: mean |step| between neighbours / 1.128.

    A slow slide hardly moves it, unlike the standard deviation of all values. In the unit of the
    values. None for less than two. NIST/SEMATECH e-Handbook 6.3.2.2.
    """
    finite(values)
    if len(values) < 2:
        return None
    steps = [abs(after - before) for before, after in zip(values, values[1:], strict=False)]
    return fmean(steps) / MEAN_RANGE_OF_TWO


def ewma(
    values: Sequence[float], *, weight: float = 0.2, start: float | None = None
) -> list[float]:
    """Return z_i = weight x_i + (1 - weight) z_(i-1), from `start` or from the first value.

    As many values as came in. Raises ValueError unless 0 < weight <= 1. Roberts, Technometrics 1
    (1959).
    """
    finite(values)
    if not 0 < weight <= 1:
        raise ValueError(f"{weight} is no weight")
    smoothed: list[float] = []
    level = start if start is not None or not values else values[0]
    for value in values:
        level = value if level is None else weight * value + (1 - weight) * level
        smoothed.append(level)
    return smoothed


def ewma_chart(
    values: Sequence[float],
    *,
    target: float,
    sigma: float,
    weight: float = 0.2,
    width: float = 3.0,
) -> Ewma | None:
    """Return the chart of values around `target`, with limits of `width` standard deviations.

    `sigma` is the standard deviation of one value, in its unit. The limits are the exact ones that
    widen from the start: width sigma sqrt(w / (2 - w) (1 - (1 - w)^(2 i))). None without values or
    for sigma 0 (a constant reference says nothing). ValueError for weight, NaN or sigma < 0.
    NIST/SEMATECH e-Handbook 6.3.2.4.
    """
    if not _chartable(values, target, sigma):
        return None
    smoothed = ewma(values, weight=weight, start=target)
    halves = [
        width * sigma * math.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * place)))
        for place in range(1, len(values) + 1)
    ]
    above = _first([z > target + half for z, half in zip(smoothed, halves, strict=True)])
    below = _first([z < target - half for z, half in zip(smoothed, halves, strict=True)])
    lower, upper = tuple(target - half for half in halves), tuple(target + half for half in halves)
    return Ewma(tuple(smoothed), lower, upper, *_earlier(above, below))


def cusum(
    values: Sequence[float],
    *,
    target: float,
    sigma: float,
    slack: float = 0.5,
    decision: float = 5.0,
) -> Cusum | None:
    """Return the tabular CUSUM: H = max(0, H + z - slack), L = max(0, L - z - slack).

    z is the distance from `target` in `sigma`; `slack` (half the shift to find) and `decision` are
    in standard deviations; a signal is a sum beyond `decision`. The sums go on after a signal.
    None and ValueError as for `ewma_chart`. Page, Biometrika 41 (1954); NIST/SEMATECH e-Handbook
    6.3.2.3.
    """
    if not _chartable(values, target, sigma):
        return None
    up, down = 0.0, 0.0
    high: list[float] = []
    low: list[float] = []
    for value in values:
        z = (value - target) / sigma
        up, down = max(0.0, up + z - slack), max(0.0, down - z - slack)
        high.append(up)
        low.append(down)
    above = _first([total > decision for total in high])
    below = _first([total > decision for total in low])
    return Cusum(tuple(high), tuple(low), *_earlier(above, below))


def forecast_crossing(
    values: Sequence[float], times: Sequence[float], limit: float, direction: Side
) -> Crossing | None:
    """Return when the least-squares line meets `limit`; `direction` is the side that is a breach.

    None when there is no line, when the 95 % interval of the slope holds zero, or when the line
    leads away from the breach: no slide is sure. A perfect line has no width. Bounds in time are
    Fieller's for the true line: J. Royal Statistical Society B 16 (1954). Raises ValueError for
    NaN, infinity, other lengths or another direction.
    """
    finite([limit], "the limit")
    if direction not in ("above", "below"):
        raise ValueError(f"{direction} is no side of a limit")
    line = least_squares(values, times)
    if line is None or not line.sure or (line.slope > 0) != (direction == "above"):
        return None
    spread = math.fsum((time - line.middle) ** 2 for time in times)
    early, late = _fieller(line, spread, limit - line.level)
    meets = line.middle + (limit - line.level) / line.slope
    return Crossing(meets, line.middle + early, line.middle + late, line)


def _fieller(line: Line, spread: float, rise: float) -> tuple[float, float]:
    """Return the bounds, from the middle, between which the true line rises by `rise`.

    Where (rise - slope u)^2 = t^2 s^2 (1 / n + u^2 / spread); the slope is sure, so both exist.
    """
    half = line.high - line.slope
    lead = line.slope**2 - half**2
    centre = line.slope * rise / lead
    inner = (half * rise) ** 2 + lead * half**2 * spread / line.n
    reach = math.sqrt(max(inner, 0.0)) / lead
    return centre - reach, centre + reach


def _chartable(values: Sequence[float], target: float, sigma: float) -> bool:
    finite([*values, target, sigma])
    if sigma < 0:
        raise ValueError("a standard deviation is not negative")
    return bool(values) and sigma > 0


def _first(hits: Sequence[bool]) -> int | None:
    return next((place for place, hit in enumerate(hits) if hit), None)


def _earlier(above: int | None, below: int | None) -> tuple[int | None, Side | None]:
    if above is None and below is None:
        return None, None
    if below is None or (above is not None and above <= below):
        return above, "above"
    return below, "below"
