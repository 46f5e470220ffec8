"""Canary sets with their runs, and the answers that events bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from ledger.rules.refusals import Missing
from registry.models import System
from telemetry.models import CanaryRun, CanarySet, DecisionEvent

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A day of a set whose events have come and whose run is not made; `until` is its end."""

    canary_set: CanarySet
    until: datetime


def canary_sets(*, visible: QuerySet[System]) -> QuerySet[CanarySet]:
    """Return the versions of the sets of some systems, the newest first."""
    rows = CanarySet.objects.filter(system__in=visible)
    rows = rows.select_related("system", "author", "approved_by")
    return rows.order_by("system__name", "environment", "-number")


def visible_set(*, set_id: UUID, visible: QuerySet[System]) -> CanarySet:
    """Return a version of a set of a system that the caller may see. Raises Missing."""
    found = canary_sets(visible=visible).filter(pk=set_id).first()
    if found is None:
        raise no_such_set()
    return found


def no_such_set() -> Missing:
    """Return the refusal for a set that is not there or not the caller's to see."""
    return Missing("unknown_canary_set", "There is no such canary set that you may see.")


def runs_of(*, canary_set: CanarySet, limit: int = 30) -> list[CanaryRun]:
    """Return the last runs of a set, the newest first."""
    return list(canary_set.runs.order_by("-window_end")[:limit])


def days_due(*, at: datetime, back: int = 2) -> list[Due]:
    """Return the ended UTC days, at most `back` ago, of active sets that have no run yet."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight - number * DAY for number in range(back)]
    active = list(CanarySet.objects.filter(state=CanarySet.State.ACTIVE).select_related("system"))
    done = set(
        CanaryRun.objects.filter(canary_set__in=active, window_end__in=days).values_list(
            "canary_set_id", "window_end"
        )
    )
    return [
        Due(one, day)
        for one in active
        for day in reversed(days)
        if (one.pk, day) not in done and one.approved_at is not None and one.approved_at < day
    ]


def answers_between(
    *, canary_set: CanarySet, since: datetime, until: datetime
) -> Mapping[str, str]:
    """Return the newest answer to each item of a set by the events of [since, until)."""
    ids = [item["id"] for item in canary_set.items]
    rows = DecisionEvent.objects.filter(
        system_id=canary_set.system_id,
        environment=canary_set.environment,
        at__gte=since,
        at__lt=until,
        canary__in=ids,
        answer__isnull=False,
    )
    found = rows.order_by("at", "event_id").values_list("canary", "answer")
    return {item: answer for item, answer in found if item is not None and answer is not None}
