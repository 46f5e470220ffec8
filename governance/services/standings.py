"""Standings as rows: written when they change, each change with its entry in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.models import Standing
from governance.rules.bands import Band
from governance.rules.judging import Judge
from governance.rules.standings import BREACHED, UNKNOWN, Carried, instant_of
from governance.rules.standings import Standing as State
from governance.services.engine import EVALUATOR
from governance.services.seen_series import SeenSeries
from ledger.services.entries import append_entry
from telemetry.models import Series

MOST_STEPS = 50


@dataclass(slots=True)
class Kept:
    """The id of each series' standing; those that are OK after a breach; those that now flap."""

    ids: dict[int, int] = field(default_factory=dict)
    recovered: list[int] = field(default_factory=list)
    unstable: list[int] = field(default_factory=list)


def keep_standings(*, seen: Sequence[SeenSeries], at: datetime) -> Kept:
    """Write the standings that changed, in the order of their series, which are locked."""
    ids = [one.series.pk for one in seen]
    rows = Standing.objects.select_for_update().filter(series_id__in=ids).order_by("series_id")
    known = {row.series_id: row for row in rows}
    kept = Kept()
    for one in seen:
        assert one.timeline is not None
        row = known.get(one.series.pk) or new_standing(
            series=one.series, judge=one.timeline.newest, at=at
        )
        before = State(row.state)
        kept.ids[one.series.pk] = _keep(row, one, at)
        if has_recovered(before, one):
            kept.recovered.append(kept.ids[one.series.pk])
        if one.begins_to_flap:
            kept.unstable.append(kept.ids[one.series.pk])
    return kept


def has_recovered(before: State, one: SeenSeries) -> bool:
    """Whether a series is OK now and was, or went through, something worse that was known.

    One that flaps has not: its case is held until it is stable (EVA-16).
    """
    assert one.outcome is not None
    if one.outcome.carried.standing is not State.OK or one.outcome.carried.flapping:
        return False
    if one.before.flapping:
        return True
    was_heard = one.before.first is not None
    through = any(change.before in BREACHED for change in one.outcome.changes)
    was_worse = through or before in BREACHED or (before in UNKNOWN and was_heard)
    return was_worse or _ends_a_watch(one)


def _ends_a_watch(one: SeenSeries) -> bool:
    """Whether the point of a gap that is judged by its interval lies within its band again."""
    last = None if one.outcome is None else one.outcome.last
    by_interval = last is not None and last.judge.rule.judged_by == "lower_bound"
    return last is not None and by_interval and last.verdict.band is Band.OK


def _keep(row: Standing, one: SeenSeries, at: datetime) -> int:
    assert one.outcome is not None
    assert one.timeline is not None
    changes = [] if one.is_late else one.outcome.changes
    return write_standing(
        row=row,
        series=one.series,
        after=one.outcome.carried,
        version_id=one.timeline.newest.version_id,
        is_different=one.outcome.is_different,
        window_end=one.rows[-1][1],
        details={
            "late": one.is_late,
            "steps": [
                {"window_end": step.window_end, "state": step.after.value}
                for step in changes[-MOST_STEPS:]
            ],
        },
        at=at,
    )


def write_standing(
    *,
    row: Standing,
    series: Series,
    after: Carried,
    version_id: UUID,
    is_different: bool,
    window_end: datetime,
    details: dict[str, Any],
    at: datetime,
) -> int:
    """Write a standing if anything of it changed, with its entry; return its id.

    `row` is locked, or new with version 0. Steps in `details` are changes that came and went.
    """
    new = {
        "state": after.standing.value,
        "threshold_version_id": version_id,
        "fairness_flag": is_different,
        "flapping": after.flapping,
        "since": row.since if after.since is None else instant_of(after.since),
    }
    before, stepped = row.state, bool(details.get("steps"))
    if row.pk and not stepped and all(getattr(row, name) == new[name] for name in new):
        return int(row.pk)
    changed = {name: getattr(row, name) for name in new if getattr(row, name) != new[name]}
    for name, value in new.items():
        setattr(row, name, value)
    row.window_end = window_end
    row.version += 1
    row.save(at=at)
    _record(row, {"state": before, **changed}, series, details, at)
    return int(row.pk)


def new_standing(*, series: Series, judge: Judge, at: datetime) -> Standing:
    """Return the standing that a series begins with: nothing is known (EVA-05). Not saved."""
    return Standing(
        series=series,
        threshold_id=judge.threshold_id,
        threshold_version_id=judge.version_id,
        state=State.NO_DATA,
        since=at,
        version=0,
    )


def _record(
    row: Standing, before: dict[str, Any], series: Series, details: dict[str, Any], at: datetime
) -> None:
    append_entry(
        verb="standing.changed",
        actor=EVALUATOR,
        at=at,
        subject=("standing", str(row.pk), series.label),
        system_id=series.system_id,
        before=before,
        after={name: getattr(row, name) for name in (*before, "version")},
        details={
            "series": series.pk,
            "threshold_version": row.threshold_version_id,
            **details,
        },
        touched=[f"governance_standing:{row.pk}"],
    )
