"""When a step is late, whom it wakes, how long 'I have it' holds: from the frozen plan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from incidents.rules.plan import FrozenPlan, LadderStep
from outbox.rules.durations import Duration

GAP = "15min"
AGAIN = ("5min", "15min", "1h")


def wakes(plan: FrozenPlan, severity: str) -> bool:
    """Whether a severity calls people on the paging channel; the rest is read when they read."""
    return severity in plan.limits.get("page_wakes", "major severe").split()


def waits_to_call_again(plan: FrozenPlan) -> Sequence[Duration]:
    """Return the waits before a call is repeated to who has not answered."""
    texts = plan.limits.get("page_again", "").split() or AGAIN
    return [Duration.parse(text) for text in texts]


def shortest_gap(plan: FrozenPlan) -> timedelta:
    """Return what lies at least between two steps after a downtime: time for people to answer."""
    return span(plan.limits.get("shortest_gap", GAP))


def holds_for(plan: FrozenPlan, severity: str) -> timedelta | None:
    """Return how long 'I have it' holds without an act on the case; None is for ever."""
    text = plan.limits.get(f"acknowledgement_{severity}", "")
    return span(text) if text else None


def is_late(plan: FrozenPlan, *, due_at: datetime, at: datetime) -> bool:
    """Whether a step fires so late that people are given a time to answer before the next one."""
    return at - due_at > shortest_gap(plan)


@lru_cache(maxsize=512)
def span(text: str) -> timedelta:
    """Return an elapsed duration; a business day counts as a day."""
    return timedelta(seconds=float(Duration.parse(text).seconds(standard_day=86400)))


def compressed(plan: FrozenPlan, factor: int) -> FrozenPlan:
    """Return a plan whose times run `factor` times faster, all on elapsed time.

    A rehearsal of a month takes an hour at 720. A factor of 1 changes nothing.
    """
    if factor == 1:
        return plan
    waits = " ".join(_faster(str(one), factor) for one in waits_to_call_again(plan))
    gap = _faster(plan.limits.get("shortest_gap", GAP), factor)
    return replace(
        plan,
        times={
            severity: {stage: _faster(text, factor) for stage, text in stages.items()}
            for severity, stages in plan.times.items()
        },
        ladder=tuple(_faster_step(step, factor) for step in plan.ladder),
        limits={**plan.limits, "shortest_gap": gap, "page_again": waits},
    )


def _faster_step(step: LadderStep, factor: int) -> LadderStep:
    offset = step.offset
    if offset.startswith("+"):
        offset = f"+{_faster(offset[1:], factor)}"
    return replace(
        step, offset=offset, repeats=tuple(_faster(text, factor) for text in step.repeats)
    )


def _faster(text: str, factor: int) -> str:
    if not text:
        return ""
    seconds = Duration.parse(text).seconds(standard_day=86400)
    return f"{max(1, round(seconds / factor))}s"
