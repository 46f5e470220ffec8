"""Error budgets: what is left and how fast it burns (KPI-7)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.rules.metrics.budgets import (
    Burn,
    allowed_failures,
    budget_left,
    burn_rate,
    empty_in,
    spent_by,
)

OBJECTIVES = st.floats(0.5, 0.9999)


@pytest.mark.parametrize(
    ("failed", "left"), [(0, 1.0), (500, 0.5), (1000, 0.0), (1500, -0.5), (250, 0.75)]
)
def test_what_is_left_of_a_thousand_allowed_failures(failed: int, left: float) -> None:
    assert budget_left(failed=failed, total=1_000_000, objective=0.999) == pytest.approx(left)


# Site Reliability Workbook, table 5-8, for an objective of 99.9 % over 30 days.
@pytest.mark.parametrize(("burn", "hours", "spent"), [(14.4, 1, 0.02), (6, 6, 0.05), (1, 72, 0.10)])
def test_burn_rates_spend_what_the_workbook_says(burn: float, hours: int, spent: float) -> None:
    assert spent_by(burn=burn, window=hours, period=720) == pytest.approx(spent)


def test_a_burn_rate_is_a_multiple_of_what_is_allowed() -> None:
    assert burn_rate(failed=144, total=10_000, objective=0.999) == pytest.approx(14.4)


@given(
    st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), OBJECTIVES
)
def test_a_period_burns_what_it_spends(counts: tuple[int, int], objective: float) -> None:
    failed, total = counts

    burn = burn_rate(failed=failed, total=total, objective=objective)

    left = budget_left(failed=failed, total=total, objective=objective)
    assert burn is not None
    assert left == pytest.approx(1 - burn)
    allowed = allowed_failures(total=total, objective=objective)
    assert failed == pytest.approx(burn * allowed)


@pytest.mark.parametrize(
    ("long", "short", "fires"),
    [
        (6.0, 6.0, True),
        (9.0, 7.0, True),
        (9.0, 5.9, False),
        (5.9, 9.0, False),
        (None, 9.0, False),
        (9.0, None, False),
    ],
)
def test_an_alarm_needs_both_windows(long: float | None, short: float | None, fires: bool) -> None:
    assert Burn(long=long, short=short, limit=6.0).fires is fires


def test_the_end_of_a_budget_is_told_from_its_rate() -> None:
    assert empty_in(left=0.5, burn=2.0, period=30) == 7.5
    assert empty_in(left=-0.1, burn=2.0, period=30) == 0
    assert empty_in(left=0.5, burn=0.0, period=30) is None


def test_nothing_served_is_unknown() -> None:
    assert burn_rate(failed=0, total=0, objective=0.99) is None
    assert budget_left(failed=0, total=0, objective=0.99) is None


@pytest.mark.parametrize(
    ("failed", "total", "objective"),
    [(0, 10, 1.0), (0, 10, 0.0), (11, 10, 0.9), (-1, 10, 0.9), (0, math.nan, 0.9)],
)
def test_what_has_no_budget_is_refused(failed: float, total: float, objective: float) -> None:
    with pytest.raises(ValueError, match="is no"):
        burn_rate(failed=failed, total=total, objective=objective)


@pytest.mark.parametrize(
    ("burn", "window", "period"), [(-1, 1, 1), (1, 0, 1), (1, 1, math.inf), (math.nan, 1, 1)]
)
def test_a_window_of_nothing_is_refused(burn: float, window: float, period: float) -> None:
    with pytest.raises(ValueError):
        spent_by(burn=burn, window=window, period=period)
