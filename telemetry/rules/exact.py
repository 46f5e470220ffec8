"""Figures that no sums of hours can give: made from every case of a window when it has ended.

Each takes the columns that telemetry.selectors.cases reads for it, case by case in one order, and
the terms of the computation. None under ten cases, like every figure.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import fmean
from typing import Any

from telemetry.rules.computations import SMALLEST_GROUP, Figure
from telemetry.rules.metrics.agents import loop_rate
from telemetry.rules.metrics.calibration import brier, ece, log_loss
from telemetry.rules.metrics.classification import (
    balanced_accuracy,
    confusion_of,
    pr_auc,
    roc_auc,
    roc_auc_interval,
)
from telemetry.rules.metrics.inputs import bounded, plain, share
from telemetry.rules.metrics.language import words
from telemetry.rules.metrics.percentiles import percentile
from telemetry.rules.metrics.ranking import mean_average_precision, mrr_of_places, ndcg_at_k

Columns = Sequence[Sequence[Any]]
FIRST_ITEMS = 10
MOST_REPEATS = 3
MEDIAN, P95, P99 = 0.5, 0.95, 0.99
MINUTE, DAY = 60.0, 86400.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a computation states beside its KPI: `limit` is k of a ranking, repeats of a loop."""

    positive: str = ""
    limit: float | None = None


Exact = Callable[[Columns, Terms], Figure | None]


def _percentile(rank: float, unit: float = 1.0) -> Exact:
    def figure(columns: Columns, _: Terms) -> Figure | None:
        return percentile([value / unit for value in columns[0]], rank)

    return figure


def _roc_auc(columns: Columns, _: Terms) -> Figure | None:
    scores, labels = columns
    found = bounded(roc_auc_interval(scores, labels), len(scores))
    return found or plain(roc_auc(scores, labels), len(scores))


def _of_pairs(formula: Callable[[Sequence[float], Sequence[bool]], float | None]) -> Exact:
    return lambda columns, _: plain(formula(columns[0], columns[1]), len(columns[0]))


def _balanced(columns: Columns, _: Terms) -> Figure | None:
    table = confusion_of(zip(columns[0], columns[1], strict=True))
    return plain(balanced_accuracy(table), len(columns[0]))


def _rankings(columns: Columns) -> list[list[float]]:
    """Return the gains in the order shown; what is relevant and was not shown stands behind."""
    found = []
    for shown, relevant in zip(*columns, strict=True):
        wanted = set(relevant)
        gains = [float(item in wanted) for item in shown]
        found.append(gains + [1.0] * len(wanted - set(shown)))
    return [gains for gains in found if any(gains)]


def _ndcg(columns: Columns, terms: Terms) -> Figure | None:
    rankings = _rankings(columns)
    first = max(int(terms.limit or FIRST_ITEMS), 1)
    return plain(ndcg_at_k(rankings, first), len(rankings))


def _mrr(columns: Columns, _: Terms) -> Figure | None:
    """What was not shown is not found: it counts 0, not by a place behind the list."""
    places = [_first_place(*pair) for pair in zip(*columns, strict=True) if pair[1]]
    return plain(mrr_of_places(places), len(places))


def _first_place(shown: Sequence[str], relevant: Sequence[str]) -> int | None:
    wanted = set(relevant)
    return next((place for place, item in enumerate(shown, 1) if item in wanted), None)


def _map(columns: Columns, _: Terms) -> Figure | None:
    """Relevant items that were not shown bring no precision, but are counted among the relevant."""
    cases = [pair for pair in zip(*columns, strict=True) if pair[1]]
    found = [_average_precision(*pair) for pair in cases]
    return plain(sum(found) / len(found) if found else None, len(found))


def _average_precision(shown: Sequence[str], relevant: Sequence[str]) -> float:
    wanted = set(relevant)
    shown_part = mean_average_precision([[float(item in wanted) for item in shown]]) or 0.0
    return shown_part * len(wanted & set(shown)) / len(wanted)


def _consistency(columns: Columns, _: Terms) -> Figure | None:
    """The mean over questions of the pairs of answers that agree; n is the answers repeated.

    As telemetry.rules.metrics.language.consistency, without looking at each pair.
    """
    by_question: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for digest, answer in zip(*columns, strict=True):
        by_question[digest][tuple(words(answer))] += 1
    repeated = [said for said in by_question.values() if said.total() > 1]
    shares = [_pairs(said.values()) / _pairs([said.total()]) for said in repeated]
    return plain(fmean(shares) if shares else None, sum(said.total() for said in repeated))


def _pairs(sizes: Iterable[int]) -> int:
    return sum(comb(size, 2) for size in sizes)


def _conversation_length(columns: Columns, _: Terms) -> Figure | None:
    turns = Counter(columns[0])
    return plain(turns.total() / len(turns) if turns else None, len(turns))


def _share_of_true(columns: Columns, _: Terms) -> Figure | None:
    return share(sum(columns[0]), len(columns[0]))


def _loops(columns: Columns, terms: Terms) -> Figure | None:
    return loop_rate(columns[0], most=max(int(terms.limit or MOST_REPEATS), 1))


EXACT: dict[str, Exact] = {
    "latency_p50": _percentile(MEDIAN),
    "latency_p95": _percentile(P95),
    "latency_p99": _percentile(P99),
    "error_p95": _percentile(P95),
    "completion_time": _percentile(MEDIAN, MINUTE),
    "approval_time": _percentile(MEDIAN),
    "label_delay": _percentile(MEDIAN, DAY),
    "roc_auc": _roc_auc,
    "pr_auc": _of_pairs(pr_auc),
    "brier_score": _of_pairs(brier),
    "log_loss": _of_pairs(log_loss),
    "calibration_error": _of_pairs(ece),
    "balanced_accuracy": _balanced,
    "ndcg_at_k": _ndcg,
    "mrr": _mrr,
    "mean_average_precision": _map,
    "response_consistency": _consistency,
    "reviewer_agreement": _share_of_true,
    "conversation_length": _conversation_length,
    "loop_rate": _loops,
}
BY_TOOL = frozenset({
    "tool_call_success_rate", "timeout_rate", "retry_rate", "auth_failure_rate",
    "schema_mismatch_rate",
})  # fmt: skip
TOOL = "tool"
NEEDS_CLASS = frozenset({"roc_auc", "pr_auc", "brier_score", "log_loss"})


def exact_of(kpi: str, columns: Columns, terms: Terms) -> Figure | None:
    """Return the figure of a KPI from its cases; None where they say nothing. Raises KeyError."""
    if not columns or len(columns[0]) < SMALLEST_GROUP:
        return None
    formula = _share_of_true if kpi in BY_TOOL else EXACT[kpi]
    try:
        return formula(columns, terms)
    except ValueError:
        # Such as a probability beyond 1: no figure is made of what is no case of it.
        return None
