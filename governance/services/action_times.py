"""Times to stop and to roll back, and how many roll backs held, as readings (KPI catalogue).

Written once an action or an emergency stop is confirmed, or a roll back has failed.

A timer of its own writes them: readings lock their series before any incident is locked.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from governance.services.evaluation import judge
from incidents.models import Action, Containment, Incident, Transition, VerificationWindow
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.instants import instant_read
from outbox.models import Timer
from outbox.services.timers import arm_timer
from telemetry.models import DecisionEvent, Kpi
from telemetry.services.measurements import record_rows
from telemetry.services.series import series_for
from telemetry.services.states import Row

KIND = "governance.action_time"
CLOCKMAN = machine("action times")
TO_STOP, TO_ROLL_BACK = "time_to_stop", "time_to_rollback"
ROLLED_BACK = "rollback_success_rate"
QUARTER = timedelta(days=90)
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
    why = "an action was confirmed"
    _arm(incident, "action", action.pk, why, at)
    if action.type == Action.Type.ROLLBACK:
        _arm(incident, "rolled_back", action.pk, why, at)


def note_containment(incident: Incident, transition: Transition, at: datetime) -> None:
    """Follow the confirmation of an emergency stop: it is timed like one that was decided."""
    row = Containment.objects.filter(pk=transition.payload.get("containment_id")).first()
    if row is None or row.confirmed_at is None or row.kind != Containment.Kind.STOP:
        return
    _arm(incident, "containment", row.pk, "an emergency stop was confirmed", at)


def note_failure(incident: Incident, transition: Transition, at: datetime) -> None:
    """Follow what shows that a roll back did not do: an order that failed, a proof that did."""
    rows = Action.objects.filter(incident=incident, cycle=incident.cycle, type=Action.Type.ROLLBACK)
    failed = rows.filter(state=Action.State.FAILED)
    unproved = rows.filter(windows__outcome=VerificationWindow.Outcome.FAILED)
    for pk in (failed | unproved).distinct().order_by("pk").values_list("pk", flat=True):
        _arm(incident, "rolled_back", pk, "a roll back failed", at, again=str(transition.version))


def fire_action_time(*, timer: Timer, at: datetime) -> None:
    """Write how long it took, from the order to the last effect, or how many roll backs held."""
    if "containment" in timer.payload:
        _time_containment(
            Containment.objects.select_related("incident").get(pk=timer.payload["containment"]), at
        )
    elif "rolled_back" in timer.payload:
        rows = Action.objects.select_related("incident")
        _count_roll_backs(rows.get(pk=timer.payload["rolled_back"]), timer.due_at, at)
    else:
        rows = Action.objects.select_related("incident")
        _time_action(rows.get(pk=timer.payload["action"]), at)


def _arm(
    incident: Incident, what: str, pk: UUID, why: str, at: datetime, *, again: str = ""
) -> None:
    arm_timer(
        kind=KIND,
        key=":".join(part for part in (f"{what}_time", str(pk), again) if part),
        subject_id=incident.pk,
        due_at=at,
        payload={what: str(pk)},
        inputs={"why": why},
        at=at,
    )


def _time_action(action: Action, at: datetime) -> None:
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


def _time_containment(row: Containment, at: datetime) -> None:
    if row.confirmed_at is None:
        return
    last = _last_decision(row.incident, row.environment, row.at, row.confirmed_at)
    record_time(
        kpi_id=TO_STOP,
        system_id=row.incident.system_id,
        environment=row.environment,
        ordered_at=row.at,
        # Without a word of when it stood, what it decided last says; else when it was seen to hold.
        done_at=last or row.confirmed_at,
        drill=row.incident.drill,
        at=at,
    )


def _count_roll_backs(action: Action, until: datetime, at: datetime) -> None:
    """Write which share of the roll backs of the quarter that ends now runs as it should."""
    incident = action.incident
    rows = Action.objects.filter(
        incident__system_id=incident.system_id,
        incident__drill=incident.drill,
        environment=action.environment,
        type=Action.Type.ROLLBACK,
        state__in=(Action.State.CONFIRMED, Action.State.FAILED),
        ordered_at__gt=until - QUARTER,
        ordered_at__lte=until,
    )
    unproved = rows.filter(windows__outcome=VerificationWindow.Outcome.FAILED)
    ended = rows.count()
    held = rows.filter(state=Action.State.CONFIRMED).exclude(pk__in=unproved.values("pk")).count()
    if ended:
        _write(
            kpi_id=ROLLED_BACK,
            place=(incident.system_id, action.environment),
            drill=incident.drill,
            seconds=int(QUARTER.total_seconds()),
            reading=(until, held / ended, ended),
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
    value = max((done_at - ordered_at).total_seconds(), 0.0) / SECONDS_OF_UNIT[kpi.unit]
    _write(
        kpi_id=kpi_id,
        place=(system_id, environment),
        drill=drill,
        seconds=PER_EVENT,
        reading=(done_at, value, 1),
        at=at,
    )


def _write(
    *,
    kpi_id: str,
    place: tuple[UUID, str],
    drill: bool,
    seconds: int,
    reading: tuple[datetime, float, int],
    at: datetime,
) -> None:
    """Write one reading (window_end, value, n) of a system in an environment, and judge it."""
    if not Kpi.objects.filter(pk=kpi_id).exists():
        return
    system_id, environment = place
    until, value, n = reading
    identity = (system_id, kpi_id, environment, f"run={DRILL}" if drill else "", seconds)
    with acting_as(CLOCKMAN):
        series = series_for(cadences={identity: None}, at=at)[identity]
        row: Row = (series, until, 0, value, n, None, None, True)
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
    last = _last_decision(action.incident, action.environment, action.ordered_at, confirmed)
    return max(until, last) if last else until


def _last_decision(
    incident: Incident, environment: str, since: datetime, until: datetime
) -> datetime | None:
    """Return when the system decided last after an order, None where it did not."""
    rows = DecisionEvent.objects.filter(
        system_id=incident.system_id, environment=environment, at__gt=since, at__lte=until
    )
    return rows.order_by("-at").values_list("at", flat=True).first()


def _instant(text: Any) -> datetime | None:
    try:
        return instant_read(text) if isinstance(text, str) else None
    except ValueError:
        return None
