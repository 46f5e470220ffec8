"""What a threshold reaches: the series that it judges, from the moment of its approval on."""

from collections.abc import Sequence
from datetime import datetime

from governance.models import Checkpoint, Threshold, ThresholdVersion
from governance.rules.standings import Carried
from governance.services.evaluation import judge
from telemetry.models import Series, SeriesState
from telemetry.selectors.readings import all_revisions_since
from telemetry.services.measurements import Recorded
from telemetry.services.series import hold_new_series
from telemetry.services.states import Row, State


def lock_series(threshold: Threshold) -> list[Series]:
    """Lock every series that a threshold judges, in the order of their ids, and return them.

    Deliveries that are making a series just now are waited for, later ones wait: none is born
    unseen between the approval and its commit.
    """
    hold_new_series(system_id=threshold.system_id)
    series = list(
        Series.objects.filter(
            system_id=threshold.system_id,
            kpi_id=threshold.kpi_id,
            environment=threshold.environment,
            segment=threshold.segment,
        ).order_by("pk")
    )
    states = SeriesState.objects.select_for_update().filter(series__in=series)
    list(states.order_by("series_id").values_list("series_id"))
    return series


def put_in_force(
    *, version: ThresholdVersion, series: Sequence[Series], is_first: bool, at: datetime
) -> None:
    """Let locked series be judged by a version; a first one judges what is stored already."""
    if not is_first:
        rows = SeriesState.objects.filter(series__in=series, carried__isnull=False)
        rows.update(judged_by=version.pk)
        return
    for one in series:
        _begin(one, version, at)


def _begin(series: Series, version: ThresholdVersion, at: datetime) -> None:
    """Judge the stored readings of a series for the first time, and mark where that began."""
    state = SeriesState.objects.filter(series=series).first()
    if state is None:
        return
    SeriesState.objects.filter(pk=series.pk).update(carried={}, judged_by=version.pk, settled=False)
    rows = _stored_rows(series, version.valid_from)
    _mark_beginning(series, state, rows)
    states = {series.pk: State(series.pk, None, state.stored, None, False, None)}
    judge(recorded=Recorded(inserted=rows, states=states), at=at)


def _stored_rows(series: Series, valid_from: datetime) -> list[Row]:
    """Return the newest revision of each stored window that ends at `valid_from` or later."""
    newest: dict[datetime, Row] = {}
    for one in all_revisions_since({series.pk: None})[series.pk]:
        if one.window_end >= valid_from:
            newest[one.window_end] = (
                one.series_id,
                one.window_end,
                0,
                one.value,
                one.n,
                one.low,
                one.high,
                one.good,
            )
    return list(newest.values())


def _mark_beginning(series: Series, state: SeriesState, rows: Sequence[Row]) -> None:
    """Keep a checkpoint from before all that is judged, so that late readings have a start."""
    if not rows and state.window_end is not None:
        Checkpoint.objects.get_or_create(
            series=series,
            window_end=state.window_end,
            defaults={"carried": Carried().to_plain()},
        )
