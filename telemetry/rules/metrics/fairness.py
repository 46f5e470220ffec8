"""Gaps between groups, with 95 % intervals, sample sizes, and the pair that is worst.

Groups go in as counts by name. A group under `least` cases (never less than ten) takes no part and
its name is in no result: groups so small are never shown or exported. Fewer than two groups left
give None. Intervals are those of one pair: they are not corrected for the number of pairs, and who
shows them says so. Negative counts or parts above the whole raise ValueError.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from telemetry.rules.computations import SMALLEST_GROUP
from telemetry.rules.statistics import Z_95, Confusion, difference


@dataclass(frozen=True, slots=True)
class Part:
    """How many of a group: answered positively, hit, selected."""

    count: int
    n: int

    @property
    def share(self) -> float:
        """The rate of the group."""
        return self.count / self.n


class Pair(NamedTuple):
    """Two groups compared: what `favoured` has beyond `other` (or other / favoured, for a ratio).

    `low` and `high` are the 95 % bounds; the figures rest on `favoured_n` and `other_n` cases.
    """

    favoured: str
    other: str
    value: float
    low: float
    high: float
    favoured_n: int
    other_n: int

    @property
    def n(self) -> int:
        """The smaller of the two groups, which a least sample is held against."""
        return min(self.favoured_n, self.other_n)


class Odds(NamedTuple):
    """Both gaps of equalised odds; one is None where too few cases of that kind are known."""

    true_positive: Pair | None
    false_positive: Pair | None

    @property
    def worst(self) -> Pair | None:
        """The wider of the two, which is the figure of the KPI; None unless both are known."""
        if self.true_positive is None or self.false_positive is None:
            return None
        return max(self.true_positive, self.false_positive, key=lambda pair: pair.value)


def parity_difference(groups: Mapping[str, Part], *, least: int = SMALLEST_GROUP) -> Pair | None:
    """Return the greatest difference of positive rates between two groups (demographic parity).

    Never negative; NIST AI RMF, MEASURE 2.11. Interval: Newcombe, Statistics in Medicine 17
    (1998), method 10.
    """
    return max(gaps(groups, least=least), key=lambda pair: pair.value, default=None)


def surest_gap(groups: Mapping[str, Part], *, least: int = SMALLEST_GROUP) -> Pair | None:
    """Return the pair whose lower bound is highest: what judges by the interval looks at this one.

    A small group can have the widest gap and be unsure of it, and hide a sure one.
    """
    return max(gaps(groups, least=least), key=lambda pair: pair.low, default=None)


def gaps(groups: Mapping[str, Part], *, least: int = SMALLEST_GROUP) -> list[Pair]:
    """Return all pairs with the difference of their rates, the favoured group first, by names."""
    shown = _shown(groups, least)
    return [_gap(*_ordered(shown, *names)) for names in combinations(sorted(shown), 2)]


def equal_opportunity_difference(
    groups: Mapping[str, Confusion], *, least: int = SMALLEST_GROUP
) -> Pair | None:
    """Return the greatest difference of true-positive rates; n are the cases of the class.

    Hardt, Price and Srebro, NeurIPS 2016.
    """
    return parity_difference(
        {name: Part(one.true_positive, one.actual) for name, one in groups.items()}, least=least
    )


def false_positive_difference(
    groups: Mapping[str, Confusion], *, least: int = SMALLEST_GROUP
) -> Pair | None:
    """Return the greatest difference of false-positive rates; n are the cases of the rest."""
    parts = {
        name: Part(one.false_positive, one.false_positive + one.true_negative)
        for name, one in groups.items()
    }
    return parity_difference(parts, least=least)


def equalised_odds(groups: Mapping[str, Confusion], *, least: int = SMALLEST_GROUP) -> Odds:
    """Return both gaps, of true-positive and of false-positive rates. Hardt et al., as above."""
    return Odds(
        equal_opportunity_difference(groups, least=least),
        false_positive_difference(groups, least=least),
    )


def disparate_impact_ratio(
    groups: Mapping[str, Part], *, least: int = SMALLEST_GROUP
) -> Pair | None:
    """Return the lowest rate as a share of the highest, between 0 and 1 (four fifths: 0.8).

    Interval: Katz et al., Biometrics 34 (1978), on the logarithm of the ratio; its upper bound may
    pass 1. Where nobody of the lower group was chosen, the ratio and its lower bound are 0 and the
    upper bound comes from half a case added to counts and sizes (Walter, Biometrika 62, 1975).
    None when nobody of any group was chosen. 29 CFR 1607.4(D).
    """
    shown = _shown(groups, least)
    if len(shown) < 2:
        return None
    names = sorted(shown)
    favoured = max(names, key=lambda name: shown[name].share)
    other = min((name for name in names if name != favoured), key=lambda name: shown[name].share)
    if shown[favoured].count == 0:
        return None
    bounds = katz(shown[other], shown[favoured])
    return Pair(favoured, other, *bounds, shown[favoured].n, shown[other].n)


def katz(one: Part, other: Part) -> tuple[float, float, float]:
    """Return the ratio of two rates with its 95 % bounds.

    Raises ValueError when the other rate is 0: there is no ratio to nothing.
    """
    if other.count == 0 or one.n == 0:
        raise ValueError("there is no ratio to nothing")
    if one.count == 0:
        return 0.0, 0.0, _katz(0.5, one.n + 0.5, other.count + 0.5, other.n + 0.5)[2]
    return _katz(one.count, one.n, other.count, other.n)


def _katz(count: float, n: float, other: float, m: float) -> tuple[float, float, float]:
    ratio = (count / n) / (other / m)
    # (n - k) / (k n) is 1 / k - 1 / n without cancellation.
    error = math.sqrt((n - count) / (count * n) + (m - other) / (other * m))
    return ratio, ratio * math.exp(-Z_95 * error), ratio * math.exp(Z_95 * error)


def _shown(groups: Mapping[str, Part], least: int) -> dict[str, Part]:
    if least < SMALLEST_GROUP:
        raise ValueError(f"groups under {SMALLEST_GROUP} are never shown")
    if any(not 0 <= part.count <= part.n for part in groups.values()):
        raise ValueError("a part is negative or more than its group")
    return {name: part for name, part in groups.items() if part.n >= least}


def _ordered(
    groups: Mapping[str, Part], one: str, other: str
) -> tuple[tuple[str, Part], tuple[str, Part]]:
    pair = (one, groups[one]), (other, groups[other])
    return pair if pair[0][1].share >= pair[1][1].share else (pair[1], pair[0])


def _gap(favoured: tuple[str, Part], other: tuple[str, Part]) -> Pair:
    (name, part), (other_name, other_part) = favoured, other
    bounds = difference(part.count, part.n, other_part.count, other_part.n)
    return Pair(name, other_name, *bounds, part.n, other_part.n)
