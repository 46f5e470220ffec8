"""What a decision fixes about the proof of an action, from the bands that were breached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    """A series with the limits of the threshold version that it breached."""

    series_id: int
    kpi_id: str
    words: str
    direction: str
    warning: float | None
    critical: float | None
    recover_warning: float | None
    instant_critical: float | None
    low_side: Mapping[str, float | None] | None
    least_n: int
    window_seconds: int
    cadence_seconds: int


def measured_rule(series: Measured, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rule of a measured proof: readings strictly on the safe side of recovery."""
    upper = _recovery(series.recover_warning, series.warning, series.critical)
    rule: dict[str, Any] = {
        "series_id": series.series_id,
        "kpi": series.kpi_id,
        "words": series.words,
        "least_n": series.least_n,
        "window_seconds": series.window_seconds,
        "cadence_seconds": series.cadence_seconds,
    }
    if series.direction == "below":
        limits = {"above": upper, "instant_low": series.instant_critical}
    else:
        limits = {"below": upper, "instant_high": series.instant_critical}
    if series.direction == "outside" and series.low_side:
        low = series.low_side
        limits["above"] = _recovery(
            low.get("recover_warning"), low.get("warning"), low.get("critical")
        )
        limits["instant_low"] = low.get("instant_critical")
    kept = {name: limit for name, limit in limits.items() if limit is not None}
    return dict(defaults) | rule | kept


def _recovery(*limits: float | None) -> float | None:
    return next((limit for limit in limits if limit is not None), None)
