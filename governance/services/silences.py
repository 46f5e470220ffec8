"""Silence: series that should have sent and did not; a job of the sweep (EVA-04 to EVA-08)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Standing
from governance.rules.breach import Breach
from governance.rules.judging import Judge, carried_from, kept_plain
from governance.rules.silences import SilenceVerdict, judge_silence
from governance.rules.standings import Carried, epoch
from governance.selectors.faults import segments_gone
from governance.selectors.silences import Silent, first_multiples, silent_series
from governance.selectors.thresholds import timelines_of
from governance.services import cases
from governance.services.engine import EVALUATOR
from governance.services.faults import own_silences
from governance.services.standings import new_standing, write_standing
from ledger.context import acting_as
from ledger.retries import retried
from telemetry.models import SeriesState
from telemetry.services.states import Judged, keep_carried

AT_ONCE = 200
ONSET = "end of the last window with a valid reading"
LOUD = ("watch", "incident")
GONE = (
    "Nothing valid has come of {segment}, while the whole is still heard: the segment may be gone. "
    "If so, retire the series; that takes somebody to say it."
)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A silent series with what the rules say of it; a watch begins past `multiple` cadences."""

    silent: Silent
    judge: Judge
    multiple: float
    after: Carried
    verdict: SilenceVerdict


@retried
@transaction.atomic
def judge_silences(at: datetime) -> int:
    """Judge the series that are silent past their cadence; returns how many call for something.

    A series that is being delivered to, or judged by another sweep, is left to the next tick.
    """
    with acting_as(EVALUATOR):
        silent = _locked(silent_series(at=at, limit=AT_ONCE))
        units = {one.series.system.unit_id for one in silent}
        heard = _judged(silent, first_multiples(unit_ids=units, at=at), at)
        keep_carried([_told(one, at) for one in heard])
        gone = segments_gone(series_ids=[one.silent.series.pk for one in heard])
        breaches = [_breach(one, _keep(one, at), gone) for one in heard]
        loud = [one for one in breaches if one is not None]
        own = own_silences(breaches=loud, at=at) if loud else []
        if own:
            cases.open_or_join(breaches=own, at=at)
    return len(heard)


def _locked(silent: Sequence[Silent]) -> list[Silent]:
    ids = [one.series.pk for one in silent]
    rows = SeriesState.objects.select_for_update(skip_locked=True).filter(series_id__in=ids)
    mine = {state.series_id: state for state in rows.order_by("series_id")}
    # Who sent between the search and the lock is silent no more.
    return [
        Silent(one.series, one.heard_at, mine[one.series.pk])
        for one in silent
        if one.series.pk in mine and mine[one.series.pk].last_valid_at == one.state.last_valid_at
    ]


def _judged(
    silent: Sequence[Silent], multiples: Mapping[UUID, float], at: datetime
) -> list[_Heard]:
    timelines = timelines_of([one.series for one in silent])
    found = []
    for one in silent:
        if one.series.pk not in timelines:
            continue
        judge, state = timelines[one.series.pk].newest, one.state
        multiple = multiples[one.series.system.unit_id]
        carried = carried_from(state.carried or {}, state.settled, state.window_end)
        after, verdict = judge_silence(
            judge.rule, carried, at=at, heard_at=one.heard_at, watch_multiple=multiple
        )
        if verdict.silence != "none":
            found.append(_Heard(one, judge, multiple, after, verdict))
    return found


def _told(one: _Heard, at: datetime) -> Judged:
    """Keep with the state how far its silence was told, until a valid reading ends it."""
    plain, settled = kept_plain(one.after)
    told = {"told": one.verdict.silence, "told_at": epoch(at), "watch_at": one.multiple}
    return Judged(one.silent.series.pk, plain | told, one.judge.version_id, settled)


def _keep(one: _Heard, at: datetime) -> Standing:
    series = one.silent.series
    row = Standing.objects.select_for_update().filter(series=series).first()
    row = row or new_standing(series=series, judge=one.judge, at=at)
    write_standing(
        row=row,
        series=series,
        after=one.after,
        version_id=one.judge.version_id,
        is_different=row.fairness_flag,
        window_end=one.silent.state.window_end or one.silent.heard_at,
        details={"silent_seconds": int(one.verdict.seconds)},
        at=at,
    )
    return row


def _breach(one: _Heard, standing: Standing, gone: Collection[int]) -> Breach | None:
    if one.verdict.silence not in LOUD:
        return None
    series = one.silent.series
    return Breach(
        standing_id=standing.pk,
        series_id=series.pk,
        system_id=series.system_id,
        kpi_id=series.kpi_id,
        environment=series.environment,
        segment=series.segment,
        category=series.kpi.category,
        kind="silence",
        from_state=one.verdict.before.value,
        to_state=one.verdict.after.value,
        instant=False,
        window_end=one.silent.heard_at,
        value=None,
        low=None,
        high=None,
        n=None,
        threshold_version_id=one.judge.version_id,
        onset_at=one.silent.heard_at,
        onset_method=ONSET,
        fairness_flag=False,
        watch_only=one.verdict.silence == "watch",
        words=GONE.format(segment=series.segment) if series.pk in gone else "",
    )
