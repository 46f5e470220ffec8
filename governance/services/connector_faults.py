"""A connector that fails: what it feeds stands in ERROR until the next good reading (EVA-04).

The standing before is held under it. It opens nothing: silence does, once the cadence has passed,
and its NO_DATA then takes the place of ERROR (EVA-07).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from governance.models import Standing
from governance.rules.judging import Judge, carried_from, kept_plain
from governance.rules.silences import mark_error
from governance.rules.standings import UNKNOWN, Carried
from governance.selectors.connector_faults import series_fed
from governance.selectors.thresholds import timelines_of
from governance.services.engine import EVALUATOR
from governance.services.standings import new_standing, write_standing
from ledger.context import acting_as
from telemetry.models import Connector, Series, SeriesState
from telemetry.rules.mappings import Line
from telemetry.services.states import Judged, keep_carried


@transaction.atomic
def mark_failing(*, connector: Connector, lines: Sequence[Line], at: datetime) -> int:
    """Lay ERROR over the standings of what these lines feed; return how many changed.

    What is known to be silent already stays so. A series that is being delivered to is left to the
    next poll: locks are not waited for, so that this meets no delivery crosswise.
    """
    fed = {one.pk: one for one in series_fed(connector=connector, lines=lines, at=at)}
    if not fed:
        return 0
    rows = SeriesState.objects.select_for_update(skip_locked=True).filter(series_id__in=fed)
    states = list(rows.order_by("series_id"))
    timelines = timelines_of([fed[one.series_id] for one in states])
    with acting_as(EVALUATOR):
        return sum(
            _mark(connector, fed[one.series_id], one, timelines[one.series_id].newest, at)
            for one in states
            if one.series_id in timelines
        )


def _mark(
    connector: Connector, series: Series, state: SeriesState, judge: Judge, at: datetime
) -> bool:
    before = carried_from(state.carried or {}, state.settled, state.window_end)
    if before.standing in UNKNOWN:
        return False
    after = mark_error(before, at=at)
    plain, settled = kept_plain(after)
    keep_carried([Judged(series.pk, plain, judge.version_id, settled)])
    _write(connector, series, state, judge, after, at)
    return True


def _write(
    connector: Connector,
    series: Series,
    state: SeriesState,
    judge: Judge,
    after: Carried,
    at: datetime,
) -> None:
    row = Standing.objects.select_for_update().filter(series=series).first()
    row = row or new_standing(series=series, judge=judge, at=at)
    write_standing(
        row=row,
        series=series,
        after=after,
        version_id=judge.version_id,
        is_different=row.fairness_flag,
        window_end=state.window_end or at,
        details={"connector": str(connector.pk), "connector_name": connector.name},
        at=at,
    )
