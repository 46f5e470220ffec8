"""What is added up over decision events, and which windows the sums of hours can answer.

Every measure is a sum of what each event brings, so sums of hours add up to the sums of a window,
in any order and to the last digit: whole numbers and exact decimals.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from telemetry.rules.statistics import Confusion

HOUR = 3600
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
Number = int | Decimal


class Counts(NamedTuple):
    """What was counted over the events of one window and segment.

    `labelled` have answer and truth, `reviewed` were looked at by a human, `judged` for their
    sources; `finished` tasks ended. True and false positives are those of one answer against the
    rest. Sums of money, tokens, seconds and errors are decimals, as the events told them.
    """

    events: int = 0
    labelled: int = 0
    correct: int = 0
    reviewed: int = 0
    overridden: int = 0
    judged: int = 0
    grounded: int = 0
    finished: int = 0
    succeeded: int = 0
    partly: int = 0
    failed: int = 0
    attempted: int = 0
    executed: int = 0
    blocked: int = 0
    stopped_attempts: int = 0
    escalated: int = 0
    near_misses: int = 0
    intervened: int = 0
    answered: int = 0
    positive: int = 0
    timed: int = 0
    true_positive: int = 0
    false_positive: int = 0
    false_negative: int = 0
    hallucination_judged: int = 0
    hallucinated: int = 0
    fact_checked: int = 0
    factual: int = 0
    toxicity_judged: int = 0
    toxic: int = 0
    refusal_told: int = 0
    refused: int = 0
    refused_reviewed: int = 0
    refused_overridden: int = 0
    format_checked: int = 0
    format_ok: int = 0
    reacted: int = 0
    thumbs_up: int = 0
    shown: int = 0
    clicked: int = 0
    skipped: int = 0
    questions: int = 0
    unanswered: int = 0
    reopening_judged: int = 0
    reopened: int = 0
    traced: int = 0
    corrected: int = 0
    costed: int = 0
    tokens_told: int = 0
    tool_calls: int = 0
    tool_successes: int = 0
    tool_timeouts: int = 0
    tool_retries: int = 0
    tool_auth_failures: int = 0
    tool_schema_mismatches: int = 0
    approvals_answered: int = 0
    approvals_granted: int = 0
    measured: int = 0
    relative: int = 0
    intervals: int = 0
    in_interval: int = 0
    spend: Number = 0
    cost: Number = 0
    cost_squared: Number = 0
    tokens_out: Number = 0
    corrected_seconds: Number = 0
    actual: Number = 0
    actual_squared: Number = 0
    error: Number = 0
    absolute_error: Number = 0
    squared_error: Number = 0
    relative_error: Number = 0
    symmetric_error: Number = 0
    interval_width: Number = 0

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


MEASURES = Counts._fields
WHOLE_NUMBERS = MEASURES.index("spend")
LAYOUT = hashlib.sha256(" ".join(MEASURES).encode()).hexdigest()[:16]
"""The order of the sums; tallies of another order are not read, but made again."""


def counts_of(sums: Sequence[Decimal]) -> Counts:
    """Return sums in the order of MEASURES as counts; the counting ones as whole numbers."""
    return Counts(*map(int, sums[:WHOLE_NUMBERS]), *sums[WHOLE_NUMBERS:])


def added(tallies: Iterable[Counts]) -> Counts:
    """Return the sums of several tallies."""
    return Counts(*(sum(column) for column in zip(*tallies, strict=True)))


def hours_answer(seconds: int) -> bool:
    """Say whether windows of this length are made of whole hours; they begin on an hour then."""
    return seconds % HOUR == 0


def first_free_hour(at: datetime, skew: float) -> datetime:
    """Return an hour of which no event can have come by `at`, clocks being off by `skew` seconds.

    With an hour to spare, for deliveries that are under way.
    """
    reached = at.astimezone(UTC) + timedelta(seconds=skew)
    return reached.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
