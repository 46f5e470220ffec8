"""Offline evaluations (REG-9): what a plan states before the run, and what a run comes to. Pure.

Unknown is never good: a missing value, a sample that is too small or a slice that was left out
makes the run inconclusive, and only a passed run counts.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.rules.canonical import canonical
from ledger.rules.worded import term, word, worded

KINDS = {"usual": word("usual"), "edge": word("edge cases"), "adversarial": word("adversarial")}
DIRECTIONS = {"at_least": word("at least"), "at_most": word("at most")}
MISSING = (
    word("Missing: a slice of {first}."),
    word("Missing: a slice of {first} and one of {second}."),
    word("Missing: a slice of {first} and one of {second} and one of {third}."),
)
MOST_SLICES, MOST_METRICS, MOST_SCENARIOS = 50, 200, 50


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the data set: usual, edge or adversarial cases."""

    name: str
    kind: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a metric must reach on a slice, judged on `least_n` cases or more."""

    slice: str
    metric: str
    direction: str
    value: float
    least_n: int

    @property
    def words(self) -> str:
        """'at least 0.95 on 200 cases or more'."""
        return worded(
            "{directions} {value:g} on {least_n} cases or more",
            directions=term(DIRECTIONS[self.direction]),
            value=self.value,
            least_n=self.least_n,
        )


@dataclass(frozen=True, slots=True)
class Scenario:
    """What could go wrong, which KPI would show it, what is done then."""

    what: str
    kpi: str
    response: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run found for a metric on a slice; None where it found nothing."""

    slice: str
    metric: str
    value: float | None
    n: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One limit with what was found: 'passed', 'failed' or 'inconclusive', and why."""

    limit: Limit
    value: float | None
    n: int | None
    verdict: str
    why: str


def plan_problems(
    slices: Sequence[Slice], limits: Sequence[Limit], scenarios: Sequence[Scenario]
) -> dict[str, str]:
    """Return what keeps a plan from being one, by field; empty for a whole plan."""
    found = {
        "slices": _slice_problem(slices),
        "metrics": _limit_problem(limits, {one.name for one in slices}),
        "scenarios": _scenario_problem(scenarios),
    }
    return {field: words for field, words in found.items() if words}


def plan_sha256(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a plan's canonical content: what its approver names."""
    return hashlib.sha256(canonical(dict(document))).hexdigest()


def judge(limits: Sequence[Limit], measured: Sequence[Measured]) -> tuple[str, list[Judged]]:
    """Return the outcome of a run and its lines in the plan's order.

    'failed' if one limit is missed on enough cases; else 'inconclusive' if one could not be
    judged; else 'passed'. A plan without limits is never passed.
    """
    found = {(one.slice, one.metric): one for one in measured}
    lines = [_judged(limit, found.get((limit.slice, limit.metric))) for limit in limits]
    verdicts = {line.verdict for line in lines}
    if "failed" in verdicts:
        return "failed", lines
    return ("passed" if verdicts == {"passed"} else "inconclusive"), lines


def _judged(limit: Limit, found: Measured | None) -> Judged:
    value, n = (found.value, found.n) if found else (None, None)
    if value is None or not math.isfinite(value):
        return Judged(limit, None, n, "inconclusive", "No value was found.")
    if n is None or n < limit.least_n:
        why = worded(
            "{count} cases are too few: {least} are needed.", count=n or 0, least=limit.least_n
        )
        return Judged(limit, value, n, "inconclusive", why)
    met = value >= limit.value if limit.direction == "at_least" else value <= limit.value
    why = worded(
        "{value} on {count} cases, {agreed} was agreed.",
        value=f"{value:g}",
        count=n,
        agreed=limit.words,
    )
    return Judged(limit, value, n, "passed" if met else "failed", why)


def _slice_problem(slices: Sequence[Slice]) -> str:
    names = [one.name for one in slices]
    kinds = {one.kind for one in slices}
    if len(slices) > MOST_SLICES:
        return worded("At most {most_slices} slices.", most_slices=MOST_SLICES)
    if len(names) != len(set(names)) or not all(names):
        return "Each slice has a name of its own."
    if not kinds <= KINDS.keys():
        return worded("A slice is {kinds}.", kinds=", ".join(KINDS))
    missing = [KINDS[kind] for kind in KINDS if kind not in kinds]
    named = dict(zip(("first", "second", "third"), map(term, missing), strict=False))
    return worded(MISSING[len(missing) - 1], **named) if missing else ""


def _limit_problem(limits: Sequence[Limit], slices: set[str]) -> str:
    if not limits or len(limits) > MOST_METRICS:
        return worded(
            "Between 1 and {most_metrics} metrics with their limits.", most_metrics=MOST_METRICS
        )
    if len({(one.slice, one.metric) for one in limits}) != len(limits):
        return "A metric stands once for each slice."
    for one in limits:
        problem = _one_limit(one, slices)
        if problem:
            return problem
    bare = sorted(slices - {one.slice for one in limits})
    return worded("No metric is measured on: {bare}.", bare=", ".join(bare)) if bare else ""


def _one_limit(one: Limit, slices: set[str]) -> str:
    if one.slice not in slices:
        return worded("There is no slice {slice!r}.", slice=one.slice)
    if not one.metric or one.direction not in DIRECTIONS:
        return "A metric has a name and a direction: at_least or at_most."
    if not math.isfinite(one.value) or not 1 <= one.least_n <= 10**9:
        return worded(
            "{metric}: the limit is a number, and at least one case is needed.", metric=one.metric
        )
    return ""


def _scenario_problem(scenarios: Sequence[Scenario]) -> str:
    if not scenarios or len(scenarios) > MOST_SCENARIOS:
        return worded(
            "Between 1 and {most_scenarios} failure scenarios.", most_scenarios=MOST_SCENARIOS
        )
    if any(not (one.what and one.kpi and one.response) for one in scenarios):
        return "A scenario says what could go wrong, which KPI would show it, and the response."
    return ""
