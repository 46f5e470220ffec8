"""Proven stopped: the one case where silence is evidence. Workflow section 7, proof kinds."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from incidents.rules.verification import Judgement, Result, written
from ledger.rules.worded import joined, worded


def judge_stopped(
    *,
    events: int,
    heartbeats: Iterable[datetime],
    starts_at: datetime,
    until: datetime,
    at: datetime,
    longest_gap: timedelta,
) -> Judgement:
    """Judge whether a system stood still from `starts_at` until `until`.

    `events` counts its decision events in that time; one is enough to fail. `heartbeats` are the
    instants at which the gateway said that it lives; where two of them, or the ends, lie further
    apart than `longest_gap`, nothing is known of that time, and the proof is INCONCLUSIVE.
    """
    if events:
        return Judgement(Result.FAILED, outside=events, forecast=_failed(events))
    gap = longest_silence(heartbeats, starts_at, min(at, until))
    if gap > longest_gap:
        return _unproven(gap, running=at < until)
    if at < until:
        told = worded("No decision event so far, and the gateway lives.")
        forecast = joined(" ", [told, worded("It can pass on {when}.", when=written(until))])
        return Judgement(Result.RUNNING, forecast=forecast, earliest_at=until)
    return Judgement(Result.PASSED, forecast="Passed: no decision event while the gateway lived.")


def longest_silence(
    heartbeats: Iterable[datetime], starts_at: datetime, until: datetime
) -> timedelta:
    """Return the longest time from `starts_at` until `until` without a heartbeat."""
    within = sorted(beat for beat in heartbeats if starts_at <= beat <= until)
    return max(late - early for early, late in pairwise([starts_at, *within, until]))


def _unproven(gap: timedelta, *, running: bool) -> Judgement:
    told = worded(
        "The gateway was silent for {gap}, so that nothing proves the stop in that time.",
        gap=str(gap),
    )
    if running:
        forecast = joined(" ", [told, worded("It cannot pass any more.")])
        return Judgement(Result.RUNNING, forecast=forecast)
    words = worded(
        "Inconclusive: The gateway was silent for {gap}, so that nothing proves the stop in that "
        "time.",
        gap=str(gap),
    )
    return Judgement(Result.INCONCLUSIVE, forecast=words)


def _failed(events: int) -> str:
    if events == 1:
        return worded("Failed: 1 decision event after the stop.")
    return worded("Failed: {count} decision events after the stop.", count=events)
