"""Late, corrected and out-of-order readings: the series is judged again from before them.

Within the lateness that the checkpoints cover, the outcome is as if all had come in order. What is
older changes no standing, but opens what it would have opened then (EVA-09).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from governance.models import Checkpoint
from governance.rules.bands import Reading as Judged
from governance.rules.judging import (
    Due,
    Outcome,
    Timeline,
    held_silence,
    judge_again,
    judge_in_order,
)
from governance.rules.standings import Carried
from governance.services.checkpoints import checkpoints_of, correct_checkpoints
from governance.services.seen_series import SeenSeries, reading_of
from telemetry.selectors.readings import Reading, all_revisions_since, around
from telemetry.services.states import Row

MOST_FROM_BEGINNING = 5000
AT_ONCE = 1000


@dataclass(slots=True)
class _Late:
    """A series with late rows: those that are too old, the others, and where these start from.

    `start` is None for the very beginning, which only few readings allow.
    """

    one: SeenSeries
    checkpoints: Sequence[Checkpoint]
    old: list[Row]
    rest: list[Row]
    start: Checkpoint | None

    @property
    def is_replayed(self) -> bool:
        """Whether stored readings are judged again; else what is newer follows in order."""
        return bool(self.rest) and (self.start is not None or _is_short(self.one))


def judge_late(late: Sequence[SeenSeries]) -> None:
    """Judge series again whose readings came late; sets their outcome."""
    checkpoints = checkpoints_of([one.series.pk for one in late])
    plans = [_plan(one, checkpoints[one.series.pk]) for one in late]
    stored = all_revisions_since(
        {
            plan.one.series.pk: plan.start.window_end if plan.start else None
            for plan in plans
            if plan.is_replayed
        }
    )
    for plan in plans:
        plan.one.is_late = True
        plan.one.outcome = (
            _again(plan, stored[plan.one.series.pk]) if plan.is_replayed else _in_order(plan)
        )
        plan.one.outcome.due[:0] = _too_late(plan)


def _plan(one: SeenSeries, checkpoints: Sequence[Checkpoint]) -> _Late:
    """Split the rows at the oldest checkpoint, or where there is none at what was judged last."""
    if _is_short(one):
        old, rest = [], one.rows
    else:
        edge = checkpoints[-1].window_end if checkpoints else one.state.previous_end
        old = [row for row in one.rows if edge is not None and row[1] <= edge]
        rest = one.rows[len(old) :]
    first = rest[0][1] if rest else None
    start = next((c for c in checkpoints if first and c.window_end < first), None)
    return _Late(one, checkpoints, old, rest, start)


def _is_short(one: SeenSeries) -> bool:
    return one.state.stored <= MOST_FROM_BEGINNING


def _in_order(plan: _Late) -> Outcome:
    return judge_in_order(_timeline(plan.one), plan.one.before, map(reading_of, plan.rest))


def _again(plan: _Late, stored: Sequence[Reading]) -> Outcome:
    start = plan.start
    later = [c for c in plan.checkpoints if start is None or c.window_end > start.window_end]
    outcome = judge_again(
        _timeline(plan.one),
        Carried() if start is None else Carried.from_plain(start.carried),
        [_judged(reading) for reading in stored],
        {(row[1], row[2]) for row in plan.rest},
        {checkpoint.window_end for checkpoint in later},
    )
    outcome.left_since = start.window_end if start else None
    outcome.carried = held_silence(plan.one.before, outcome.carried)
    correct_checkpoints(
        [
            (checkpoint, outcome.kept[checkpoint.window_end].to_plain())
            for checkpoint in later
            if checkpoint.window_end in outcome.kept
        ]
    )
    return outcome


def _too_late(plan: _Late) -> list[Due]:
    """Return what is due of readings that are too old, each judged with its surroundings only."""
    timeline, new = _timeline(plan.one), {(row[1], row[2]) for row in plan.old}
    found: list[Due] = []
    judged_until: datetime | None = None
    for end, _ in sorted(new):
        if judged_until is not None and end <= judged_until:
            continue
        near = around(
            series_id=plan.one.series.pk,
            window_end=end,
            before=timeline.newest.rule.firing.n,
            after=AT_ONCE,
        )
        found += judge_again(timeline, Carried(), [_judged(each) for each in near], new).due
        judged_until = near[-1].window_end
    return found


def _timeline(one: SeenSeries) -> Timeline:
    assert one.timeline is not None
    return one.timeline


def _judged(reading: Reading) -> Judged:
    return Judged(
        window_end=reading.window_end,
        value=reading.value,
        n=reading.n,
        low=reading.low,
        high=reading.high,
        quality="good" if reading.good else "bad",
        revision=reading.revision,
    )
