"""Monitoring coverage: which KPIs of which live systems have fresh data (TEL-6)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from governance.models import Standing, ThresholdVersion
from governance.rules.coverage import Freshness, Heard, Share, freshness, share_of
from registry.models import Deployment, System
from telemetry.models import Pause, SeriesState
from telemetry.selectors.scorecards import current_lines

LIVE = (System.Lifecycle.PILOT, System.Lifecycle.PRODUCTION)
ENVIRONMENT = "production"


@dataclass(frozen=True, slots=True)
class Covered:
    """One KPI of a system: whether it is fresh, when it was heard last, who answers for it."""

    kpi_id: str
    name: str
    state: Freshness
    last_valid_at: datetime | None
    series_id: int | None
    owner: str


@dataclass(frozen=True, slots=True)
class SystemCoverage:
    """A system with the KPIs that it should be watched by.

    `by_scorecard` says whether a scorecard names them; else the KPIs with a threshold count.
    `not_expected` says why nothing is expected of it now, '' where something is.
    """

    system: System
    kpis: Sequence[Covered]
    share: Share
    by_scorecard: bool
    not_expected: str


def live_systems(systems: QuerySet[System]) -> QuerySet[System]:
    """Return the systems among some that run: in a pilot or in production."""
    return systems.filter(lifecycle__in=LIVE)


def coverage_of(*, systems: Sequence[System], at: datetime) -> list[SystemCoverage]:
    """Return the coverage of systems in their order; five queries for all of them."""
    ids = [one.pk for one in systems]
    lines = current_lines(system_ids=ids)
    judged = _judged_kpis(ids)
    series = _series(ids)
    resting = _resting(ids, at)
    found = []
    for system in systems:
        scored = [(row.kpi_id, row.kpi.name, row.owner.name) for row in lines.get(system.pk, [])]
        wanted = scored or [(kpi, name, "") for kpi, name in judged.get(system.pk, [])]
        why_not = resting.get(system.pk, "")
        kpis = [
            _covered(one, series.get((system.pk, one[0]), []), not why_not, at) for one in wanted
        ]
        share = share_of(one.state for one in kpis)
        found.append(SystemCoverage(system, kpis, share, bool(scored), why_not))
    return found


def fleet_share(found: Sequence[SystemCoverage]) -> Share:
    """Return how many live systems, of those of which data are expected, are covered wholly."""
    expected = [one for one in found if not one.not_expected]
    return Share(sum(one.share.is_whole for one in expected), len(expected))


def _covered(
    wanted: tuple[str, str, str], states: Sequence[SeriesState], expected: bool, at: datetime
) -> Covered:
    kpi_id, name, owner = wanted
    heard = [Heard(one.last_valid_at, _every(one), _is_failing(one)) for one in states]
    newest = max(
        (one for one in states if one.last_valid_at is not None),
        key=lambda one: one.last_valid_at or at,
        default=None,
    )
    return Covered(
        kpi_id=kpi_id,
        name=name,
        state=freshness(heard, expected=expected, at=at),
        last_valid_at=None if newest is None else newest.last_valid_at,
        series_id=None if newest is None else newest.series_id,
        owner=owner,
    )


def _is_failing(state: SeriesState) -> bool:
    standing = getattr(state.series, "standing", None)
    return standing is not None and standing.state == Standing.State.ERROR


def _every(state: SeriesState) -> int:
    return state.series.cadence_seconds or state.series.window_seconds


def _judged_kpis(ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, str]]]:
    rows = ThresholdVersion.objects.filter(
        threshold__system_id__in=ids,
        threshold__environment=ENVIRONMENT,
        threshold__kpi__off=False,
        state=ThresholdVersion.State.ACTIVE,
    ).values_list("threshold__system_id", "threshold__kpi_id", "threshold__kpi__name")
    found: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for system_id, kpi_id, name in sorted(set(rows), key=lambda row: (str(row[0]), row[2])):
        found[system_id].append((kpi_id, name))
    return found


def _series(ids: Sequence[UUID]) -> dict[tuple[UUID, str], list[SeriesState]]:
    rows = SeriesState.objects.filter(
        series__system_id__in=ids, series__environment=ENVIRONMENT
    ).select_related("series__standing")
    found: dict[tuple[UUID, str], list[SeriesState]] = defaultdict(list)
    for one in rows.defer("carried"):
        found[one.series.system_id, one.series.kpi_id].append(one)
    return found


def _resting(ids: Sequence[UUID], at: datetime) -> dict[UUID, str]:
    """Say of which systems nothing is expected now, and why."""
    running = Deployment.objects.filter(
        system_id__in=ids, environment=ENVIRONMENT, until_at__isnull=True
    )
    stopped = dict(running.values_list("system_id", "suspended"))
    paused = Pause.objects.filter(
        system_id__in=ids, environment=ENVIRONMENT, from_at__lte=at, until_at__gt=at
    )
    found = {one: "nothing is deployed" for one in ids if one not in stopped}
    found |= {one: "suspended" for one, suspended in stopped.items() if suspended}
    return {one.system_id: f"paused: {one.reason}" for one in paused} | found
