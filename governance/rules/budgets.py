"""Error budgets: what is spent of the failures that a period allows, and how fast it burns (KPI-7).

Burn rates over two windows: the long one says that it matters, the short one that it goes on (Site
Reliability Workbook, chapter 5).
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

from governance.rules.measured import Better, Point, Verdict, spaced, unknown
from ledger.rules.worded import Amount, joined, word, worded
from telemetry.rules.metrics.budgets import Burn, budget_left, burn_rate

LEAST_COVERED = 0.5
"""At least half of the windows that a time should hold are needed to say anything of it."""


@dataclass(frozen=True, slots=True)
class BurnPair:
    """Fires `state` when both windows (seconds) burn at `burn` times the allowed rate or more."""

    state: Literal["WARNING", "CRITICAL"]
    long: float
    short: float
    burn: float


@dataclass(frozen=True, slots=True)
class BudgetTerms:
    """An objective (share of successes) over a period, with what fires; seconds throughout.

    `step` is the time between readings that do not overlap.
    """

    objective: float
    period: float
    step: float
    pairs: tuple[BurnPair, ...]
    warning_spent: float
    critical_spent: float


@dataclass(frozen=True, slots=True)
class Slice:
    """How much failed of what was served in the window that ends at `end` (epoch seconds)."""

    end: float
    failed: float
    total: float


class _Span(NamedTuple):
    """What failed of what was served in a time: how many windows, the first and the last end."""

    windows: int
    first: float
    last: float
    failed: float
    total: float


class _Sums:
    """Running sums over slices: what failed in any time costs two look-ups."""

    def __init__(self, slices: Sequence[Slice]) -> None:
        self.ends = [one.end for one in slices]
        self.failed = [0.0, *accumulate(one.failed for one in slices)]
        self.total = [0.0, *accumulate(one.total for one in slices)]

    def within(self, place: int, length: float) -> _Span:
        """Return the sums of the slices that end within `length` seconds before that place's."""
        last = self.ends[place]
        first = bisect_right(self.ends, last - length, hi=place)
        total = max(0.0, self.total[place + 1] - self.total[first])
        failed = self.failed[place + 1] - self.failed[first]
        # Differences of running sums are off by the last digits: no share is below 0 or above 1.
        failed = min(max(0.0, failed), total)
        return _Span(place + 1 - first, self.ends[first], last, failed, total)


def slices_of(
    points: Sequence[Point], *, step: float, better: Better, failure_limit: float | None
) -> list[Slice]:
    """Return what failed in each window.

    Of a share the value says it, weighed by the cases where every reading counts them. With a
    `failure_limit` a whole window fails whose value lies beyond it. A value that is no share says
    nothing and is left out.
    """
    apart = spaced(points, step)
    if failure_limit is not None:
        return [Slice(one.end, float(_fails(one, better, failure_limit)), 1.0) for one in apart]
    shares = [one for one in apart if 0 <= one.value <= 1 and one.n != 0]
    counted = all(one.n is not None for one in shares)
    return [_slice(one, better, counted) for one in shares]


def judge_over(
    terms: BudgetTerms, slices: Sequence[Slice], places: Iterable[int]
) -> list[tuple[float, Verdict]]:
    """Judge the budget at the ends of some slices, as if nothing later were known; in order.

    What is spent is measured against the failures of a whole period at the traffic so far. Unknown
    where less than half of the windows of the period so far, or of a burn window, are there and
    nothing fires by what is. A burn window shorter than one reading cannot be judged, and is left
    out.
    """
    sums = _Sums(slices)
    return [(slices[place].end, _judge(terms, sums, place)) for place in places]


def _judge(terms: BudgetTerms, sums: _Sums, place: int) -> Verdict:
    period = sums.within(place, terms.period)
    spent = _spent(terms, period)
    burns = [(pair, _burn(terms, pair, sums, place)) for pair in terms.pairs if _fits(terms, pair)]
    figures = _figures(period, spent, burns)
    state = _state(terms, spent, burns)
    if state == "OK" and (spent is None or any(None in (one.long, one.short) for _, one in burns)):
        return unknown("fewer than half of the windows are there", **figures)
    rate = period.failed / period.total if period.total else None
    return Verdict(state, value=rate, n=round(period.total), figures=figures)


BURNS_BOTH = word(
    "It burns {high} times too fast over the long window and {low} times over the short one, both "
    "at or past {limit}."
)
BURNS = word(
    "It burns {high} times too fast over the long window and {low} times over the short one, not "
    "both past {limit}."
)


def budget_words(verdict: Verdict, *, kpi: str, objective: float, days: int) -> str:
    """Return how a budget stands, in sentences with figures."""
    told = verdict.figures
    spent, parts = told.get("spent"), []
    if isinstance(spent, float):
        parts.append(
            worded(
                "{spent} % of the error budget of {kpi} is spent: the objective is {size} % over "
                "{days} days.",
                spent=f"{spent * 100:.0f}",
                kpi=kpi,
                size=Amount(f"{objective * 100:g}"),
                days=days,
            )
        )
    for state in ("warning", "critical"):
        long, short = told.get(f"{state}_long"), told.get(f"{state}_short")
        limit = told.get(f"{state}_burn")
        if isinstance(long, float) and isinstance(short, float) and isinstance(limit, float):
            parts.append(
                worded(
                    BURNS_BOTH if min(long, short) >= limit else BURNS,
                    high=Amount(f"{long:.1f}"),
                    low=Amount(f"{short:.1f}"),
                    limit=Amount(f"{limit:g}"),
                )
            )
    return joined(" ", parts)


def _fails(point: Point, better: Better, limit: float) -> bool:
    return point.value < limit if better == "higher" else point.value > limit


def _slice(point: Point, better: Better, counted: bool) -> Slice:
    total = float(point.n or 0) if counted else 1.0
    rate = 1 - point.value if better == "higher" else point.value
    return Slice(point.end, rate * total, total)


def _fits(terms: BudgetTerms, pair: BurnPair) -> bool:
    return terms.step <= pair.long


def _spent(terms: BudgetTerms, period: _Span) -> float | None:
    """Return the share of the budget that is spent; the period may have begun a while ago only."""
    so_far = min(terms.period, period.last - period.first + terms.step)
    if period.windows * terms.step < LEAST_COVERED * so_far:
        return None
    whole = period.total * terms.period / so_far
    left = budget_left(failed=period.failed, total=whole, objective=terms.objective)
    return None if left is None else 1 - left


def _burn(terms: BudgetTerms, pair: BurnPair, sums: _Sums, place: int) -> Burn:
    return Burn(
        _rate(terms, sums.within(place, pair.long), pair.long),
        _rate(terms, sums.within(place, max(pair.short, terms.step)), pair.short),
        pair.burn,
    )


def _rate(terms: BudgetTerms, span: _Span, length: float) -> float | None:
    if span.windows * terms.step < LEAST_COVERED * length:
        return None
    return burn_rate(failed=span.failed, total=span.total, objective=terms.objective)


def _state(
    terms: BudgetTerms, spent: float | None, burns: Sequence[tuple[BurnPair, Burn]]
) -> Literal["OK", "WARNING", "CRITICAL"]:
    firing = {pair.state for pair, burn in burns if burn.fires}
    spent = -1.0 if spent is None else spent
    if "CRITICAL" in firing or spent >= terms.critical_spent:
        return "CRITICAL"
    return "WARNING" if "WARNING" in firing or spent >= terms.warning_spent else "OK"


def _figures(
    period: _Span, spent: float | None, burns: Sequence[tuple[BurnPair, Burn]]
) -> dict[str, float | str | None]:
    figures: dict[str, float | str | None] = {
        "spent": spent,
        "left": None if spent is None else 1 - spent,
        "failed": period.failed,
        "total": period.total,
        "rate": period.failed / period.total if period.total else None,
        "windows": float(period.windows),
        "began": period.first,
    }
    for pair, burn in burns:
        name = pair.state.lower()
        figures |= {
            f"{name}_long": burn.long,
            f"{name}_short": burn.short,
            f"{name}_burn": pair.burn,
        }
    return figures
