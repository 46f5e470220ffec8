"""Which bands judge a series, and what a chart draws of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from governance.models import Standing, Threshold, ThresholdVersion
from governance.rules.bands import OPEN_END, Bands, Firing, Rule, bands_from, fitted
from governance.rules.judging import Judge, Timeline
from ledger.rules.refusals import Missing
from registry.models import System
from telemetry.models import Series

LIMITS = ("warning", "critical", "instant_critical", "recover_warning", "recover_critical")
MOST_KEPT = 10_000
IN_FORCE = (ThresholdVersion.State.ACTIVE, ThresholdVersion.State.SUPERSEDED)


class _Kept:
    """Judges by the uuid of their version, as text: immutable by trigger once in force.

    A full dictionary is replaced, not emptied, for another thread may be reading it.
    """

    judges: ClassVar[dict[str, Judge]] = {}


def judges_by_id(version_ids: Iterable[str]) -> Mapping[str, Judge]:
    """Return judges that hold these versions (uuids as text), all of which have been in force.

    One query for those not kept yet; others may be among what is returned.
    """
    wanted, judges = set(version_ids), _Kept.judges
    missing = wanted - judges.keys()
    if missing:
        if len(judges) + len(missing) > MOST_KEPT:
            missing, judges = wanted, {}
            _Kept.judges = judges
        rows = ThresholdVersion.objects.filter(pk__in=missing, state__in=IN_FORCE)
        for version in rows.select_related("threshold__kpi"):
            judges[str(version.pk)] = Judge(
                version.pk, version.threshold_id, version.valid_from, rule_of(version)
            )
    return judges


def rule_of(version: ThresholdVersion) -> Rule:
    """Return the rule that a version states, for no window or cadence in particular."""
    kpi = version.threshold.kpi
    return Rule(
        bands=bands_of(version),
        firing=Firing(version.fires_k, version.fires_n, version.for_seconds),
        least_n=version.least_n,
        recover_windows=version.recover_windows,
        keep_for=version.keep_for_seconds,
        judged_by="lower_bound" if version.judged_by == "lower_bound" else "value",
        neutral=kpi.neutral,
        grace=version.grace_seconds,
        lowest=-OPEN_END if kpi.lowest is None else kpi.lowest,
        highest=OPEN_END if kpi.highest is None else kpi.highest,
    )


def bands_of(version: ThresholdVersion) -> Bands:
    """Return the bands of a version in the KPI's unit."""
    limits = {name: getattr(version, name) for name in LIMITS}
    return bands_from(
        {
            "direction": version.direction,
            "target": version.target,
            "low": version.low_side,
            **limits,
        }
    )


def timelines_of(series: Sequence[Series]) -> dict[int, Timeline]:
    """Return all versions that have judged each series, with its window and cadence; two queries.

    A series without an approved threshold is missing, as is one whose threshold waits for a
    baseline (EVA-23).
    """
    found: dict[int, list[str]] = defaultdict(list)
    for series_id, version_id in _versions_of([one.pk for one in series]):
        found[series_id].append(version_id)
    judges = judges_by_id({version for versions in found.values() for version in versions})
    return {
        one.pk: Timeline(tuple(_fitted(judges[version], one) for version in found[one.pk]))
        for one in series
        if one.pk in found
    }


def _versions_of(series_ids: list[int]) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, v.id::text FROM telemetry_series s"
            " JOIN governance_threshold t USING (system_id, kpi_id, environment, segment)"
            " JOIN governance_thresholdversion v ON v.threshold_id = t.id"
            " WHERE s.id = ANY(%s) AND v.state = ANY(%s) AND t.waits_for = ''"
            " ORDER BY s.id, v.number DESC",
            [series_ids, list(IN_FORCE)],
        )
        return list(cursor.fetchall())


def _fitted(judge: Judge, series: Series) -> Judge:
    return replace(judge, rule=fitted_rule(judge.rule, series))


def fitted_rule(rule: Rule, series: Series) -> Rule:
    """Return the rule with the length of a series' windows; without a cadence they follow."""
    cadence = series.cadence_seconds or series.window_seconds
    return fitted(rule, window=series.window_seconds, cadence=cadence)


def visible_version(*, version_id: UUID, visible: QuerySet[System]) -> ThresholdVersion:
    """Return a version of a threshold of a system that the caller may see. Raises Missing."""
    rows = ThresholdVersion.objects.filter(pk=version_id, threshold__system__in=visible)
    found = rows.select_related("threshold__kpi", "threshold__system", "author").first()
    if found is None:
        raise Missing("unknown_version", "There is no such version of a threshold.")
    return found


def of_same_tier(*, threshold: Threshold, among: QuerySet[System]) -> list[System]:
    """Return the other systems of a threshold's risk tier that measure its KPI in the same place.

    Retired ones are left out. In the order of their names.
    """
    like = threshold.system
    measured = Series.objects.filter(
        kpi_id=threshold.kpi_id, environment=threshold.environment, segment=threshold.segment
    ).values("system_id")
    rows = among.filter(risk_tier=like.risk_tier, pk__in=measured).exclude(pk=like.pk)
    return list(rows.exclude(lifecycle=System.Lifecycle.RETIRED).order_by("name", "pk"))


def visible_threshold(*, threshold_id: UUID, visible: QuerySet[System]) -> Threshold:
    """Return a threshold of a system that the caller may see. Raises Missing."""
    found = Threshold.objects.filter(pk=threshold_id, system__in=visible).first()
    if found is None:
        raise Missing("unknown_threshold", "There is no such threshold.")
    return found


def active_version(*, series: Series) -> ThresholdVersion | None:
    """Return the version that judges new windows of a series, None without a threshold."""
    return (
        ThresholdVersion.objects.filter(
            threshold__system_id=series.system_id,
            threshold__kpi_id=series.kpi_id,
            threshold__environment=series.environment,
            threshold__segment=series.segment,
            state=ThresholdVersion.State.ACTIVE,
        )
        .select_related("threshold__kpi", "author", "approved_by")
        .first()
    )


def thresholds_of(*, system_id: UUID) -> QuerySet[Threshold]:
    """Return the thresholds of a system with their versions, by name."""
    rows = Threshold.objects.filter(system_id=system_id).select_related("kpi")
    return rows.prefetch_related("versions__author", "versions__approved_by").order_by("name")


def drafts(*, visible: QuerySet[Threshold]) -> QuerySet[ThresholdVersion]:
    """Return the versions among visible thresholds that wait for a second person, oldest first."""
    rows = ThresholdVersion.objects.filter(threshold__in=visible, state="draft")
    return rows.select_related("threshold__system", "author").order_by("valid_from", "pk")


def standings_of(*, system_id: UUID) -> QuerySet[Standing]:
    """Return where the series of a system stand, the worst first is the caller's to sort."""
    rows = Standing.objects.filter(series__system_id=system_id)
    return rows.select_related("series__kpi", "threshold_version").order_by("series_id")


def changed_since(*, system_id: UUID, since: datetime) -> QuerySet[Standing]:
    """Return the standings of a system that changed since an instant."""
    return standings_of(system_id=system_id).filter(since__gte=since)
