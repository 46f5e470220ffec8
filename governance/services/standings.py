"""Standings as rows: written when they change, each change with its entry in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from governance.models import Standing
from governance.rules.standings import BREACHED, FIRED, Carried, instant_of
from governance.rules.standings import Standing as State
from governance.services.engine import EVALUATOR
from governance.services.seen_series import SeenSeries
from ledger.services import append_entry

MOST_STEPS = 50


@dataclass(slots=True)
class Kept:
    """The id of each series' standing, and the standings that have become OK after a breach."""

    ids: dict[int, int] = field(default_factory=dict)
    recovered: list[int] = field(default_factory=list)


def keep_standings(*, seen: Sequence[SeenSeries], at: datetime) -> Kept:
    """Write the standings that changed, in the order of their series, which are locked."""
    rows = Standing.objects.select_for_update().filter(series_id__in=[one.series.pk for one in seen])
    known = {row.series_id: row for row in rows.order_by("series_id")}
    kept = Kept()
    for one in seen:
        row = known.get(one.series.pk) or _first(one, at)
        _keep(row, one, kept, at)
        kept.ids[one.series.pk] = row.pk
    return kept


def _first(one: SeenSeries, at: datetime) -> Standing:
    assert one.timeline is not None
    version = one.timeline.newest.version_id
    return Standing(
        series=one.series,
        threshold_id=_threshold_id(version),
        threshold_version_id=version,
        state=State.NO_DATA,
        since=at,
        version=0,
    )
