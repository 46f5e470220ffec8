"""Trend rules, error budgets and guardrail pairs as their author states them, and their faults."""

import math
from dataclasses import dataclass, field
from typing import Literal

HOUR, DAY = 3600, 86400
YEAR = 366 * DAY


@dataclass(frozen=True, slots=True)
class TrendStated:
    """How slides are told: method, seconds ahead, least valid windows; disabled ends it."""

    method: str = "slope"
    horizon_seconds: int = 28 * DAY
    least_windows: int = 8
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class BurnStated:
    """A state ('warning', 'critical') that fires when both windows burn `burn` times too fast."""

    state: str
    long_seconds: int
    short_seconds: int
    burn: float


STANDARD_BURNS = (
    BurnStated("warning", 6 * HOUR, HOUR // 2, 6.0),
    BurnStated("critical", HOUR, HOUR // 12, 14.4),
)


@dataclass(frozen=True, slots=True)
class BudgetStated:
    """An objective: the share that must succeed over a period, and what fires."""

    objective: float
    failure_limit: float | None = None
    period_days: int = 30
    pairs: tuple[BurnStated, ...] = STANDARD_BURNS
    warning_spent: float = 0.75
    critical_spent: float = 1.0
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class PairStated:
    """What a gain must not cost: how much worse its guardrail may get, over which windows."""

    warning: float
    critical: float | None = None
    mode: Literal["points", "share"] = "points"
    window_seconds: int = 7 * DAY
    reference_windows: int = 6
    fires_k: int = 2
    fires_n: int = 3
    least_n: int = 100
    enabled: bool = True


@dataclass(slots=True)
class _Faults:
    found: dict[str, str] = field(default_factory=dict)

    def unless(self, holds: bool, name: str, words: str) -> None:
        """Note a fault of a field."""
        if not holds:
            self.found.setdefault(name, words)


def faults_of(stated: TrendStated | BudgetStated | PairStated) -> dict[str, str]:
    """Return what cannot be used, in a sentence by field; empty where all is well."""
    faults = _Faults()
    if isinstance(stated, TrendStated):
        _trend_faults(stated, faults)
    elif isinstance(stated, BudgetStated):
        _budget_faults(stated, faults)
    else:
        _pair_faults(stated, faults)
    return faults.found


def _trend_faults(stated: TrendStated, faults: _Faults) -> None:
    faults.unless(
        stated.method in ("slope", "ewma", "cusum"), "method", "Use slope, ewma or cusum."
    )
    faults.unless(
        DAY <= stated.horizon_seconds <= YEAR, "horizon_seconds", "Look 1 to 366 days ahead."
    )
    faults.unless(
        3 <= stated.least_windows <= 100, "least_windows", "A slide takes 3 to 100 windows."
    )


def _budget_faults(stated: BudgetStated, faults: _Faults) -> None:
    faults.unless(
        0 < stated.objective < 1,
        "objective",
        "The objective is a share above 0 and below 1: one that allows nothing has no budget.",
    )
    faults.unless(
        stated.failure_limit is None or math.isfinite(stated.failure_limit),
        "failure_limit",
        "A limit is a number.",
    )
    faults.unless(1 <= stated.period_days <= 366, "period_days", "A period is 1 to 366 days.")
    faults.unless(
        0 < stated.warning_spent <= stated.critical_spent <= 1,
        "warning_spent",
        "Shares spent: 0 < warning <= critical <= 1.",
    )
    faults.unless(len(stated.pairs) <= 2, "pairs", "At most two pairs of windows.")
    states = [pair.state for pair in stated.pairs]
    faults.unless(
        len(set(states)) == len(states) and set(states) <= {"warning", "critical"},
        "pairs",
        "One pair of windows each for warning and critical.",
    )
    for pair in stated.pairs:
        _burn_faults(pair, stated.period_days, faults)


def _burn_faults(pair: BurnStated, period_days: int, faults: _Faults) -> None:
    faults.unless(
        0 < pair.short_seconds < pair.long_seconds <= period_days * DAY,
        "pairs",
        "The short window is shorter than the long one, and that fits into the period.",
    )
    faults.unless(
        math.isfinite(pair.burn) and 0 < pair.burn <= 1_000_000, "pairs", "A burn rate is above 0."
    )


def _pair_faults(stated: PairStated, faults: _Faults) -> None:
    faults.unless(
        math.isfinite(stated.warning) and stated.warning > 0,
        "warning",
        "Say how much worse the guardrail may get: a number above 0.",
    )
    critical = stated.critical
    faults.unless(
        critical is None or (math.isfinite(critical) and critical >= stated.warning),
        "critical",
        "Critical is at least as far as warning.",
    )
    faults.unless(stated.mode in ("points", "share"), "mode", "Use points or share.")
    faults.unless(
        HOUR <= stated.window_seconds <= YEAR, "window_seconds", "A window is 1 hour to a year."
    )
    faults.unless(
        2 <= stated.reference_windows <= 52, "reference_windows", "2 to 52 windows before."
    )
    faults.unless(
        1 <= stated.fires_k <= stated.fires_n <= 20, "fires_k", "1 <= k <= n <= 20 windows."
    )
    faults.unless(0 <= stated.least_n < 2**31, "least_n", "A number of cases is not negative.")
