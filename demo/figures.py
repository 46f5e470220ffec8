"""What a window of events says: each figure in shares (0..1), counts or milliseconds.

Written on its own, without the product's rules, so that the story's figures are a second opinion.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

Event = dict[str, Any]
Z95 = 1.959964


class Figure(NamedTuple):
    """A value over n events, with its 95 % interval where it has one."""

    value: float
    n: int
    low: float | None = None
    high: float | None = None


def accuracy(events: Sequence[Event]) -> Figure:
    """Share of labelled events whose answer is the truth."""
    return _share([e["answer"] == e["truth"] for e in events if e["truth"] is not None])


def override_rate(events: Sequence[Event]) -> Figure:
    """Share of events whose answer a person changed."""
    return _share([e["overridden"] for e in events])


def escalation_rate(events: Sequence[Event]) -> Figure:
    """Share of events that went to a person."""
    return _share([e["escalated"] for e in events])


def groundedness(events: Sequence[Event]) -> Figure:
    """Share of checked answers that are grounded; what was handed over is not counted."""
    return _share([e["grounded"] for e in events if e["grounded"] is not None])


def task_success(events: Sequence[Event]) -> Figure:
    """Share of events with the outcome 'success'."""
    return _share([e["outcome"] == "success" for e in events])


def blocked_share(events: Sequence[Event]) -> Figure:
    """Share of events that a control stopped."""
    return _share([e["blocked"] for e in events])


def executed_violations(events: Sequence[Event]) -> Figure:
    """Number of actions outside the agent's scope that were carried out."""
    return Figure(sum(e["boundary_violation"] and not e["blocked"] for e in events), len(events))


def latency_p95(events: Sequence[Event]) -> Figure:
    """95th percentile of the latency in milliseconds, between neighbours by linear distance."""
    times = sorted(e["latency_ms"] for e in events)
    place = 0.95 * (len(times) - 1)
    below = math.floor(place)
    above = min(below + 1, len(times) - 1)
    return Figure(times[below] + (times[above] - times[below]) * (place - below), len(times))


def spend_of(limit: float) -> Callable[[Sequence[Event]], Figure]:
    """Make the figure 'money spent, as a share of the limit of a window'."""

    def spend(events: Sequence[Event]) -> Figure:
        return Figure(sum(e["spend"] or 0.0 for e in events) / limit, len(events))

    return spend


def parity_gap(
    attribute: str, *, reference: str, positive: str
) -> Callable[[Sequence[Event]], Figure]:
    """Make the figure 'rate of the reference group minus rate of the others', two-group attribute.

    The interval is Wald's for the difference of two independent shares.
    """

    def gap(events: Sequence[Event]) -> Figure:
        ours = [e["answer"] == positive for e in events if e["segment"][attribute] == reference]
        theirs = [e["answer"] == positive for e in events if e["segment"][attribute] != reference]
        p, q = _share(ours), _share(theirs)
        half = Z95 * math.sqrt(p.value * (1 - p.value) / p.n + q.value * (1 - q.value) / q.n)
        value = p.value - q.value
        return Figure(value, p.n + q.n, value - half, value + half)

    return gap


def rate_in(attribute: str, group: str, answer: str) -> Callable[[Sequence[Event]], Figure]:
    """Make the figure 'share of a group's events with this answer'."""

    def rate(events: Sequence[Event]) -> Figure:
        return _share([e["answer"] == answer for e in events if e["segment"][attribute] == group])

    return rate


def _share(flags: Sequence[bool]) -> Figure:
    return Figure(sum(flags) / len(flags) if flags else math.nan, len(flags))
