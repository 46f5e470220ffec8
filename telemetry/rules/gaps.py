"""Gaps between groups of one window, each group against one of reference, or the widest of all.

Groups under ten cases take no part and are never named. Intervals are 95 %.
"""

from collections.abc import Callable, Mapping

from telemetry.rules import computations as kpis
from telemetry.rules.computations import SMALLEST_GROUP, Figure
from telemetry.rules.events import finite
from telemetry.rules.fairness_kpis import GAP
from telemetry.rules.metrics.fairness import (
    Pair,
    Part,
    disparate_impact_ratio,
    equal_opportunity_difference,
    equalised_odds,
    katz,
    parity_difference,
)
from telemetry.rules.statistics import difference
from telemetry.rules.tallies import Counts

WHOLE = ""
Parts = Mapping[str, Counts]


def gaps_of(kpi: str, parts: Parts, *, reference: str, group: str = "") -> dict[str, Figure]:
    """Return the figures by group that is held against the reference (only `group`, if given).

    Without a reference the widest gap of any two groups, under the name of all events. Empty where
    too few cases say anything. Raises KeyError for a KPI that is no gap.
    """
    groups = {name: counts for name, counts in parts.items() if name != WHOLE}
    if not reference:
        found = {WHOLE: _figure(WIDEST[kpi](groups))}
    elif reference in groups:
        against = AGAINST[kpi]
        found = {
            name: against(groups[reference], counts)
            for name, counts in groups.items()
            if name != reference and group in ("", name)
        }
    else:
        found = {}
    sound = {name: finite(figure) for name, figure in found.items()}
    return {name: figure for name, figure in sound.items() if figure is not None}


def _parity(reference: Counts, other: Counts) -> Figure | None:
    """By how much the other group is favoured less often; positive is its disadvantage."""
    return kpis.parity_gap(
        reference_positive=reference.positive,
        reference_n=reference.answered,
        other_positive=other.positive,
        other_n=other.answered,
    )


def _hits(counts: Counts) -> Part:
    return Part(counts.confusion.true_positive, counts.confusion.actual)


def _false_alarms(counts: Counts) -> Part:
    confusion = counts.confusion
    return Part(confusion.false_positive, confusion.false_positive + confusion.true_negative)


def _less(reference: Part, other: Part) -> Figure | None:
    if min(reference.n, other.n) < SMALLEST_GROUP:
        return None
    gap = difference(reference.count, reference.n, other.count, other.n)
    return Figure(gap.value, min(reference.n, other.n), gap.low, gap.high)


def _opportunity(reference: Counts, other: Counts) -> Figure | None:
    return _less(_hits(reference), _hits(other))


def _odds(reference: Counts, other: Counts) -> Figure | None:
    """The wider of both gaps, whichever side it favours; None unless both are known."""
    hits = _less(*_upward(_hits(reference), _hits(other)))
    alarms = _less(*_upward(_false_alarms(reference), _false_alarms(other)))
    if hits is None or alarms is None:
        return None
    return max(hits, alarms, key=lambda figure: figure.value)


def _upward(one: Part, other: Part) -> tuple[Part, Part]:
    if not one.n or not other.n or one.share >= other.share:
        return one, other
    return other, one


def _impact(reference: Counts, other: Counts) -> Figure | None:
    one, against = (
        Part(other.positive, other.answered),
        Part(reference.positive, reference.answered),
    )
    if min(one.n, against.n) < SMALLEST_GROUP or not against.count:
        return None
    ratio, low, high = katz(one, against)
    return Figure(ratio, min(one.n, against.n), low, high)


AGAINST: dict[str, Callable[[Counts, Counts], Figure | None]] = {
    GAP: _parity,
    "equal_opportunity_difference": _opportunity,
    "equalized_odds_difference": _odds,
    "disparate_impact_ratio": _impact,
}


def _selected(groups: Parts) -> dict[str, Part]:
    return {name: Part(one.positive, one.answered) for name, one in groups.items()}


WIDEST: dict[str, Callable[[Parts], Pair | None]] = {
    GAP: lambda groups: parity_difference(_selected(groups)),
    "equal_opportunity_difference": lambda groups: equal_opportunity_difference(
        {name: one.confusion for name, one in groups.items()}
    ),
    "equalized_odds_difference": lambda groups: (
        equalised_odds({name: one.confusion for name, one in groups.items()}).worst
    ),
    "disparate_impact_ratio": lambda groups: disparate_impact_ratio(_selected(groups)),
}


def _figure(pair: Pair | None) -> Figure | None:
    return None if pair is None else Figure(pair.value, pair.n, pair.low, pair.high)
