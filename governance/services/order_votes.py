"""Votes on standing orders: each seat once, signed; the majority of the seats settles it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import OrderVote, StandingOrder
from governance.rules.orders import outcome
from governance.selectors.orders import electorate_of, seat_of_voter
from governance.selectors.permissions import person_of
from governance.services.order_records import locked_order, record_order, stands_at, subject_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import Signature, User
from registry.services.signatures import Ceremony, sign

State = StandingOrder.State


@transaction.atomic
def vote_on_order(
    *,
    order_id: UUID,
    in_favour: bool,
    reason: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> StandingOrder:
    """Vote once, signed; more than half of the seats adopt it, an impossible majority ends it.

    Raises Missing, Forbidden, Conflict, Invalid (no reason for a vote against).
    """
    order = locked_order(order_id)
    _check_open(order)
    person, seat = _voter(order, actor)
    if not in_favour and not reason.strip():
        words = "Say why you are against it."
        raise Invalid("reason_needed", words, fields={"reason": words})
    signature = _sign_vote(order, person, in_favour, reason, ceremony, actor, at)
    number = record_order(
        "order.voted", order, actor, at, reason=reason, details={"in_favour": in_favour}
    )
    OrderVote(
        order=order,
        seat_number=seat,
        person=person,
        in_favour=in_favour,
        reason=reason.strip(),
        signature=signature,
        at=at,
        entry_number=number,
    ).save(force_insert=True, at=at)
    _settle(order, actor, at)
    return order


def _check_open(order: StandingOrder) -> None:
    if order.state != State.PUT:
        raise Conflict("vote_over", stands_at(order))


def _voter(order: StandingOrder, actor: Actor) -> tuple[User, int]:
    person = person_of(actor, words="vote on a standing order", subject=subject_of(order))
    seat = seat_of_voter(order, person)
    if seat is None:
        raise Forbidden(
            "no_seat",
            "You have no vote on this order: that takes a seat in the committee, and neither who "
            "put it nor the owner's side votes on it.",
            who_can=[order.committee.name],
            recorded=True,
            subject=subject_of(order),
        )
    if OrderVote.objects.filter(order=order, seat_number=seat).exists():
        raise Conflict("voted_already", "The vote of this seat is given; a seat votes once.")
    return User.objects.get(pk=person), seat


def _sign_vote(
    order: StandingOrder,
    person: User,
    in_favour: bool,
    reason: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> Signature:
    return sign(
        user=person,
        meaning="approval" if in_favour else "dissent",
        role=f"seat in {order.committee.name}"[:120],
        subject_type="standing_order",
        subject_id=order.pk,
        payload={"order": order.text_sha256, "in_favour": in_favour},
        reason=reason.strip() or f"vote on {order.number}",
        ceremony=ceremony,
        actor=actor,
        at=at,
    )


def _settle(order: StandingOrder, actor: Actor, at: datetime) -> None:
    """Adopt it, or end it, as soon as the votes given decide it."""
    votes = list(order.votes.values_list("in_favour", flat=True))
    found = outcome(
        seats=len(electorate_of(order)),
        in_favour=sum(votes),
        against=len(votes) - sum(votes),
    )
    if not found:
        return
    order.state, order.decided_at = found, at
    order.save(update_fields=["state", "decided_at"], at=at)
    details = {"for": sum(votes), "against": len(votes) - sum(votes)}
    record_order(f"order.{found}", order, actor, at, before={"state": "put"}, details=details)
