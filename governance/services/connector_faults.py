"""A connector that fails: what it feeds stands in ERROR until it answers again (EVA-04).

The standing before is held under it. It opens nothing: silence does, once the cadence has passed,
and its NO_DATA then takes the place of ERROR (EVA-07).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from governance.models import Standing
from governance.rules.judging import Judge, carried_from, kept_plain
from governance.rules.silences import end_error, mark_error
from governance.rules.standings import UNKNOWN, Carried
from governance.rules.standings import Standing as State
from governance.selectors.connector_faults import Fed, is_any_in_error, series_fed
from governance.selectors.thresholds import timelines_of
from governance.services.engine import EVALUATOR
from governance.services.standings import new_standing, write_standing
from ledger.context import acting_as
from telemetry.models import Connector, SeriesState
from telemetry.rules.mappings import Line
from telemetry.services.states import Judged, keep_carried


@transaction.atomic
def mark_failing(*, connector: Connector, lines: Sequence[Line], at: datetime) -> int:
    """Lay ERROR over the standings of what these lines feed; return how many changed.

    What is known to be silent already stays so. A series that is being delivered to is left to the
    next poll: locks are not waited for, so that this meets no delivery crosswise.
    """
    changed = 0
    for one in _locked(series_fed(connector=connector, lines=lines, at=at)):
        if one.before.standing not in UNKNOWN:
            _write(connector, one, mark_error(one.before, at=at), at)
            changed += 1
    return changed


@transaction.atomic
def mark_answering(*, connector: Connector, lines: Sequence[Line], at: datetime) -> int:
    """End ERROR where these lines were answered, also with nothing new; return how many changed.

    What stood before stands again while its last valid reading is within cadence and grace; it is
    NO_DATA past that. Of what nothing is expected the standing is left as it is (EVA-08).
    """
    if not is_any_in_error(connector=connector):
        return 0
    changed = 0
    for one in _locked(series_fed(connector=connector, lines=lines, at=at)):
        if one.before.standing is State.ERROR:
            heard_at = one.fed.heard_at
            after, _ = end_error(one.judge.rule, one.before, at=at, heard_at=heard_at)
            _write(connector, one, after, at)
            changed += 1
    return changed


@dataclass(frozen=True, slots=True)
class _Locked:
    """A judged series whose state is locked, as it stands."""

    fed: Fed
    state: SeriesState
    judge: Judge
    before: Carried


def _locked(fed: dict[int, Fed]) -> Iterator[_Locked]:
    """Yield the series that nobody delivers to just now, locked in the order of their ids."""
    if not fed:
        return
    rows = SeriesState.objects.select_for_update(skip_locked=True).filter(series_id__in=fed)
    states = list(rows.order_by("series_id"))
    timelines = timelines_of([fed[one.series_id].series for one in states])
    for state in states:
        if state.series_id in timelines:
            before = carried_from(state.carried or {}, state.settled, state.window_end)
            judge = timelines[state.series_id].newest
            yield _Locked(fed[state.series_id], state, judge, before)


def _write(connector: Connector, one: _Locked, after: Carried, at: datetime) -> None:
    """Keep what is carried of a series, and its standing with the entry."""
    series, judge = one.fed.series, one.judge
    plain, settled = kept_plain(after)
    keep_carried([Judged(series.pk, plain, judge.version_id, settled)])
    row = Standing.objects.select_for_update().filter(series=series).first()
    row = row or new_standing(series=series, judge=judge, at=at)
    with acting_as(EVALUATOR):
        write_standing(
            row=row,
            series=series,
            after=after,
            version_id=judge.version_id,
            is_different=row.fairness_flag,
            window_end=one.state.window_end or at,
            details={"connector": str(connector.pk), "connector_name": connector.name},
            at=at,
        )
