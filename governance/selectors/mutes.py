"""Silences: which one covers a breach, which ones a person may see."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from governance.models import Mute, MutedCase
from governance.rules.breach import Breach
from governance.rules.mutes import may_be_muted
from incidents.models import Incident
from ledger.rules.refusals import Missing
from registry.models import System


def in_force(at: datetime) -> Q:
    """Return the condition that a silence holds at an instant; its end needs no job to run."""
    return Q(approved_at__isnull=False, ended_at__isnull=True, from_at__lte=at, until_at__gt=at)


def covering_mute(*, breach: Breach, at: datetime) -> Mute | None:
    """Return the silence that covers a breach now and ends last, None where none may or does.

    A data fault is about many series: a silence over one KPI or segment does not cover it.
    """
    if not may_be_muted(breach):
        return None
    many = breach.kind == "fault"
    return covering(
        system_id=breach.system_id,
        kpi_id="" if many else breach.kpi_id,
        environment=breach.environment,
        segment="" if many else breach.segment,
        at=at,
    )


def covering(
    *, system_id: UUID, kpi_id: str, environment: str, segment: str, at: datetime
) -> Mute | None:
    """Return the silence over a series that holds now and ends last."""
    rows = Mute.objects.filter(
        in_force(at),
        Q(kpi__isnull=True) | Q(kpi_id=kpi_id),
        Q(environment="") | Q(environment=environment),
        Q(segment="") | Q(segment=segment),
        system_id=system_id,
    )
    return rows.order_by("-until_at", "-pk").first()


def next_cover(*, incident: Incident, at: datetime) -> Mute | None:
    """Return another silence that still covers all causes of an incident, the first to end."""
    causes = incident.causes.filter(recovered_at=None).select_related("standing__series")
    found = []
    for cause in causes:
        series = cause.standing.series
        mute = covering(
            system_id=series.system_id,
            kpi_id=series.kpi_id,
            environment=series.environment,
            segment=series.segment,
            at=at,
        )
        if mute is None:
            return None
        found.append(mute)
    return min(found, key=lambda one: one.until_at, default=None)


def mutes_of(*, visible: QuerySet[System]) -> QuerySet[Mute]:
    """Return the silences over systems that the caller may see, the newest first."""
    rows = Mute.objects.filter(system__in=visible)
    related = ("system", "kpi", "asked_by", "approved_by", "ended_by")
    return rows.select_related(*related).order_by("-asked_at", "-pk")


def state_of(mute: Mute, at: datetime) -> str:
    """Return where a silence stands: asked, refused, planned, running, over or ended."""
    if mute.approved_at is None:
        return "asked" if mute.ended_at is None and mute.until_at > at else "refused"
    if mute.ended_at is not None:
        return "ended"
    if at < mute.from_at:
        return "planned"
    return "running" if at < mute.until_at else "over"


def visible_mute(*, mute_id: UUID, visible: QuerySet[System]) -> Mute:
    """Return a silence over a system that the caller may see. Raises Missing."""
    found = mutes_of(visible=visible).filter(pk=mute_id).first()
    if found is None:
        raise no_such_mute()
    return found


def no_such_mute() -> Missing:
    """Return the refusal for a silence that is not there or not the caller's to see."""
    return Missing("unknown_silence", "There is no such silence that you may see.")


def cases_in(*, mute: Mute) -> QuerySet[MutedCase]:
    """Return the cases that opened in a silence, the newest first."""
    return mute.cases.select_related("incident").order_by("-joined_at", "-pk")
