"""Evaluation in the request: what readings make of the standings of their series.

A series that is OK and stays within its limits costs one comparison; everything else is judged
reading by reading (workflow.md section 4).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from django.db import transaction

from governance.rules.breach import Breach
from governance.rules.judging import Judge, carried_from, judge_in_order, kept_plain
from governance.rules.standings import Carried, is_within
from governance.selectors.thresholds import judges_by_id, timelines_of
from governance.services import cases
from governance.services.checkpoints import keep_checkpoints
from governance.services.engine import EVALUATOR
from governance.services.rejudging import judge_late
from governance.services.risks import LIMITED, void_beyond_limits
from governance.services.seen_series import SeenSeries, reading_of, stored_carried
from governance.services.standings import keep_standings
from governance.services.withdrawals import note_corrected
from incidents.models import Incident
from incidents.selectors.proofs import UNDER_PROOF, series_under_proof
from incidents.services.verification import judge_windows
from ledger.context import acting_as
from ledger.services.together import Statement
from telemetry.models import Series
from telemetry.services.measurements import Recorded
from telemetry.services.states import Judged, Row, State, keep_carried, locked_states

FIRST = itemgetter(0)
ALONG: tuple[Statement, ...] = ((UNDER_PROOF, ()), (LIMITED, ()))
"""What `judge` asks of every delivery: may be asked along with it, in `Recorded.answers`."""


@transaction.atomic(savepoint=False)
def judge(*, recorded: Recorded, at: datetime) -> list[Incident]:
    """Judge what a delivery inserted and return the incidents that it opened.

    The series are locked by the caller's transaction (`Recorded.states`). Standings, entries,
    cases and verification windows follow within it.
    """
    if not recorded.inserted:
        return []
    with acting_as(EVALUATOR):
        seen = _look_closer(recorded)
        opened = _settle(seen, at)
        keep_checkpoints(recorded=recorded, closely=seen)
        # What was asked along holds where nothing was written since.
        proofs, limits = recorded.answers if recorded.answers and not seen else (None, None)
        under_proof = series_under_proof() if proofs is None else {one for (one,) in proofs}
        proved = under_proof & recorded.states.keys()
        if proved:
            judge_windows(series_ids=sorted(proved), at=at)
        void_beyond_limits(recorded=recorded, at=at, answered=None if proved else limits)
    return opened


@transaction.atomic
def judge_anew(*, rows: Sequence[Row], at: datetime) -> list[Incident]:
    """Judge series again from before these stored readings, which count no more.

    The standing may get better or worse; what is due then opens. Returns the incidents that it
    opened. Locks the series.
    """
    states = locked_states({row[0] for row in rows})
    recorded = Recorded(inserted=sorted(rows), states=states)
    with acting_as(EVALUATOR):
        seen = [one for one in _seen_of(recorded, set(states)) if one.timeline is not None]
        if seen:
            judge_late(seen)
        for one in seen:
            one.fires_anew()
        opened = _settle(seen, at)
        proved = series_under_proof() & states.keys()
        if proved:
            judge_windows(series_ids=sorted(proved), at=at)
    return opened


def _look_closer(recorded: Recorded) -> list[SeenSeries]:
    """Return the series that a comparison alone does not settle, judged."""
    ids = _unsettled(recorded.inserted, recorded.states)
    if not ids:
        return []
    seen = _seen_of(recorded, ids)
    _judge_all(seen)
    return seen


def _seen_of(recorded: Recorded, ids: set[int]) -> list[SeenSeries]:
    series = list(Series.objects.filter(pk__in=ids).select_related("system", "kpi").order_by("pk"))
    timelines = timelines_of(series)
    carried = stored_carried(recorded.states, ids)
    rows = _rows_of(recorded.inserted, ids)
    seen = []
    for one in series:
        state = recorded.states[one.pk]
        closer = SeenSeries(
            series=one,
            state=state,
            timeline=timelines.get(one.pk),
            before=carried_from(carried.get(one.pk, {}), state.settled, state.previous_end),
            rows=rows[one.pk],
        )
        seen.append(closer)
    return seen


def _unsettled(inserted: Sequence[Row], states: Mapping[int, State]) -> set[int]:
    """Return the series with a reading that is not surely harmless; this runs for every reading."""
    judges = judges_by_id({s.judged_by for s in states.values() if s.judged_by is not None})
    found: set[int] = set()
    for series, rows in groupby(inserted, key=FIRST):
        state = states[series]
        if state.judged_by is None:
            if state.carried is None:
                found.add(series)
        elif not (state.settled and _are_quiet(judges[state.judged_by], state, rows)):
            found.add(series)
    return found


def _are_quiet(judge: Judge, state: State, rows: Iterable[Row]) -> bool:
    """Whether the readings of a settled series are new, in force, and within its limits."""
    last, first, rule = state.previous_end, judge.valid_from, judge.rule
    if last is None:
        return False
    for _series, end, revision, value, n, _low, _high, good in rows:
        if revision or not good or end <= last or end < first or not is_within(rule, value, n):
            return False
    return True


def _rows_of(inserted: Sequence[Row], ids: Collection[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {one: [] for one in ids}
    for row in inserted:
        if row[0] in found:
            found[row[0]].append(row)
    return found


def _judge_all(seen: Sequence[SeenSeries]) -> None:
    late = []
    for one in seen:
        if one.timeline is None:
            continue
        if one.is_in_order:
            one.outcome = judge_in_order(one.timeline, one.before, map(reading_of, one.rows))
        else:
            late.append(one)
    if late:
        judge_late(late)


def _settle(seen: Sequence[SeenSeries], at: datetime) -> list[Incident]:
    """Keep what was judged, then let cases be opened, joined and told of recoveries."""
    keep_carried([_judged(one) for one in seen])
    judged = [one for one in seen if one.timeline is not None and one.outcome is not None]
    if not judged:
        return []
    kept = keep_standings(seen=judged, at=at)
    breaches: list[Breach] = [one.breach(kept.ids[one.series.pk]) for one in judged if one.due]
    opened = cases.open_or_join(breaches=breaches, at=at) if breaches else []
    if kept.unstable:
        cases.note_instability(standing_ids=kept.unstable, at=at)
    if kept.recovered:
        cases.note_recovery(standing_ids=kept.recovered, at=at)
    note_corrected(seen=[one for one in judged if one.is_late], standings=kept.ids, at=at)
    return opened


def _judged(one: SeenSeries) -> Judged:
    if one.timeline is None:
        return Judged(one.series.pk, {}, None, False)
    after: Carried = one.before if one.outcome is None else one.outcome.carried
    plain, settled = kept_plain(after)
    return Judged(one.series.pk, plain, one.timeline.newest.version_id, settled)
