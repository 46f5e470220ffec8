"""Checkpoints: what was carried at earlier windows, so that a late reading is judged from there.

The latest ones of a series reach back some thousand readings; that is the allowed lateness.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from governance.models import Checkpoint
from governance.rules.judging import carried_from
from governance.rules.standings import Carried
from governance.services.seen_series import SeenSeries, stored_carried
from telemetry.services.measurements import Recorded

EVERY = 250
KEPT = 8

FORGET = """
DELETE FROM governance_checkpoint c USING (
  SELECT id, row_number() OVER (PARTITION BY series_id ORDER BY window_end DESC) AS place
    FROM governance_checkpoint WHERE series_id = ANY(%s)) old
 WHERE c.id = old.id AND old.place > %s
"""


def keep_checkpoints(*, recorded: Recorded, closely: Sequence[SeenSeries]) -> None:
    """Note what is carried of each series that has passed its next number of readings."""
    counts = Counter(row[0] for row in recorded.inserted)
    due = [
        one
        for one, count in counts.items()
        if recorded.states[one].stored // EVERY > (recorded.states[one].stored - count) // EVERY
    ]
    if due:
        newest = {row[0]: row[1] for row in recorded.inserted}
        _keep(_carried(recorded, due, newest, closely), due)


def _carried(
    recorded: Recorded,
    due: Sequence[int],
    newest: Mapping[int, datetime],
    closely: Sequence[SeenSeries],
) -> dict[int, tuple[datetime, Carried]]:
    found = {
        one.series.pk: (newest[one.series.pk], one.outcome.carried)
        for one in closely
        if one.outcome is not None and not one.is_late
    }
    looked_at = {one.series.pk for one in closely}
    quiet = [
        one for one in due if one not in looked_at and recorded.states[one].judged_by is not None
    ]
    for series, plain in stored_carried(recorded.states, quiet).items():
        found[series] = (newest[series], carried_from(plain, True, newest[series]))
    return found


def _keep(carried: Mapping[int, tuple[datetime, Carried]], due: Sequence[int]) -> None:
    Checkpoint.objects.bulk_create(
        [
            Checkpoint(series_id=one, window_end=end, carried=state.to_plain())
            for one, (end, state) in carried.items()
            if one in due
        ],
        ignore_conflicts=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [list(due), KEPT])


def checkpoints_of(series_ids: Collection[int]) -> dict[int, list[Checkpoint]]:
    """Return the checkpoints of each series, the newest first."""
    found: dict[int, list[Checkpoint]] = {one: [] for one in series_ids}
    rows = Checkpoint.objects.filter(series_id__in=series_ids).order_by("series_id", "-window_end")
    for row in rows:
        found[row.series_id].append(row)
    return found


def correct_checkpoints(corrected: Sequence[tuple[Checkpoint, dict[str, Any]]]) -> None:
    """Replace what checkpoints hold where a late reading has changed it."""
    for row, plain in corrected:
        row.carried = plain
    Checkpoint.objects.bulk_update([row for row, _ in corrected], ["carried"])
