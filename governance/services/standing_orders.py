"""Standing orders: put to the committee, drilled, withdrawn (INC-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from governance.models import Committee, OrderDrill, StandingOrder
from governance.rules.motions import motion_hash
from governance.rules.orders import order_faults, order_text
from governance.selectors.committees import committee_in_force, may_lead, seats_in_force
from governance.selectors.orders import electorate_of, order_owners
from governance.selectors.permissions import MACHINES, person_of
from governance.services.order_records import locked_order, record_order, stands_at, subject_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import term, worded
from outbox.services.messages import queue_mail
from registry.models import System, User
from registry.services.access import require_system_permit
from registry.services.lifecycle import lock_system
from telemetry.models import Kpi

State = StandingOrder.State


@dataclass(frozen=True, slots=True)
class Order:
    """What is put: when it fires, what is done then, from when until when, and why."""

    rule: str
    action: str
    scope: str
    reason: str
    valid_from: datetime
    valid_until: datetime
    kpi_id: str = ""
    limit_value: float | None = None
    environment: str = "production"
    case_kinds: Sequence[str] = ()
    least_severity: str = ""


@transaction.atomic
def put_order(*, system_id: UUID, given: Order, actor: Actor, at: datetime) -> StandingOrder:
    """Put a stop that is decided in advance to the committee; its seats are frozen now.

    Raises Missing, Forbidden, Invalid (fields by name), Conflict (no committee).
    """
    system = lock_system(system_id)
    require_system_permit(act="order.put", system=system, actor=actor, at=at)
    person = person_of(actor, words="put a standing order", subject=_subject_of(system))
    _check(given, at)
    committee = committee_in_force(unit_id=system.unit_id, level="committee")
    if committee is None:
        raise Conflict(
            "no_committee", "No committee decides for this unit yet. Found one, with its seats."
        )
    order = _built(system, committee, given, person, at)
    if not electorate_of(order):
        raise Conflict("nobody_may_vote", "Everybody in the committee is on the owner's side.")
    order.save(force_insert=True, at=at)
    record_order("order.put", order, actor, at, reason=order.reason)
    _ask_voters(order, at)
    return order


@transaction.atomic
def withdraw_order(*, order_id: UUID, reason: str, actor: Actor, at: datetime) -> StandingOrder:
    """Withdraw an order: who put it while it is voted on, afterwards who leads the committee.

    Never the owner's side once it is adopted: it protects from their system. Raises Missing,
    Forbidden, Conflict, Invalid.
    """
    order = locked_order(order_id)
    if order.state not in (State.PUT, State.ADOPTED):
        raise Conflict("order_over", stands_at(order))
    _check_withdrawal(order, actor, at)
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    before = {"state": order.state}
    order.state, order.withdrawn_at = State.WITHDRAWN, at
    order.withdrawn_by_id, order.withdrawn_reason = actor.person, reason.strip()
    changed = ["state", "withdrawn_at", "withdrawn_by", "withdrawn_reason"]
    order.save(update_fields=changed, at=at)
    record_order("order.withdrawn", order, actor, at, reason=reason.strip(), before=before)
    return order


@transaction.atomic
def record_drill(
    *,
    order_id: UUID,
    passed: bool,
    seconds: int,
    found: str,
    evidence: str,
    actor: Actor,
    at: datetime,
) -> OrderDrill:
    """Record a trial without harm: whether it stood, in how many seconds, what was found.

    Only a drill that passed proves the order. Raises Missing, Forbidden, Conflict, Invalid.
    """
    order = locked_order(order_id)
    require_system_permit(act="order.drill", system=order.system, actor=actor, at=at)
    person = person_of(actor, words="record a drill", subject=subject_of(order))
    if order.state != State.ADOPTED:
        raise Conflict("not_adopted", "Only an order that is adopted is drilled.")
    _check_drill(passed, seconds, found, evidence)
    if passed:
        order.drilled_at = at
        order.save(update_fields=["drilled_at"], at=at)
    number = record_order(
        "order.drilled",
        order,
        actor,
        at,
        reason=found.strip(),
        details={"passed": passed, "seconds": seconds, "evidence": evidence.strip()},
    )
    drill = OrderDrill(
        order=order,
        person_id=person,
        passed=passed,
        seconds=seconds,
        found=found.strip(),
        evidence=evidence.strip(),
        at=at,
        entry_number=number,
    )
    drill.save(force_insert=True, at=at)
    return drill


def _check(given: Order, at: datetime) -> None:
    faults = order_faults(
        rule=given.rule,
        kpi_id=given.kpi_id,
        limit_value=given.limit_value,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        at=at,
        case_kinds=given.case_kinds,
        least_severity=given.least_severity,
    )
    faults |= _unknown_words(given)
    if given.kpi_id and not Kpi.objects.filter(pk=given.kpi_id).exists():
        faults["kpi"] = "There is no such KPI."
    if faults:
        raise Invalid("order_not_right", next(iter(faults.values())), fields=faults)


def _unknown_words(given: Order) -> dict[str, str]:
    known = {"rule": StandingOrder.Rule.values, "action": StandingOrder.Action.values}
    faults = {
        name: worded("It is one of: {words}.", words=", ".join(words))
        for name, words in known.items()
        if getattr(given, name) not in words
    }
    empty = [name for name in ("scope", "reason") if not getattr(given, name).strip()]
    return faults | dict.fromkeys(empty, "This is required.")


def _built(
    system: System, committee: Committee, given: Order, person: UUID, at: datetime
) -> StandingOrder:
    order = StandingOrder(
        id=uuid4(),
        number=_next_number(at),
        system=system,
        committee=committee,
        environment=given.environment.strip() or "production",
        rule=given.rule,
        kpi_id=given.kpi_id or None,
        limit_value=given.limit_value,
        case_kinds=sorted(set(given.case_kinds)),
        least_severity=given.least_severity,
        action=given.action,
        scope=given.scope.strip(),
        reason=given.reason.strip(),
        electorate=_seats(committee, at),
        put_by_id=person,
        put_at=at,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
    )
    order.text = order_text(_content(order))
    order.text_sha256 = motion_hash(order.text)
    return order


def _ask_voters(order: StandingOrder, at: datetime) -> None:
    """Ask everybody who may vote; of a seat the holder and the substitute."""
    ids = [person for _, people in electorate_of(order) for person in people]
    for person in User.objects.filter(pk__in=ids, is_active=True):
        queue_mail(
            key=f"order:{order.pk}:{person.pk}",
            person_id=person.pk,
            address=person.email,
            subject=worded(
                "Vote on {number}: {action} of {system}",
                number=order.number,
                action=term(order.get_action_display()),
                system=order.system.name,
            ),
            body=worded(
                "{reason}\n\n{url}\n",
                reason=order.reason,
                url=f"{settings.PUBLIC_URL}/standing-orders/{order.pk}/",
            ),
            subject_id=order.pk,
            at=at,
        )


def _content(order: StandingOrder) -> dict[str, Any]:
    limit = order.limit_value
    waits_for = {"case_kinds": order.case_kinds, "least_severity": order.least_severity}
    return (waits_for if order.rule == StandingOrder.Rule.CASE else {}) | {
        "record": "standing order",
        "number": order.number,
        "system": order.system.slug,
        "environment": order.environment,
        "rule": order.rule,
        "kpi": order.kpi_id or "",
        "limit": "" if limit is None else repr(limit),
        "action": order.action,
        "scope": order.scope,
        "reason": order.reason,
        "valid_from": order.valid_from.isoformat(),
        "valid_until": order.valid_until.isoformat(),
    }


def _seats(committee: Committee, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "number": seat.number,
            "function": seat.function,
            "person": str(seat.person_id),
            "substitute": str(seat.substitute_id) if seat.substitute_id else "",
        }
        for seat in seats_in_force(committee=committee, at=at)
    ]


def _next_number(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('governance_order_number')")
        return f"SO-{at.year}-{cursor.fetchone()[0]:02d}"


def _check_withdrawal(order: StandingOrder, actor: Actor, at: datetime) -> None:
    if actor.kind in MACHINES:
        return
    leaders = may_lead(committee=order.committee, at=at)
    people = {person.pk for person in leaders if str(person.pk) not in order_owners(order)}
    if order.state == State.PUT:
        people.add(order.put_by_id)
    if actor.person not in people:
        raise Forbidden(
            "not_your_part",
            "You cannot withdraw this order: who put it can while it is voted on, afterwards who "
            "leads the committee and is not on the owner's side.",
            who_can=[person.name for person in leaders],
            recorded=True,
            subject=subject_of(order),
        )


def _check_drill(passed: bool, seconds: int, found: str, evidence: str) -> None:
    faults = {}
    if not evidence.strip():
        faults["evidence"] = "Say where it can be seen."
    if not 0 <= seconds <= 86_400:
        faults["seconds"] = "Between 0 and 86400 seconds."
    if not passed and not found.strip():
        faults["found"] = "Say what did not work."
    if faults:
        raise Invalid("drill_not_right", next(iter(faults.values())), fields=faults)


def _subject_of(system: System) -> tuple[str, str, str]:
    return ("system", str(system.pk), system.name)
