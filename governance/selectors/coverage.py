"""Monitoring coverage: which KPIs of which live systems have fresh data (TEL-6)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from governance.models import Standing, ThresholdVersion
from governance.rules.coverage import Freshness, Heard, Share, freshness, share_of
from ledger.rules.worded import term, word, worded
from outbox.languages import spoken
from registry.models import Deployment, System
from telemetry.models import Connector, Pause, SeriesState
from telemetry.rules.kpi_words import of_kpi
from telemetry.rules.mappings import Line, stored_lines
from telemetry.selectors.connectors import is_of_lines
from telemetry.selectors.scorecards import current_lines

LIVE = (System.Lifecycle.PILOT, System.Lifecycle.PRODUCTION)
ENVIRONMENT = "production"
# Stands between the key of a KPI and its name: in no key.
BETWEEN = " "
NEVER_BROUGHT = Heard(None, 0, cut_off=True)
"""A KPI of which a failing connector has brought nothing yet, so that there is no series of it."""


@dataclass(frozen=True, slots=True)
class Covered:
    """One KPI of a system: whether it is fresh, when it was heard last, who answers for it."""

    kpi_id: str
    name: str
    state: Freshness
    last_valid_at: datetime | None
    series_id: int | None
    owner: str

    @property
    def called(self) -> str:
        """The KPI's name on a page, in the reader's language."""
        return spoken(of_kpi(self.kpi_id, self.name))


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


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a system: the KPIs with a threshold, why nothing is expected of it now.

    `failed` is what its failing connectors were to bring, where anything is deployed.
    """

    system_id: UUID
    judged: Sequence[tuple[str, str]]
    why_not: str
    failed: Sequence[Line]


def live_systems(systems: QuerySet[System]) -> QuerySet[System]:
    """Return the systems among some that run: in a pilot or in production."""
    return systems.filter(lifecycle__in=LIVE)


def coverage_of(*, systems: Sequence[System], at: datetime) -> list[SystemCoverage]:
    """Return the coverage of systems in their order; three queries for all of them."""
    ids = [one.pk for one in systems]
    lines = current_lines(system_ids=ids)
    series = _series(ids)
    beside = {one.system_id: one for one in _beside(ids, at)}
    found = []
    for system in systems:
        scored = [(row.kpi_id, row.kpi.name, row.owner.name) for row in lines.get(system.pk, [])]
        stands = beside[system.pk]
        wanted = scored or [(kpi, name, "") for kpi, name in stands.judged]
        why_not = stands.why_not
        kpis = [
            _covered(one, series.get((system.pk, one[0]), []), stands.failed, not why_not, at)
            for one in wanted
        ]
        share = share_of(one.state for one in kpis)
        found.append(SystemCoverage(system, kpis, share, bool(scored), why_not))
    return found


def fleet_share(found: Sequence[SystemCoverage]) -> Share:
    """Return how many live systems, of those of which data are expected, are covered wholly."""
    expected = [one for one in found if not one.not_expected]
    return Share(sum(one.share.is_whole for one in expected), len(expected))


def _covered(
    wanted: tuple[str, str, str],
    states: Sequence[SeriesState],
    failed: Sequence[Line],
    expected: bool,
    at: datetime,
) -> Covered:
    kpi_id, name, owner = wanted
    heard = [_heard(one, failed) for one in states]
    if not heard and any(one.kpi == kpi_id and one.environment == ENVIRONMENT for one in failed):
        heard = [NEVER_BROUGHT]
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


def _heard(state: SeriesState, failed: Sequence[Line]) -> Heard:
    """When a series was heard, and whether its silence has a failing connector as its reason.

    Past the cadence NO_DATA takes the place of ERROR, though the connector fails still.
    """
    standing = getattr(state.series, "standing", None)
    stands = Standing.State.OK if standing is None else standing.state
    cut_off = is_of_lines(failed, state.series)
    failing = stands == Standing.State.ERROR or cut_off and stands == Standing.State.NO_DATA
    return Heard(state.last_valid_at, _every(state), failing, cut_off)


def _every(state: SeriesState) -> int:
    return state.series.cadence_seconds or state.series.window_seconds


def _series(ids: Sequence[UUID]) -> dict[tuple[UUID, str], list[SeriesState]]:
    rows = SeriesState.objects.filter(
        series__system_id__in=ids, series__environment=ENVIRONMENT
    ).select_related("series__standing")
    found: dict[tuple[UUID, str], list[SeriesState]] = defaultdict(list)
    for one in rows.defer("carried"):
        found[one.series.system_id, one.series.kpi_id].append(one)
    return found


def _beside(ids: Sequence[UUID], at: datetime) -> list[Beside]:
    """Return what stands beside systems; one query for all of them."""
    here = {"system_id": OuterRef("pk"), "environment": ENVIRONMENT}
    judged = ThresholdVersion.objects.filter(
        threshold__system_id=OuterRef("pk"),
        threshold__environment=ENVIRONMENT,
        threshold__kpi__off=False,
        state=ThresholdVersion.State.ACTIVE,
    )
    failing = Connector.objects.filter(system_id=OuterRef("pk"), active=True, state__failures__gt=0)
    live = Deployment.objects.filter(**here, until_at__isnull=True)
    paused = Pause.objects.filter(**here, from_at__lte=at, until_at__gt=at)
    named = Concat("threshold__kpi_id", Value(BETWEEN), "threshold__kpi__name")
    rows = System.objects.filter(pk__in=ids).values_list(
        "pk",
        ArraySubquery(judged.annotate(named=named).values("named")),
        ArraySubquery(live.values("suspended")),
        ArraySubquery(paused.values("reason")),
        ArraySubquery(failing.values("lines")),
    )
    found = []
    for system_id, kpis, suspended, reasons, failed in rows:
        pairs = [tuple(one.split(BETWEEN, 1)) for one in set(kpis)]
        lines = [line for one in failed for line in stored_lines(one)] if suspended else []
        why_not = _why_not(suspended, reasons)
        found.append(Beside(system_id, sorted(pairs, key=lambda one: one[1]), why_not, lines))
    return found


def _why_not(suspended: Sequence[bool], reasons: Sequence[str]) -> str:
    """Say why nothing is expected of a system now; '' where something is."""
    if not suspended:
        return term(word("nothing is deployed"))
    if suspended[-1]:
        return term(word("suspended"))
    return worded("paused: {reason}", reason=reasons[-1]) if reasons else ""
