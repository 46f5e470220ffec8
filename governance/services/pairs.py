"""Gains that cost their guardrail, judged in every sweep where readings have come (KPI-3)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from governance.rules.measured import Point, Verdict, last_places, unknown, with_silence
from governance.rules.pairs import PairTerms, judge_both, matched, pair_words
from governance.selectors.measured import Wanted, documents_of, marks_of, points_of
from governance.selectors.pairs import Paired, approved_at, pairs_due, terms_of
from governance.services.engine import EVALUATOR
from governance.services.measured import Looked, conclude, has_turn, states_of
from ledger.context import acting_as
from ledger.retries import retried
from telemetry.models import SeriesState

AT_ONCE = 100
LAST_WINDOWS = 26
LOOKS_BACK = 104
NOT_JUDGED = "nobody says any more that these two are judged together"


@retried
@transaction.atomic
def judge_pairs(at: datetime) -> int:
    """Judge the pairs of which a series has new readings; returns how many. A job of the sweep."""
    if not has_turn("pair"):
        return 0
    with acting_as(EVALUATOR):
        due = pairs_due(limit=AT_ONCE)
        states = states_of([pk for one in due for pk in (one.gain.pk, one.guardrail.pk)])
        mine = [one for one in due if {one.gain.pk, one.guardrail.pk} <= states.keys()]
        documents = documents_of({one.guardrail.system.unit_id for one in mine}, at)
        points, marks = _points(mine, states), marks_of(states.values())
        looked = [
            Looked(
                kind="pair",
                series=one.guardrail,
                gain=one.gain.kpi,
                verdicts=_verdicts(one, terms_of(one, documents), points, states),
                words=partial(
                    pair_words,
                    gain=one.gain.kpi.name,
                    guardrail=one.guardrail.kpi.name,
                    unit=one.guardrail.kpi.unit,
                    gain_unit=one.gain.kpi.unit,
                ),
                judged_by=one.judged_by,
                stored=marks[one.guardrail.pk],
                stored_gain=marks[one.gain.pk],
            )
            for one in mine
        ]
        conclude(kind="pair", looked=looked, at=at)
    return len(looked)


def _points(due: Sequence[Paired], states: Mapping[int, SeriesState]) -> dict[int, list[Point]]:
    wanted = {}
    for one in due:
        for series in (one.gain, one.guardrail):
            until = states[series.pk].window_end
            assert until is not None
            back = timedelta(seconds=LOOKS_BACK * series.window_seconds)
            wanted[series.pk] = Wanted(until - back, until, 0)
    return points_of(wanted)


def _verdicts(
    one: Paired,
    terms: PairTerms | None,
    points: Mapping[int, Sequence[Point]],
    states: Mapping[int, SeriesState],
) -> list[tuple[float, Verdict]]:
    """Judge every window of both, and keep the last ones."""
    newest = states[one.guardrail.pk].window_end
    assert newest is not None
    if terms is None:
        return [(newest.timestamp(), unknown(NOT_JUDGED))]
    both = matched(terms, points[one.gain.pk], points[one.guardrail.pk])
    verdicts = judge_both(terms, both)
    since = approved_at(one)
    places = last_places(both, since=0.0 if since is None else since.timestamp(), most=LAST_WINDOWS)
    kept = [verdicts[place] for place in places]
    return with_silence(kept, newest=newest.timestamp(), step=terms.window)
