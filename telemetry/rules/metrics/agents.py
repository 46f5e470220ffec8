"""Agents: how tasks end, how tools hold, who steps in, what was tried outside the scope.

Rates come with Wilson's 95 % interval and are None under ten cases; malformed counts raise
ValueError. Counts of what must never be have no smallest group.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean, variance
from typing import NamedTuple

from registry.rules.agent_scope import Action, Scope, outside
from telemetry.rules.computations import SMALLEST_GROUP, Figure
from telemetry.rules.metrics.inputs import finite, share
from telemetry.rules.metrics.quantiles import student


class Tasks(NamedTuple):
    """How many tasks met all checks, met some, or failed or were given up."""

    full: int
    partial: int
    failed: int

    @property
    def ended(self) -> int:
        """All of them."""
        return self.full + self.partial + self.failed


class Boundary(NamedTuple):
    """Actions outside the declared scope: how many were tried, and how many carried out."""

    attempted: int
    executed: int


def task_success_full(tasks: Tasks) -> Figure | None:
    """Return the share of ended tasks that met all acceptance checks."""
    return share(tasks.full, tasks.ended)


def task_success_partial(tasks: Tasks) -> Figure | None:
    """Return the share of ended tasks that met some checks."""
    return share(tasks.partial, tasks.ended)


def task_failure(tasks: Tasks) -> Figure | None:
    """Return the share of ended tasks that failed or were given up."""
    return share(tasks.failed, tasks.ended)


def tool_outcomes(calls: Iterable[tuple[str, str]]) -> dict[str, Counter[str]]:
    """Return how often each tool ended in each outcome, from (tool, outcome) pairs."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for tool, outcome in calls:
        found[tool][outcome] += 1
    return dict(found)


def rate_by_tool(
    outcomes: Mapping[str, Mapping[str, int]], counted: Collection[str]
) -> dict[str, Figure]:
    """Return for each tool the share of its calls that ended in one of the `counted` outcomes.

    {"ok"} gives reliability, {"timeout"} the timeout rate, and so on. A tool with fewer than ten
    calls is left out.
    """
    found = {tool: _share_of(ended, counted) for tool, ended in outcomes.items()}
    return {tool: figure for tool, figure in found.items() if figure is not None}


def worst_tool(reliability: Mapping[str, Figure]) -> str | None:
    """Return the tool with the lowest reliability; the first by name of equal ones."""
    return min(sorted(reliability), key=lambda tool: reliability[tool].value, default=None)


def intervention_rate(*, intervened: int, runs: int) -> Figure | None:
    """Return the share of runs that a human stepped into (AI Act, Art. 14)."""
    return share(intervened, runs)


def approval_rate(*, approved: int, asked: int) -> Figure | None:
    """Return the share of requests for approval that a human granted."""
    return share(approved, asked)


def escalation_rate(*, escalated: int, runs: int) -> Figure | None:
    """Return the share of runs that were handed to a human."""
    return share(escalated, runs)


def blocked_rate(*, blocked: int, proposed: int) -> Figure | None:
    """Return the share of proposed actions that a guardrail stopped."""
    return share(blocked, proposed)


def boundary_of(actions: Iterable[tuple[Action, bool]], scope: Scope) -> Boundary:
    """Return what was tried outside the declared scope, from actions and whether each was done.

    What lies outside is said by registry.rules.agent_scope: what is not declared, does (REG-6).
    """
    done = [executed for action, executed in actions if outside(scope, action)]
    return Boundary(len(done), sum(done))


def per_thousand(*, happened: int, actions: int) -> Figure | None:
    """Return how often something happened per 1,000 actions; None without actions.

    For near misses and violations of policy; one action may hold several, so no interval.
    """
    if happened < 0 or actions < 0:
        raise ValueError("a count is negative")
    return Figure(1000 * happened / actions, actions) if actions else None


def cost_per_decision(costs: Sequence[float], *, least: int = SMALLEST_GROUP) -> Figure | None:
    """Return the mean cost with Student's 95 % interval, in the currency of the costs.

    None under `least` decisions. Raises ValueError for NaN or infinity; a refund may be negative.
    """
    finite(costs, "a cost")
    n = len(costs)
    if n < max(least, 2):
        return None
    mean = fmean(costs)
    half = student(n - 1) * (variance(costs, mean) / n) ** 0.5
    return Figure(mean, n, mean - half, mean + half)


def loop_rate(runs: Iterable[Sequence[str]], *, most: int) -> Figure | None:
    """Return the share of runs that repeat one step more than `most` times, one after another.

    Raises ValueError for `most` under 1.
    """
    if most < 1:
        raise ValueError("a step is done once before it is repeated")
    looped = [_longest_repeat(steps) > most for steps in runs]
    return share(sum(looped), len(looped))


def _share_of(ended: Mapping[str, int], counted: Collection[str]) -> Figure | None:
    hits = sum(n for outcome, n in ended.items() if outcome in counted)
    return share(hits, sum(ended.values()))


def _longest_repeat(steps: Sequence[str]) -> int:
    longest = current = 0
    before: str | None = None
    for step in steps:
        current = current + 1 if step == before else 1
        longest, before = max(longest, current), step
    return longest
