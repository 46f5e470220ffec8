"""What the pages of standing orders show."""

from datetime import datetime
from typing import Any

from governance.models import StandingOrder
from governance.selectors.committees import may_lead
from governance.selectors.orders import (
    drill_within,
    names_on,
    order_owners,
    orders_of,
    seat_of_voter,
    show,
    shown,
)
from incidents.models import Containment
from ledger.rules.actors import Actor
from registry.models import System, User
from registry.selectors.permits import refusal_for_system

MOST = 100
State = StandingOrder.State


def list_page(*, system: System, user: User, at: datetime, may_act: bool = True) -> dict[str, Any]:
    """Return the orders of a system, and why the reader may not put one, None if they may.

    `may_act` False: of a past instant, at which nothing is put any more.
    """
    refusal = None
    if may_act:
        refusal = refusal_for_system(act="order.put", system=system, actor=_actor(user), at=at)
    rows = orders_of(systems=System.objects.filter(pk=system.pk)).prefetch_related("votes")
    return {
        "system": system,
        "rows": shown(list(rows[:MOST]), at=at, past=not may_act),
        "within_days": drill_within(system=system, at=at).days,
        "refusal": refusal,
        "may_put": may_act and refusal is None,
    }


def order_page(
    *, order: StandingOrder, user: User, at: datetime, may_act: bool = True
) -> dict[str, Any]:
    """Return one order: its vote, drills and firings, and what the reader may do about it."""
    system, actor = order.system, _actor(user)
    within = drill_within(system=system, at=at)
    may_drill = (
        may_act
        and order.state == State.ADOPTED
        and refusal_for_system(act="order.drill", system=system, actor=actor, at=at) is None
    )
    voted = order.votes.filter(person=user).exists()
    return {
        "order": order,
        "system": system,
        "shown": show(order, within=within, at=at, past=not may_act),
        "within_days": within.days,
        "votes": list(order.votes.select_related("person").order_by("at")),
        "voters": names_on(order),
        "drills": list(order.drills.select_related("person").order_by("-at")),
        "firings": list(
            Containment.objects.filter(standing_order=order.pk)
            .select_related("incident")
            .order_by("-at")
        ),
        "may_vote": may_act
        and order.state == State.PUT
        and not voted
        and seat_of_voter(order, user.pk) is not None,
        "may_drill": may_drill,
        "may_withdraw": may_act and _may_withdraw(order, user, at),
    }


def _may_withdraw(order: StandingOrder, user: User, at: datetime) -> bool:
    if order.state == State.PUT and order.put_by_id == user.pk:
        return True
    if order.state not in (State.PUT, State.ADOPTED) or str(user.pk) in order_owners(order):
        return False
    return user.pk in {one.pk for one in may_lead(committee=order.committee, at=at)}


def _actor(user: User) -> Actor:
    return Actor(kind="person", id=str(user.pk), name=user.name)
