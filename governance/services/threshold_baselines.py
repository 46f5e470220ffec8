"""Thresholds over baselines: what follows when one is agreed to, replaced or withdrawn (EVA-23).

Limits never loosen by themselves, and nothing is judged by limits over a baseline that is gone
while a breach stands.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from governance.models import Standing, Threshold, ThresholdVersion
from governance.rules.judging import carried_from, kept_plain
from governance.rules.standings import BREACHED, epoch, unheard
from governance.rules.standings import Standing as State
from governance.rules.stated import Stated
from governance.services.engine import EVALUATOR
from governance.services.standings import write_standing
from governance.services.threshold_reach import lock_series
from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from telemetry.models import Baseline, Series, SeriesState
from telemetry.selectors.baselines import baseline_in_force
from telemetry.services.states import Judged, keep_carried

BASELINE = "baseline"
NO_BASELINE = "no baseline"


def over_baseline(
    *, threshold: Threshold, stated: Stated, at: datetime
) -> tuple[Stated, Baseline | None]:
    """Return limits over the approved baseline, and that baseline.

    Limits that are absolute, or that name a baseline by hand, stay as they are.
    """
    if not stated.is_relative or stated.baseline is not None:
        return stated, None
    found = baseline_in_force(
        system_id=threshold.system_id,
        kpi_id=threshold.kpi_id,
        environment=threshold.environment,
        segment=threshold.segment,
        at=at,
    )
    if found is None:
        return stated, None
    return stated.against(found.value, words_of(found)), found


def over_approved(
    *,
    stated: Stated,
    system_id: UUID,
    kpi_id: str,
    environment: str,
    segment: str,
    at: datetime,
) -> Stated:
    """Return limits over the approved baseline of a KPI, where they need one and it is there."""
    place = Threshold(system_id=system_id, kpi_id=kpi_id, environment=environment, segment=segment)
    return over_baseline(threshold=place, stated=stated, at=at)[0]


def words_of(baseline: Baseline) -> str:
    """Say which baseline it is: 'Baseline 2, 1 Mar to 12 Apr 2026'."""
    first, last = baseline.since_at, baseline.until_at
    return f"Baseline {baseline.number}, {first:%-d %b %Y} to {last:%-d %b %Y}"


def relative_versions(baseline: Baseline) -> list[ThresholdVersion]:
    """Return the versions in force whose limits were taken over a baseline of the same KPI."""
    rows = ThresholdVersion.objects.filter(
        threshold__system_id=baseline.system_id,
        threshold__kpi_id=baseline.kpi_id,
        threshold__environment=baseline.environment,
        threshold__segment=baseline.segment,
        state=ThresholdVersion.State.ACTIVE,
        agreed_baseline__isnull=False,
    )
    return list(rows.select_related("threshold__kpi", "threshold__system").order_by("pk"))


def stands_in_breach(threshold: Threshold) -> bool:
    """Whether a series of the threshold stands in breach."""
    states = [state.value for state in BREACHED]
    return Standing.objects.filter(threshold=threshold, state__in=states).exists()


def stop_judging(*, threshold: Threshold, why: str, actor: Actor, at: datetime) -> None:
    """Judge no reading of a threshold until a version over another baseline is approved.

    Its series stand at NO_DATA with the reason; what stood before is held.
    """
    if threshold.waits_for:
        return
    series = lock_series(threshold)
    threshold.waits_for = BASELINE
    threshold.save(update_fields=["waits_for"], at=at)
    append_entry(
        verb="threshold.waits",
        actor=actor,
        at=at,
        subject=("threshold", str(threshold.pk), threshold.name),
        system_id=threshold.system_id,
        after={"waits_for": BASELINE},
        reason=why,
        touched=[f"governance_threshold:{threshold.pk}"],
    )
    with acting_as(EVALUATOR):
        _lay_no_data(series, at)


def _lay_no_data(series: Sequence[Series], at: datetime) -> None:
    states = SeriesState.objects.filter(series__in=series, carried__isnull=False)
    standings = {one.series_id: one for one in _locked_standings(series)}
    for state in states.select_related("series__kpi", "series__system").order_by("series_id"):
        carried = carried_from(state.carried or {}, state.settled, state.window_end)
        after = unheard(carried, State.NO_DATA, epoch(at))
        plain, _settled = kept_plain(after)
        keep_carried([Judged(state.series_id, plain, None, False)])
        row = standings.get(state.series_id)
        if row is not None:
            write_standing(
                row=row,
                series=state.series,
                after=after,
                version_id=row.threshold_version_id,
                is_different=row.fairness_flag,
                window_end=state.window_end or at,
                details={"reason": NO_BASELINE},
                at=at,
            )


def _locked_standings(series: Sequence[Series]) -> list[Standing]:
    rows = Standing.objects.select_for_update().filter(series__in=series)
    return list(rows.order_by("series_id"))
