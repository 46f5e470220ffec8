"""From counts over decision events to the figure of a KPI; and which windows an event lies in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from telemetry.rules import computations as kpis
from telemetry.rules.computations import SMALLEST_GROUP, Figure
from telemetry.rules.statistics import Confusion, wilson

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted over the events of one window and segment.

    `labelled` have answer and truth, `reviewed` were looked at by a human, `judged` for their
    sources; `finished` tasks ended. The confusion is that of one answer against the rest.
    """

    events: int
    labelled: int
    correct: int
    reviewed: int
    overridden: int
    judged: int
    grounded: int
    finished: int
    succeeded: int
    executed: int
    blocked: int
    escalated: int
    spend: float
    answered: int
    positive: int
    timed: int
    latency_p95: float | None
    true_positive: int
    false_positive: int
    false_negative: int

    @property
    def confusion(self) -> Confusion:
        """The positive answer against the rest, over the labelled events."""
        hits = self.true_positive + self.false_positive + self.false_negative
        return Confusion(
            true_positive=self.true_positive,
            false_positive=self.false_positive,
            false_negative=self.false_negative,
            true_negative=self.labelled - hits,
        )


FIGURES: dict[str, Callable[[Counts, float], Figure | None]] = {
    "accuracy": lambda c, _: kpis.accuracy(correct=c.correct, labelled=c.labelled),
    "recall": lambda c, _: kpis.recall(c.confusion),
    "precision": lambda c, _: kpis.precision(c.confusion),
    "f1": lambda c, _: kpis.f1(c.confusion),
    "human_override_rate": lambda c, _: kpis.override_rate(
        overridden=c.overridden, reviewed=c.reviewed
    ),
    "latency_p95": lambda c, _: _latency(c),
    "groundedness": lambda c, _: kpis.groundedness(grounded=c.grounded, judged=c.judged),
    "task_success_full": lambda c, _: kpis.task_success(succeeded=c.succeeded, finished=c.finished),
    "boundary_violations": lambda c, _: kpis.boundary_violations(
        executed=c.executed, events=c.events
    ),
    "budget_consumption": lambda c, limit: kpis.spend_ratio(
        spend=c.spend, limit=limit, events=c.events
    ),
    "decision_volume": lambda c, _: kpis.volume(events=c.events),
    "positive_answer_rate": lambda c, _: _share(c.positive, c.answered),
    "escalation_rate": lambda c, _: _share(c.escalated, c.events),
    "blocked_actions_pct": lambda c, _: _share(c.blocked, c.events),
}
GAP = "demographic_parity_difference"
COMPUTED = frozenset({*FIGURES, GAP})
NEEDS_POSITIVE = frozenset({"recall", "precision", "f1", "positive_answer_rate", GAP})
NEEDS_LIMIT = frozenset({"budget_consumption"})
WHOLE_ONLY = frozenset({"boundary_violations", "budget_consumption", "decision_volume"})


def figure_of(kpi: str, counts: Counts, limit: float | None) -> Figure | None:
    """Return the figure of a KPI; None where too few cases say anything. Raises KeyError."""
    return FIGURES[kpi](counts, limit or 0.0)


def gap_between(reference: Counts, other: Counts) -> Figure | None:
    """Return by how much the other group is favoured less often; positive is its disadvantage."""
    return kpis.parity_gap(
        reference_positive=reference.positive,
        reference_n=reference.answered,
        other_positive=other.positive,
        other_n=other.answered,
    )


def window_ends(instants: Iterable[datetime], seconds: int) -> set[datetime]:
    """Return the ends of the windows that instants lie in.

    Windows are aligned to 1970-01-01 in UTC, and hold their beginning but not their end.
    """
    length = timedelta(seconds=seconds)
    numbers = {(instant - EPOCH) // length for instant in instants}
    return {EPOCH + (number + 1) * length for number in numbers}


def _latency(counts: Counts) -> Figure | None:
    if counts.timed < SMALLEST_GROUP or counts.latency_p95 is None:
        return None
    return Figure(counts.latency_p95, counts.timed)


def _share(part: int, whole: int) -> Figure | None:
    if whole < SMALLEST_GROUP:
        return None
    interval = wilson(part, whole)
    return Figure(interval.value, whole, interval.low, interval.high)
