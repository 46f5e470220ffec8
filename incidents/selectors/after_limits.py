"""What a system did after it was told to stop, from its decision events (workflow section 7)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from incidents.models import Action, Containment
from incidents.rules.transitions import ENDED
from registry.models import System
from telemetry.models import DecisionEvent

MOST = 50
STOPS = (Action.Type.SUSPEND, Action.Type.RETIRE, Action.Type.RESTRICT)
GONE = (Action.State.CANCELLED, Action.State.FAILED)


@dataclass(frozen=True, slots=True)
class AfterLimit:
    """Since when and why it should stand, how many decisions came after that, and the last ones."""

    since: datetime | None = None
    why: str = ""
    count: int = 0
    actions: list[dict[str, Any]] = field(default_factory=list)


def actions_after_limit(*, system: System, environment: str) -> AfterLimit:
    """Return what a system did since the earliest limit that still holds it; nothing without one.

    A restriction leaves room for what it does not forbid: whether an action crossed it is read from
    the list. Questions and answers are not told, they may be personal.
    """
    limits = sorted(
        [*_orders(system, environment), *_containments(system, environment)],
        key=lambda one: one[0],
    )
    if not limits:
        return AfterLimit()
    since, why = limits[0]
    events = DecisionEvent.objects.filter(
        system_id=system.pk, environment=environment, at__gt=since, simulated=False
    )
    newest = events.order_by("-at", "-event_id")[:MOST]
    return AfterLimit(since, why, events.count(), [_told(one) for one in newest])


def _orders(system: System, environment: str) -> list[tuple[datetime, str]]:
    rows = Action.objects.filter(
        ~Q(state__in=GONE),
        incident__system=system,
        environment=environment,
        type__in=STOPS,
    ).exclude(incident__state__in=ENDED)
    found = rows.values_list("ordered_at", "incident__number", "words")
    return [(ordered_at, f"{number}: {words}") for ordered_at, number, words in found]


def _containments(system: System, environment: str) -> list[tuple[datetime, str]]:
    rows = Containment.objects.filter(
        ~Q(state=Containment.State.LIFTED), incident__system=system, environment=environment
    )
    found = rows.values_list("at", "incident__number", "scope")
    return [(at, f"{number}: emergency stop of {scope}") for at, number, scope in found]


def _told(event: DecisionEvent) -> dict[str, Any]:
    names = [call.get("name") for call in event.tool_calls if isinstance(call, dict)]
    return {
        "event_id": event.event_id,
        "at": event.at,
        "version": event.version_label,
        "outcome": event.outcome,
        "blocked": event.blocked,
        "boundary_violation": event.boundary_violation,
        "spend": event.spend,
        "tools": [str(name) for name in names if name],
    }
