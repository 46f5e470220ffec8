"""A gain and what it costs: two KPIs judged together (KPI-3; EVA-24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, NamedTuple

from governance.rules.case_words import figure
from governance.rules.measured import FIRED, OUT_OF_RANGE, Better, Point, Verdict, unknown
from ledger.rules.worded import Amount, worded
from telemetry.rules.metrics.comparison import Change, means, proportions


@dataclass(frozen=True, slots=True)
class PairTerms:
    """When a gain costs too much.

    `warning` and `critical` are how much worse than before the guardrail may get: in points of its
    unit, or as a share of what it was. It fires when `k` of the last `n` windows are beyond. The
    time before is `reference` windows; a window of fewer than `least_n` cases does not count.
    `gain_is_share` and `guard_is_share`: the values are shares of their cases. `window` in seconds.
    """

    gain_better: Better
    guard_better: Better
    mode: Literal["points", "share"]
    warning: float
    critical: float | None
    reference: int
    k: int
    n: int
    least_n: int
    window: float
    gain_is_share: bool = True
    guard_is_share: bool = True


class Both(NamedTuple):
    """The readings of both series for one window."""

    end: float
    gain: Point
    guard: Point


def matched(terms: PairTerms, gains: Sequence[Point], guards: Sequence[Point]) -> list[Both]:
    """Return the windows of which both readings are there, with enough cases, in order."""
    by_end = {one.end: one for one in gains if _counts(one, terms.least_n)}
    return [
        Both(one.end, by_end[one.end], one)
        for one in sorted(guards, key=lambda one: one.end)
        if one.end in by_end and _counts(one, terms.least_n)
    ]


def judge_both(terms: PairTerms, both: Sequence[Both]) -> list[tuple[float, Verdict]]:
    """Judge every window, in order. Windows of a breach never become the time before.

    Otherwise a price that is paid for long would become what is usual.
    """
    tainted: set[float] = set()
    found: list[tuple[float, Verdict]] = []
    for place, one in enumerate(both):
        recent = both[max(0, place + 1 - terms.n) : place + 1]
        earlier = [each for each in both[: place + 1 - len(recent)] if each.end not in tainted]
        verdict = _safely(terms, earlier[-terms.reference :], recent)
        if verdict.state in FIRED:
            tainted.update(each.end for each in recent)
        found.append((one.end, verdict))
    return found


def pair_words(verdict: Verdict, *, gain: str, guardrail: str, unit: str, gain_unit: str) -> str:
    """Return what was gained and what it cost, in sentences with figures."""
    told = {name: value for name, value in verdict.figures.items() if isinstance(value, float)}
    if not {"guard_before", "guard_after", "gain_before", "gain_after"} <= told.keys():
        return worded("{gain} is judged together with {guardrail}.", gain=gain, guardrail=guardrail)
    return worded(
        "{gain} went from {baseline} to {value}, and {guardrail}, its guardrail, from {low} to "
        "{high}: the gain costs more than was agreed. {beyond} of the last {windows} windows are "
        "beyond the limit.",
        gain=gain,
        baseline=Amount(figure(told["gain_before"], gain_unit)),
        value=Amount(figure(told["gain_after"], gain_unit)),
        guardrail=guardrail,
        low=Amount(figure(told["guard_before"], unit)),
        high=Amount(figure(told["guard_after"], unit)),
        beyond=f"{told['beyond']:.0f}",
        windows=f"{told['windows']:.0f}",
    )


def _counts(point: Point, least_n: int) -> bool:
    return not least_n or (point.n is not None and point.n >= least_n)


def _safely(terms: PairTerms, before: Sequence[Both], recent: Sequence[Both]) -> Verdict:
    """Judge, or say that the numbers cannot be calculated with: one pair must not stop a sweep."""
    try:
        return _judge(terms, before, recent)
    except (ArithmeticError, ValueError):
        return unknown(OUT_OF_RANGE)


def _judge(terms: PairTerms, before: Sequence[Both], recent: Sequence[Both]) -> Verdict:
    if len(recent) < terms.n or len(before) < max(2, terms.reference // 2):
        seen = len(before) + len(recent)
        words = worded("{count} windows of both KPIs so far", count=seen)
        return unknown(words, windows=float(seen))
    if recent[-1].end - recent[0].end > 2 * terms.n * terms.window:
        return unknown("the last windows of both KPIs lie too far apart")
    gained = _change(before, recent, "gain", terms.gain_is_share)
    usual = _level([one.guard for one in before])
    figures = _figures(before, recent, usual, gained)
    if gained is None:
        return unknown("too few cases to tell a gain from noise", **figures)
    if gained.verdict(terms.gain_better) != "improved":
        return Verdict("OK", value=recent[-1].guard.value, n=recent[-1].guard.n, figures=figures)
    return _priced(terms, recent, usual, figures)


def _priced(
    terms: PairTerms,
    recent: Sequence[Both],
    usual: float,
    figures: dict[str, float | str | None],
) -> Verdict:
    """Judge the guardrail of a pair whose gain is sure."""
    newest = recent[-1].guard
    worse = [_worse(terms, one.guard.value, usual) for one in recent]
    scale = 1.0 if terms.mode == "points" else abs(usual)
    for state, limit in (("CRITICAL", terms.critical), ("WARNING", terms.warning)):
        if limit is None:
            continue
        beyond = sum(one >= limit * scale for one in worse)
        figures |= {"beyond": float(beyond)}
        if beyond >= terms.k:
            name: Literal["CRITICAL", "WARNING"] = "CRITICAL" if state == "CRITICAL" else "WARNING"
            return Verdict(name, value=newest.value, n=newest.n, figures=figures)
    return Verdict("OK", value=newest.value, n=newest.n, figures=figures)


def _worse(terms: PairTerms, value: float, usual: float) -> float:
    return usual - value if terms.guard_better == "higher" else value - usual


def _change(
    before: Sequence[Both], after: Sequence[Both], name: Literal["gain", "guard"], is_share: bool
) -> Change | None:
    """Return the change with its interval: of shares from their cases, else of the means."""
    first, second = [getattr(one, name) for one in before], [getattr(one, name) for one in after]
    if is_share and all(_is_share(one) for one in (*first, *second)):
        hits, cases = _pooled(first)
        later, more = _pooled(second)
        return proportions(before=hits, before_n=cases, after=later, after_n=more)
    return means([one.value for one in first], [one.value for one in second])


def _is_share(point: Point) -> bool:
    return point.n is not None and 0 <= point.value <= 1


def _pooled(points: Sequence[Point]) -> tuple[int, int]:
    return round(sum(one.value * (one.n or 0) for one in points)), sum(one.n or 0 for one in points)


def _level(points: Sequence[Point]) -> float:
    """Return the mean, weighed by the cases where every reading counts them."""
    cases = [one.n for one in points]
    if all(cases):
        return sum(one.value * (one.n or 0) for one in points) / sum(one.n or 0 for one in points)
    return fmean(one.value for one in points)


def _figures(
    before: Sequence[Both], recent: Sequence[Both], usual: float, gained: Change | None
) -> dict[str, float | str | None]:
    return {
        "guard_before": usual,
        "guard_after": _level([one.guard for one in recent]),
        "gain_before": _level([one.gain for one in before]),
        "gain_after": _level([one.gain for one in recent]),
        "gain_low": None if gained is None else gained.low,
        "gain_high": None if gained is None else gained.high,
        "windows": float(len(recent)),
        "beyond": 0.0,
        "began": recent[0].end,
    }
