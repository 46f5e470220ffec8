"""Error budgets, judged in every sweep where readings have come (KPI-7)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from governance.rules.budgets import budget_words, judge_over, slices_of
from governance.rules.measured import Point, Verdict, better_of, last_places, unknown, with_silence
from governance.selectors.budgets import Budgeted, budgets_due, terms_of
from governance.selectors.measured import Wanted, marks_of, points_of
from governance.services.engine import EVALUATOR
from governance.services.measured import Looked, conclude, has_turn, states_of
from ledger.context import acting_as
from ledger.retries import retried
from telemetry.models import SeriesState

AT_ONCE = 100
LAST_WINDOWS = 300
ENDED = "the budget has been ended"


@retried
@transaction.atomic
def judge_budgets(at: datetime) -> int:
    """Judge the error budgets with new readings; returns how many. A job of the sweep."""
    if not has_turn("budget"):
        return 0
    with acting_as(EVALUATOR):
        due = budgets_due(limit=AT_ONCE)
        states = states_of([one.series.pk for one in due])
        mine = [one for one in due if one.series.pk in states]
        points = points_of({one.series.pk: _wanted(one, states) for one in mine})
        marks = marks_of(states.values())
        looked = [
            Looked(
                kind="budget",
                series=one.series,
                verdicts=_verdicts(one, points[one.series.pk], states[one.series.pk]),
                words=partial(
                    budget_words,
                    kpi=one.series.kpi.name,
                    objective=one.budget.objective,
                    days=one.budget.period_days,
                ),
                judged_by=str(one.budget.pk),
                stored=marks[one.series.pk],
            )
            for one in mine
        ]
        conclude(kind="budget", looked=looked, at=at)
    return len(looked)


def _wanted(one: Budgeted, states: Mapping[int, SeriesState]) -> Wanted:
    until = states[one.series.pk].window_end
    assert until is not None
    back = timedelta(days=one.budget.period_days, seconds=LAST_WINDOWS * one.step)
    return Wanted(until - back, until, 0)


def _verdicts(
    one: Budgeted, points: list[Point], state: SeriesState
) -> list[tuple[float, Verdict]]:
    """Judge at the end of each of the last windows since the budget was approved."""
    assert state.window_end is not None
    newest, budget = state.window_end.timestamp(), one.budget
    better = better_of(one.series.kpi.better)
    if not budget.enabled or better is None:
        return [(newest, unknown(ENDED))]
    terms = terms_of(one)
    slices = slices_of(points, step=one.step, better=better, failure_limit=budget.failure_limit)
    since = (budget.approved_at or budget.created_at).timestamp()
    places = last_places(slices, since=since, most=LAST_WINDOWS)
    verdicts = judge_over(terms, slices, places)
    return with_silence(verdicts, newest=newest, step=one.step)
