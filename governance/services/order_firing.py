"""Standing orders fire: in the transaction that judges or opens, and again in every sweep."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import QuerySet

from governance.models import BreachCause, StandingOrder
from governance.rules.breach import Breach
from governance.rules.orders import CASE_KINDS, SILENT, Seen, fires, fires_on_case, is_beyond
from governance.selectors.emergencies import people_to_wake
from governance.selectors.orders import orders_in_force, when_of
from governance.services.paging import page
from incidents.models import Containment, Incident
from incidents.rules.transitions import ENDED
from incidents.selectors.containment import containments_in_force
from incidents.services.commands import execute
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from ledger.rules.worded import word
from telemetry.selectors.readings import Reading
from telemetry.selectors.recent import recent_readings

ORDERS = machine("standing order")
JOB = "standing orders"
log = structlog.get_logger(__name__)


def fire_orders(*, incident: Incident, breach: Breach, at: datetime) -> int:
    """Contain a system by every order that waited for this breach; returns how many fired.

    A refusal never breaks the judging: the order is tried again by the next sweep.
    """
    seen = Seen(breach.kind, breach.kpi_id, breach.value, breach.instant)
    orders = orders_in_force(system_ids=[breach.system_id], environment=breach.environment, at=at)
    read_at = breach.window_end or at
    found = [order for order in orders if fires(when_of(order), seen)]
    return sum(_fire(order, incident, read_at, at) for order in found)


def fire_on_case(*, incident: Incident, at: datetime) -> int:
    """Contain a system by every order that waited for a case like this one; returns how many fired.

    However it came in: a report by hand, a concern, a supplier's notice, a version that nobody
    approved. A rehearsal stops nothing. A refusal never breaks the opening.
    """
    if incident.drill or incident.kind not in CASE_KINDS:
        return 0
    orders = orders_in_force(
        system_ids=[incident.system_id], environment=incident.environment, at=at
    )
    found = [
        order
        for order in orders
        if fires_on_case(when_of(order), kind=incident.kind, severity=incident.severity)
    ]
    return sum(_fire(order, incident, incident.opened_at, at) for order in found)


@retried
@transaction.atomic
def fire_missed(at: datetime) -> int:
    """Fire what an order waits for and nobody has stopped yet; a job of the sweep.

    Looks at the open incidents of systems with an order: at the worst reading that was reported
    and at the newest one, at silences, and at cases that came in without a reading.
    """
    orders = list(orders_in_force(at=at))
    if not orders:
        return 0
    causes = list(_causes(orders))
    series = sorted({cause.standing.series_id for cause in causes})
    newest = recent_readings(series_ids=series, limit=1) if series else {}
    fired = 0
    for cause in causes:
        readings = _readings(cause, newest.get(cause.standing.series_id, []))
        for order in orders:
            fired += _fire_missed(order, cause, readings, at)
    return fired + sum(fire_on_case(incident=one, at=at) for one in _cases(orders))


def _cases(orders: Iterable[StandingOrder]) -> QuerySet[Incident]:
    """The open cases that orders of their system may wait for without any reading."""
    systems = {one.system_id for one in orders if one.rule == StandingOrder.Rule.CASE}
    rows: QuerySet[Incident] = Incident.objects.filter(
        system_id__in=systems, kind__in=CASE_KINDS, drill=False
    )
    related = ("system", "owner", "deputy")
    return rows.exclude(state__in=ENDED).select_related(*related).order_by("opened_at", "id")


def _causes(orders: Iterable[StandingOrder]) -> QuerySet[BreachCause]:
    rows = BreachCause.objects.filter(
        incident__system_id__in={order.system_id for order in orders}, recovered_at=None
    ).exclude(incident__state__in=ENDED)
    related = ("incident__system", "incident__owner", "incident__deputy")
    return rows.select_related(*related, "standing__series", "threshold_version").order_by("id")


def _readings(cause: BreachCause, newest: Iterable[Reading]) -> list[tuple[float, datetime]]:
    """Return the readings to look at: the one reported, and the newest if it can be judged."""
    found = [] if cause.value is None else [(cause.value, cause.window_end)]
    return found + [
        (one.value, one.window_end) for one in newest if one.good and one.value is not None
    ]


def _fire_missed(
    order: StandingOrder,
    cause: BreachCause,
    readings: Iterable[tuple[float, datetime]],
    at: datetime,
) -> int:
    series, incident, limits = cause.standing.series, cause.incident, cause.threshold_version
    if (order.system_id, order.environment) != (incident.system_id, series.environment):
        return 0
    if incident.kind in SILENT and fires(
        when_of(order), Seen(incident.kind, series.kpi_id, None, False)
    ):
        return _fire(order, incident, cause.window_end, at)
    for value, read_at in readings:
        instant = is_beyond(value, limits.instant_critical, below=limits.direction == "below")
        if fires(when_of(order), Seen(incident.kind, series.kpi_id, value, instant)):
            return _fire(order, incident, read_at, at)
    return 0


def _fire(order: StandingOrder, incident: Incident, read_at: datetime, at: datetime) -> int:
    fired_before = Containment.objects.filter(incident=incident, standing_order=order.pk)
    if _is_held(order, incident, fired_before, read_at):
        return 0
    try:
        with transaction.atomic(), acting_as(ORDERS):
            execute(
                command="emergency_contain",
                incident_id=incident.pk,
                actor=ORDERS,
                at=at,
                expected_version=None,
                idempotency_key=f"order:{order.pk}:{fired_before.count()}",
                payload={
                    "kind": order.action,
                    "scope": order.scope,
                    "environment": order.environment,
                    "reason": f"Standing order {order.number}: {order.reason}",
                    "standing_order": str(order.pk),
                    "by_rule": f"standing order {order.number}",
                },
            )
            people = people_to_wake(incident=incident, at=at)
            key = f"order:{order.pk}:{fired_before.count()}"
            page(
                incident=incident,
                people=people,
                why=word("Look at what was stopped"),
                key=key,
                at=at,
            )
    except Refused as refusal:
        log.error("standing_order_refused", order=order.number, reason=refusal.reason)
        return 0
    return 1


def _is_held(
    order: StandingOrder,
    incident: Incident,
    fired_before: QuerySet[Containment],
    read_at: datetime,
) -> bool:
    """Whether a stop or this order holds it already.

    After a decision lifted it, only a reading that is younger than the decision fires again.
    """
    held = containments_in_force(incident).filter(environment=order.environment)
    if held.filter(kind=Containment.Kind.STOP).exists():
        return True
    last = fired_before.order_by("-at").first()
    return last is not None and (last.lifted_at is None or read_at <= last.lifted_at)
