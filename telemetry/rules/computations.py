"""KPIs from aggregated counts of decision events: one pure function each.

Rates are ratios between 0 and 1, latency is in milliseconds, counts are counts. `n` is the number
of cases that the figure rests on. A rate over fewer than ten cases is no figure at all (None):
groups so small are never shown or exported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from telemetry.rules.statistics import Confusion, Interval, difference, nearest_rank, wilson

SMALLEST_GROUP = 10
P95 = 0.95


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed value with the cases it rests on, and its 95 % interval where one is known."""

    value: float
    n: int
    low: float | None = None
    high: float | None = None


def accuracy(*, correct: int, labelled: int) -> Figure | None:
    """Answers that equal the truth, of those whose truth is known."""
    return _rate(correct, labelled)


def recall(confusion: Confusion) -> Figure | None:
    """Of the cases that are of the class, those answered so; n is the cases of the class."""
    return _rate(confusion.true_positive, confusion.actual)


def precision(confusion: Confusion) -> Figure | None:
    """Of the cases answered with the class, those that are of it; n is the answers."""
    return _rate(confusion.true_positive, confusion.predicted)


def f1(confusion: Confusion) -> Figure | None:
    """Harmonic mean of precision and recall; n is the labelled cases. It has no interval here."""
    value = confusion.f1
    if value is None or confusion.total < SMALLEST_GROUP:
        return None
    return Figure(value, confusion.total)


def override_rate(*, overridden: int, reviewed: int) -> Figure | None:
    """Outputs that a human changed or rejected, of those reviewed (AI Act, Art. 14(4)(d))."""
    return _rate(overridden, reviewed)


def parity_gap(
    *, reference_positive: int, reference_n: int, other_positive: int, other_n: int
) -> Figure | None:
    """Positive rate of the reference group minus that of the other; positive is a disadvantage.

    With Newcombe's 95 % interval; n is the smaller group, which is what a least n is held against.
    None when either group has fewer than ten cases (NIST AI RMF, MEASURE 2.11).
    """
    if min(reference_n, other_n) < SMALLEST_GROUP:
        return None
    gap = difference(reference_positive, reference_n, other_positive, other_n)
    return _figure(gap, min(reference_n, other_n))


def latency_p95(latencies: Sequence[float]) -> Figure | None:
    """The 95th percentile by nearest rank, in milliseconds: a latency that somebody had."""
    if len(latencies) < SMALLEST_GROUP:
        return None
    return Figure(nearest_rank(latencies, P95), len(latencies))


def groundedness(*, grounded: int, judged: int) -> Figure | None:
    """Answers supported by their context, of those judged for it."""
    return _rate(grounded, judged)


def task_success(*, succeeded: int, finished: int) -> Figure | None:
    """Tasks that met all checks, of all that ended; a partial success is none."""
    return _rate(succeeded, finished)


def boundary_violations(*, executed: int, events: int) -> Figure | None:
    """Forbidden actions that were carried out, as a count over all events of the window.

    None when there were no events: nothing is known then. One violation is enough to count, so
    there is no smallest group; it is computed for the whole system, never by segment.
    """
    return None if events < 1 else Figure(float(executed), events)


def spend_ratio(*, spend: float, limit: float, events: int) -> Figure | None:
    """Spend of the window as a share of its limit; None without events or without a limit."""
    if events < 1 or limit <= 0:
        return None
    return Figure(spend / limit, events)


def volume(*, events: int) -> Figure:
    """Decision events of the window. Zero is a figure: that nothing was decided is known."""
    return Figure(float(events), events)


COMPUTATIONS: dict[str, Callable[..., Figure | None]] = {
    "accuracy": accuracy,
    "recall": recall,
    "precision": precision,
    "f1": f1,
    "human_override_rate": override_rate,
    "demographic_parity_difference": parity_gap,
    "latency_p95": latency_p95,
    "groundedness": groundedness,
    "task_success_full": task_success,
    "boundary_violations": boundary_violations,
    "spend_ratio": spend_ratio,
    "volume": volume,
}


def _rate(part: int, whole: int) -> Figure | None:
    return None if whole < SMALLEST_GROUP else _figure(wilson(part, whole), whole)


def _figure(interval: Interval, n: int) -> Figure:
    return Figure(interval.value, n, interval.low, interval.high)
