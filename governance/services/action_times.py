"""Times to stop and to roll back as readings, written once an action is confirmed (KPI catalogue).

A timer of its own writes them: readings lock their series before any incident is locked.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from governance.services.evaluation import judge
from incidents.models import Action, Incident, Transition
from ledger.context import acting_as
from ledger.rules.actors import machine
from outbox.models import Timer
from outbox.services.timers import arm_timer
from telemetry.models import DecisionEvent, Kpi
from telemetry.services.measurements import record_rows
from telemetry.services.series import series_for
from telemetry.services.states import Row

KIND = "governance.action_time"
CLOCKMAN = machine("action times")
TO_STOP, TO_ROLL_BACK = "time_to_stop", "time_to_rollback"
KPI_OF = {
    Action.Type.SUSPEND: TO_STOP,
    Action.Type.RETIRE: TO_STOP,
    Action.Type.ROLLBACK: TO_ROLL_BACK,
}
SECONDS_OF_UNIT = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
PER_EVENT = 60
DRILL = "drill"


def note_confirmation(incident: Incident, transition: Transition, at: datetime) -> None:
    """Follow a confirmation: what was stopped or rolled back is timed once, in a moment."""
    action = Action.objects.filter(pk=transition.payload.get("action_id")).first()
    if action is None or action.state != Action.State.CONFIRMED or action.type not in KPI_OF:
        return
    arm_timer(
        kind=KIND,
        key=f"action_time:{action.pk}",
        subject_id=incident.pk,
        due_at=at,
        payload={"action": str(action.pk)},
        inputs={"why": "an action was confirmed"},
        at=at,
    )


def fire_action_time(*, timer: Timer, at: datetime) -> None:
    """Write how long it took, from the order to the last effect."""
    action = Action.objects.select_related("incident").get(pk=timer.payload["action"])
    if action.confirmed_at is None:
        return
    kpi_id = KPI_OF[Action.Type(action.type)]
    effect = _stopped_at(action) if kpi_id == TO_STOP else action.confirmed_at
    record_time(
        kpi_id=kpi_id,
        system_id=action.incident.system_id,
        environment=action.environment,
        ordered_at=action.ordered_at,
        done_at=effect,
        drill=action.incident.drill,
        at=at,
    )


def record_time(
    *,
    kpi_id: str,
    system_id: UUID,
    environment: str,
    ordered_at: datetime,
    done_at: datetime,
    at: datetime,
    drill: bool = False,
) -> None:
    """Write one reading in the KPI's unit, for a window that ends when it was done, and judge it.

    Rehearsals have a series of their own. The caller holds no lock on an incident. Without the KPI
    in the catalogue nothing is written.
    """
    kpi = Kpi.objects.filter(pk=kpi_id).first()
    if kpi is None:
        return
    identity = (system_id, kpi_id, environment, f"run={DRILL}" if drill else "", PER_EVENT)
    value = max((done_at - ordered_at).total_seconds(), 0.0) / SECONDS_OF_UNIT[kpi.unit]
    with acting_as(CLOCKMAN):
        series = series_for(cadences={identity: None}, at=at)[identity]
        row: Row = (series, done_at, 0, value, 1, None, None, True)
        recorded = record_rows(
            rows=[row],
            kind="computed",
            source="actions carried out",
            system_ids=[system_id],
            actor=CLOCKMAN,
            at=at,
        )
        judge(recorded=recorded, at=at)


def _stopped_at(action: Action) -> datetime:
    """Return the last effect of a stop: as its gateway says, but not before its last decision."""
    confirmed = action.confirmed_at or action.ordered_at
    receipt = action.receipts.filter(matches=True).order_by("id").first()
    said = _instant(receipt.observed.get("stopped_at")) if receipt else None
    until = said if said is not None and action.ordered_at <= said <= confirmed else confirmed
    last = (
        DecisionEvent.objects.filter(
            system_id=action.incident.system_id,
            environment=action.environment,
            at__gt=action.ordered_at,
            at__lte=confirmed,
        )
        .order_by("-at")
        .values_list("at", flat=True)
        .first()
    )
    return max(until, last) if last else until


def _instant(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
