"""Slow slides, looked for in every sweep where readings have come (KPI-5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from governance.rules.measured import Point, Verdict, last_places, unknown, with_silence
from governance.rules.trends import TrendTerms, judge_trend, trend_words
from governance.selectors.measured import Wanted, documents_of, marks_of, points_of
from governance.selectors.trends import Sliding, terms_of, trends_due
from governance.services.engine import EVALUATOR
from governance.services.measured import Looked, conclude, has_turn, states_of
from ledger.context import acting_as
from ledger.retries import retried
from telemetry.models import SeriesState

AT_ONCE = 200
LAST_WINDOWS = 16
NOT_JUDGED = "slides of it are not judged"
NO_BASELINE = "no baseline: the limits are relative to one that is not in force"


@retried
@transaction.atomic
def judge_trends(at: datetime) -> int:
    """Look for slides in series with new readings; returns how many were looked at.

    A job of the sweep. It reads stored readings, so how they arrived cannot matter.
    """
    if not has_turn("trend"):
        return 0
    with acting_as(EVALUATOR):
        due = trends_due(at=at, limit=AT_ONCE)
        states = states_of([one.series.pk for one in due])
        mine = [one for one in due if one.series.pk in states]
        documents = documents_of({one.series.system.unit_id for one in mine}, at)
        terms = {one.series.pk: terms_of(one, documents) for one in mine}
        points = _points(mine, terms, states)
        marks = marks_of(states.values())
        looked = [
            Looked(
                kind="trend",
                series=one.series,
                verdicts=_verdicts(
                    one,
                    terms[one.series.pk],
                    points.get(one.series.pk, []),
                    states[one.series.pk],
                ),
                words=partial(trend_words, kpi=one.series.kpi.name, unit=one.series.kpi.unit),
                judged_by=one.judged_by,
                stored=marks[one.series.pk],
            )
            for one in mine
        ]
        conclude(kind="trend", looked=looked, at=at)
    return len(looked)


def _points(
    due: Sequence[Sliding],
    terms: Mapping[int, TrendTerms | None],
    states: Mapping[int, SeriesState],
) -> dict[int, list[Point]]:
    found: dict[int, list[Point]] = {}
    for daily in (False, True):
        wanted = {
            one.series.pk: _wanted(one, told, states[one.series.pk])
            for one in due
            if one.is_daily is daily and (told := terms[one.series.pk]) is not None
        }
        found |= points_of(wanted, daily=daily)
    return found


def _wanted(one: Sliding, terms: TrendTerms, state: SeriesState) -> Wanted:
    """Return twice as far back as full windows would reach: some are missing, some are bad."""
    until = state.window_end
    assert until is not None
    back = timedelta(seconds=(2 * terms.reach + LAST_WINDOWS) * terms.window)
    return Wanted(until - back, until, one.version.least_n)


def _verdicts(
    one: Sliding, terms: TrendTerms | None, points: Sequence[Point], state: SeriesState
) -> list[tuple[float, Verdict]]:
    """Judge at the end of each of the last windows, as if nothing later were known."""
    assert state.window_end is not None
    newest = state.window_end.timestamp()
    if terms is None or one.waits_for:
        return [(newest, unknown(NOT_JUDGED if terms is None else NO_BASELINE))]
    places = last_places(points, since=one.valid_from.timestamp(), most=LAST_WINDOWS)
    verdicts = [(points[place].end, judge_trend(terms, points[: place + 1])) for place in places]
    return with_silence(verdicts, newest=newest, step=terms.window)
