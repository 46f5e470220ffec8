"""What a decision fixes about the proof of an action, from the bands that were breached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

JUDGES: Mapping[str, str] = {
    "trend": "trend",
    "budget": "budget",
    "pair": "pair",
    "fairness": "fairness",
    "version": "version",
    "fault": "arrival",
    "silence": "arrival",
}
"""Kinds of incidents that are proved by their own measure, and who judges that."""
DAY = 86400


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


def rules_for(
    kind: str, series: Sequence[Measured], defaults: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the rules that prove a repair by what the incident was judged by, one for each series.

    An unapproved version is proved by a day of decisions that approved versions answered.
    """
    judge = JUDGES.get(kind, "")
    if judge == "version":
        words = "answers by approved versions alone"
        return [{**defaults, "judge": judge, "words": words, "lasts_seconds": DAY, "least_n": 1}]
    rules = [measured_rule(one, defaults) for one in series]
    if judge == "fairness":
        rules = [rule | _outer(one) for rule, one in zip(rules, series, strict=True)]
    return [rule | {"judge": judge} for rule in rules] if judge else rules


def _outer(series: Measured) -> dict[str, float]:
    """What the interval of a reading must keep off: where it would breach."""
    first = series.warning if series.warning is not None else series.critical
    low = series.low_side or {}
    sides = {"outer_above": low.get("warning")} if series.direction == "outside" else {}
    sides["outer_above" if series.direction == "below" else "outer_below"] = first
    return {name: limit for name, limit in sides.items() if limit is not None}


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
