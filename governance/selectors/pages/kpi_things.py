"""What a KPI's trend is seen with: guardrail, versions, incidents, silences, slides, decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from governance.models import (
    BreachCause,
    Decision,
    GuardrailPair,
    MeasuredStanding,
    Mute,
    ThresholdVersion,
)
from incidents.models import Incident
from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from registry.models import Deployment, System
from telemetry.models import Series, VoidRequest

MOST_CASES = 50


@dataclass(frozen=True, slots=True)
class Case:
    """An incident of a series, with the decision that was taken on it last."""

    incident: Incident
    decision: Decision | None


def series_of_id(*, series_id: int, system: System) -> Series:
    """Return a series of a system with its standing. Raises Missing."""
    rows = Series.objects.filter(pk=series_id, system=system)
    related = ("kpi__counter_metric", "system", "standing", "state")
    asked = VoidRequest.objects.filter(series=OuterRef("pk"), state=VoidRequest.State.ASKED)
    waiting = asked.order_by().values("series").annotate(n=Count("pk")).values("n")
    found = rows.select_related(*related).annotate(waiting=Subquery(waiting)).first()
    if found is None:
        raise Missing(
            "unknown_series",
            worded(
                "{system_name} has no series {series_id}.",
                system_name=system.name,
                series_id=series_id,
            ),
        )
    return found


def voids_waiting(series: Series) -> int:
    """Return how many requests to void readings wait, of a series from `series_of_id`."""
    return getattr(series, "waiting", None) or 0


def guard_of(series: Series) -> Series | None:
    """Return the series of the guardrail agreed on, else of the counter-metric, if measured."""
    pairs = GuardrailPair.objects.filter(
        system_id=series.system_id,
        gain_id=series.kpi_id,
        environment=series.environment,
        segment=series.segment,
        state=GuardrailPair.State.ACTIVE,
        enabled=True,
    )
    wanted = Q(kpi_id__in=pairs.values("guardrail_id"))
    if series.kpi.counter_metric_id:
        wanted |= Q(kpi_id=series.kpi.counter_metric_id)
    rows = Series.objects.filter(
        wanted,
        system_id=series.system_id,
        environment=series.environment,
        segment__in={series.segment, ""},
    ).exclude(pk=series.pk)
    found = rows.select_related("kpi").annotate(
        agreed=Exists(pairs.filter(guardrail_id=OuterRef("kpi_id")))
    )

    def fit(one: Series) -> tuple[bool, bool, int, int]:
        apart = abs(one.window_seconds - series.window_seconds)
        return (not one.agreed, one.segment != series.segment, apart, one.pk)  # type: ignore[attr-defined]

    return min(found, key=fit, default=None)


def versions_of(series: Series, guard: Series | None) -> list[ThresholdVersion]:
    """Return the versions of the thresholds of a series and of its guardrail, the newest first."""
    place = Q(threshold__kpi_id=series.kpi_id, threshold__segment=series.segment)
    if guard is not None:
        place |= Q(threshold__kpi_id=guard.kpi_id, threshold__segment=guard.segment)
    rows = ThresholdVersion.objects.filter(
        place,
        threshold__system_id=series.system_id,
        threshold__environment=series.environment,
    )
    return list(
        rows.select_related("author", "approved_by", "threshold__kpi").order_by("-number", "pk")
    )


def cases_of(*, series: Series, visible: QuerySet[Incident]) -> list[Case]:
    """Return the reader's incidents of a series, the newest first, with what was decided."""
    causes = BreachCause.objects.filter(standing__series=series, incident__in=visible)
    rows = causes.select_related("incident").order_by("-joined_at")[:MOST_CASES]
    incidents = {one.incident_id: one.incident for one in rows}
    settled = (Decision.State.ADOPTED, Decision.State.REJECTED)
    decided = Decision.objects.filter(incident__in=list(incidents), state__in=settled)
    newest = {one.incident_id: one for one in decided.order_by("closed_at", "pk")}
    return [Case(one, newest.get(key)) for key, one in incidents.items()]


def deployments_between(series: Series, since: datetime, until: datetime) -> list[Deployment]:
    """Return the versions that went live in a time."""
    rows = Deployment.objects.filter(
        system_id=series.system_id,
        environment=series.environment,
        from_at__gt=since,
        from_at__lte=until,
    )
    return list(rows.select_related("version").order_by("from_at"))


def silences_between(series: Series, since: datetime, until: datetime) -> list[Mute]:
    """Return the silences over a series that held at some time of [since, until)."""
    rows = Mute.objects.filter(
        Q(kpi__isnull=True) | Q(kpi_id=series.kpi_id),
        Q(environment="") | Q(environment=series.environment),
        Q(segment="") | Q(segment=series.segment),
        Q(ended_at__isnull=True) | Q(ended_at__gt=since),
        system_id=series.system_id,
        approved_at__isnull=False,
        from_at__lt=until,
        until_at__gt=since,
    )
    return list(rows.order_by("from_at"))


def looks_at(series: Series, guard: Series | None) -> Sequence[MeasuredStanding]:
    """Return where a series stands over many readings: slide, budget, and beside its guardrail."""
    wanted = Q(series=series)
    if guard is not None:
        wanted |= Q(series=guard, kind=MeasuredStanding.Kind.PAIR, gain_id=series.kpi_id)
    rows = MeasuredStanding.objects.filter(wanted)
    return list(rows.select_related("look", "gain", "series__kpi").order_by("kind", "pk"))
