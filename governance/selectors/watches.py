"""Watches: lists, one of them, and the case that it makes when its time has run out."""

from datetime import datetime
from typing import cast
from uuid import UUID

from django.db.models import QuerySet

from governance.models import Standing, Watch
from governance.rules.breach import MEASURED, Breach, BreachKind
from ledger.rules.refusals import Missing
from registry.models import System, User
from registry.selectors.people import delegates_of
from registry.selectors.systems import systems_visible_to
from telemetry.models import SeriesState

OPEN_STATES = (Watch.State.OPEN, Watch.State.ANSWERED)


def watches_visible_to(*, user: User, at: datetime) -> QuerySet[Watch]:
    """Return the watches on systems that a person may see, the soonest due first."""
    rows = Watch.objects.filter(system__in=systems_visible_to(user=user, at=at))
    return rows.select_related("system", "standing__series__kpi").order_by("due_at", "pk")


def open_watches(*, user: User, at: datetime) -> QuerySet[Watch]:
    """Return the watches that still run, the soonest due first."""
    return watches_visible_to(user=user, at=at).filter(state__in=OPEN_STATES)


def watch_of_id(*, watch_id: UUID, user: User, at: datetime) -> Watch:
    """Return a watch that a person may see. Raises Missing."""
    found = watches_visible_to(user=user, at=at).filter(pk=watch_id).first()
    if found is None:
        raise Missing("unknown_watch", "There is no such watch, or it is not yours to see.")
    return found


def owners_side(*, system: System, at: datetime) -> list[User]:
    """Return who answers for a system: owner, deputy, and their delegates at the instant."""
    people = [system.owner, system.deputy]
    for person in (system.owner, system.deputy):
        people += delegates_of(user_id=person.pk, system=system, at=at)
    return list({person.pk: person for person in people if person.is_active}.values())


def breach_of_watch(watch: Watch) -> Breach:
    """Return the breach that a watch stands for, with the newest reading of its series."""
    standing = Standing.objects.select_related("series__kpi").get(pk=watch.standing_id)
    series = standing.series
    newest = SeriesState.objects.filter(series=series).first()
    # A slide or a budget is not in the standing: what the watch says of it stands.
    measured = watch.kind in MEASURED
    return Breach(
        standing_id=standing.pk,
        series_id=series.pk,
        system_id=series.system_id,
        kpi_id=series.kpi_id,
        environment=series.environment,
        segment=series.segment,
        category=series.kpi.category,
        kind=cast(BreachKind, watch.kind),
        from_state=standing.state,
        to_state="WARNING" if measured else standing.state,
        instant=False,
        window_end=standing.window_end,
        value=newest.value if newest else None,
        low=newest.low if newest else None,
        high=newest.high if newest else None,
        n=newest.n if newest else None,
        threshold_version_id=standing.threshold_version_id,
        onset_at=watch.onset_at,
        onset_method="",
        fairness_flag=standing.fairness_flag and not measured,
        words=watch.summary if measured else "",
    )
