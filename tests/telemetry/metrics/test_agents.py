"""How agents' tasks and tools end, and what lies outside their scope (TEL-2)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from registry.rules.agent_scope import Action, Scope, Tool
from telemetry.rules.metrics.agents import (
    Boundary,
    Tasks,
    approval_rate,
    blocked_rate,
    boundary_of,
    cost_per_decision,
    escalation_rate,
    intervention_rate,
    loop_rate,
    per_thousand,
    rate_by_tool,
    task_failure,
    task_success_full,
    task_success_partial,
    tool_outcomes,
    worst_tool,
)

COUNTS = st.integers(0, 200)


@given(COUNTS, COUNTS, COUNTS)
def test_full_partial_and_failed_tasks_are_all_that_ended(
    full: int, partial: int, failed: int
) -> None:
    tasks = Tasks(full, partial, failed)

    found = [task_success_full(tasks), task_success_partial(tasks), task_failure(tasks)]

    if tasks.ended < 10:
        assert found == [None] * 3
    else:
        assert sum(one.value for one in found if one) == pytest.approx(1)
        assert {one.n for one in found if one} == {tasks.ended}


def test_each_tool_is_judged_by_its_own_calls() -> None:
    calls = [("search", "ok")] * 18 + [("search", "timeout")] * 2 + [("pay", "ok")] * 9
    calls += [("mail", "ok")] * 5 + [("mail", "refused")] * 5

    outcomes = tool_outcomes(calls)
    reliability = rate_by_tool(outcomes, {"ok"})

    assert {tool: one.value for tool, one in reliability.items()} == {"search": 0.9, "mail": 0.5}
    assert worst_tool(reliability) == "mail"
    assert rate_by_tool(outcomes, {"timeout"})["search"].value == pytest.approx(0.1)
    assert worst_tool({}) is None


@pytest.mark.parametrize(
    "rate",
    [
        lambda part, n: intervention_rate(intervened=part, runs=n),
        lambda part, n: approval_rate(approved=part, asked=n),
        lambda part, n: escalation_rate(escalated=part, runs=n),
        lambda part, n: blocked_rate(blocked=part, proposed=n),
    ],
)
def test_a_rate_of_runs_is_a_share_from_ten_on(rate: object) -> None:
    assert callable(rate)
    assert rate(5, 20).value == 0.25
    assert rate(1, 9) is None
    with pytest.raises(ValueError, match="no share"):
        rate(-1, 20)


def test_what_is_not_declared_lies_outside_whether_or_not_it_was_done() -> None:
    scope = Scope(tools=(Tool("search", actions=frozenset({"read"})),))
    actions = [
        (Action(tool="Search", asked="read"), True),
        (Action(tool="wire transfer", asked="send"), False),
        (Action(tool="wire transfer", asked="send"), True),
    ]

    assert boundary_of(actions, scope) == Boundary(attempted=2, executed=1)
    assert boundary_of(actions, Scope()) == Boundary(attempted=3, executed=2)
    assert boundary_of([], scope) == Boundary(0, 0)


def test_near_misses_are_told_per_thousand_actions() -> None:
    found = per_thousand(happened=3, actions=1500)

    assert found is not None
    assert (found.value, found.n) == (2.0, 1500)
    assert per_thousand(happened=0, actions=0) is None
    with pytest.raises(ValueError, match="negative"):
        per_thousand(happened=-1, actions=10)


def test_the_mean_cost_has_the_interval_of_scipy() -> None:
    costs = [0.01, 0.02, 0.015, 0.4, 0.011, 0.02, 0.018, 0.022, 0.013, 0.017, 0.03]

    found = cost_per_decision(costs)

    bounds = stats.ttest_1samp(costs, 0).confidence_interval()
    assert found is not None
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high))
    assert cost_per_decision(costs[:9]) is None
    with pytest.raises(ValueError, match="finite"):
        cost_per_decision([math.nan] * 10)


def test_a_run_that_repeats_one_step_is_a_loop() -> None:
    runs = [["plan", "search", "search", "search", "search"]] + [["plan", "search", "answer"]] * 9

    found = loop_rate(runs, most=3)

    assert found is not None
    assert found.value == pytest.approx(0.1)
    assert loop_rate(runs, most=4) is not None
    assert loop_rate([], most=3) is None
    with pytest.raises(ValueError, match="before"):
        loop_rate(runs, most=0)
