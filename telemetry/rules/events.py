"""From counts over decision events to the figure of a KPI; and which windows an event lies in.

Shares are ratios between 0 and 1. A share or mean over fewer than ten cases is no figure (None).
"""

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from telemetry.rules import computations as kpis
from telemetry.rules.computations import SMALLEST_GROUP, Figure
from telemetry.rules.exact import EXACT, NEEDS_CLASS
from telemetry.rules.fairness_kpis import GAPS
from telemetry.rules.metrics.quantiles import student
from telemetry.rules.statistics import wilson
from telemetry.rules.tallies import Counts, Number

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60
Formula = Callable[[Counts, float], Figure | None]


def _share(part: int, whole: int) -> Figure | None:
    if whole < SMALLEST_GROUP:
        return None
    interval = wilson(part, whole)
    return Figure(interval.value, whole, interval.low, interval.high)


def _count(part: int, events: int) -> Figure | None:
    """A count of what must not be has no smallest group; without events nothing is known."""
    return Figure(float(part), events) if events else None


def _mean(total: Number, n: int) -> Figure | None:
    return Figure(float(Decimal(total) / n), n) if n >= SMALLEST_GROUP else None


def _per_thousand(part: int, whole: int) -> Figure | None:
    return Figure(1000 * part / whole, whole) if whole >= SMALLEST_GROUP else None


def _share_between(low: str, whole: str) -> Formula:
    return lambda counts, _: _share(getattr(counts, low), getattr(counts, whole))


def _mean_of(total: str, n: str) -> Formula:
    return lambda counts, _: _mean(getattr(counts, total), getattr(counts, n))


SHARES = {
    "human_override_rate": ("overridden", "reviewed"),
    "groundedness": ("grounded", "judged"),
    "task_success_full": ("succeeded", "finished"),
    "task_success_partial": ("partly", "finished"),
    "task_failure": ("failed", "finished"),
    "positive_answer_rate": ("positive", "answered"),
    "escalation_rate": ("escalated", "events"),
    "blocked_actions_pct": ("blocked", "events"),
    "intervention_rate": ("intervened", "events"),
    "hallucination_rate": ("hallucinated", "hallucination_judged"),
    "factual_accuracy": ("factual", "fact_checked"),
    "toxicity_rate": ("toxic", "toxicity_judged"),
    "refusal_rate": ("refused", "refusal_told"),
    "refusal_against_override": ("refused_overridden", "refused_reviewed"),
    "format_compliance": ("format_ok", "format_checked"),
    "positive_feedback_rate": ("thumbs_up", "reacted"),
    "ctr": ("clicked", "shown"),
    "skip_rate": ("skipped", "shown"),
    "unanswered_rate": ("unanswered", "questions"),
    "reopen_rate": ("reopened", "reopening_judged"),
    "trace_coverage": ("traced", "events"),
    "tool_call_success_rate": ("tool_successes", "tool_calls"),
    "timeout_rate": ("tool_timeouts", "tool_calls"),
    "retry_rate": ("tool_retries", "tool_calls"),
    "auth_failure_rate": ("tool_auth_failures", "tool_calls"),
    "schema_mismatch_rate": ("tool_schema_mismatches", "tool_calls"),
    "approval_rate": ("approvals_granted", "approvals_answered"),
    "interval_coverage": ("in_interval", "intervals"),
}
MEANS = {
    "cost_per_request": ("cost", "costed"),
    "tokens_per_response": ("tokens_out", "tokens_told"),
    "mae": ("absolute_error", "measured"),
    "mape": ("relative_error", "relative"),
    "smape": ("symmetric_error", "measured"),
    "interval_width": ("interval_width", "intervals"),
}
FIGURES: dict[str, Formula] = {
    "accuracy": lambda c, _: kpis.accuracy(correct=c.correct, labelled=c.labelled),
    "recall": lambda c, _: kpis.recall(c.confusion),
    "precision": lambda c, _: kpis.precision(c.confusion),
    "f1": lambda c, _: kpis.f1(c.confusion),
    "boundary_violations": lambda c, _: kpis.boundary_violations(
        executed=c.executed, events=c.events
    ),
    "boundary_attempts_blocked": lambda c, _: _count(c.stopped_attempts, c.events),
    "near_misses": lambda c, _: _count(c.near_misses, c.events),
    "policy_violations_per_1k_actions": lambda c, _: _per_thousand(c.attempted, c.events),
    "budget_consumption": lambda c, limit: kpis.spend_ratio(
        spend=float(c.spend), limit=limit, events=c.events
    ),
    "decision_volume": lambda c, _: kpis.volume(events=c.events),
    "cost_per_prediction": lambda c, _: _mean_with_bounds(c.cost, c.cost_squared, c.costed),
    "rework_time": lambda c, _: _mean(Decimal(c.corrected_seconds) / MINUTE, c.corrected),
    "rmse": lambda c, _: _root_mean(c.squared_error, c.measured),
    "forecast_bias": lambda c, _: _relative_bias(c),
    "r_squared": lambda c, _: _explained(c),
    **{kpi: _share_between(*names) for kpi, names in SHARES.items()},
    **{kpi: _mean_of(*names) for kpi, names in MEANS.items()},
}
COMPUTED = frozenset({*FIGURES, *GAPS, *EXACT})
NEEDS_POSITIVE = frozenset({
    "recall", "precision", "f1", "positive_answer_rate", *GAPS, *NEEDS_CLASS,
})  # fmt: skip
NEEDS_LIMIT = frozenset({"budget_consumption"})
WHOLE_ONLY = frozenset({
    "boundary_violations", "boundary_attempts_blocked", "near_misses", "budget_consumption",
    "decision_volume",
})  # fmt: skip


def figure_of(kpi: str, counts: Counts, limit: float | None) -> Figure | None:
    """Return the figure of a KPI; None where too few cases say anything. Raises KeyError."""
    return finite(FIGURES[kpi](counts, limit or 0.0))


def finite(figure: Figure | None) -> Figure | None:
    """Return a figure whose value is a number; what is beyond all numbers is not known."""
    if figure is None or not math.isfinite(figure.value):
        return None
    bounds = [bound for bound in (figure.low, figure.high) if bound is not None]
    return figure if all(map(math.isfinite, bounds)) else Figure(figure.value, figure.n)


def window_ends(instants: Iterable[datetime], seconds: int) -> set[datetime]:
    """Return the ends of the windows that instants lie in.

    Windows are aligned to 1970-01-01 in UTC, and hold their beginning but not their end.
    """
    length = timedelta(seconds=seconds)
    numbers = {(instant - EPOCH) // length for instant in instants}
    return {EPOCH + (number + 1) * length for number in numbers}


def _mean_with_bounds(total: Number, squares: Number, n: int) -> Figure | None:
    """The mean with Student's 95 % interval, from exact sums, so that nothing cancels out."""
    if n < SMALLEST_GROUP:
        return None
    mean = Fraction(total) / n
    variance = (Fraction(squares) - mean * Fraction(total)) / (n - 1)
    half = student(n - 1) * math.sqrt(max(_float(variance / n), 0.0))
    return Figure(_float(mean), n, _float(mean) - half, _float(mean) + half)


def _root_mean(squares: Number, n: int) -> Figure | None:
    mean = _mean(squares, n)
    return None if mean is None else Figure(math.sqrt(mean.value), n)


def _relative_bias(counts: Counts) -> Figure | None:
    if counts.measured < SMALLEST_GROUP or not counts.actual:
        return None
    return Figure(float(Decimal(counts.error) / abs(Decimal(counts.actual))), counts.measured)


def _explained(counts: Counts) -> Figure | None:
    n = counts.measured
    if n < SMALLEST_GROUP:
        return None
    spread = Fraction(counts.actual_squared) - Fraction(counts.actual) ** 2 / n
    if spread <= 0:
        return None
    return Figure(_float(1 - Fraction(counts.squared_error) / spread), n)


def _float(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf
