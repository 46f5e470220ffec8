"""The seats of a round as the rules see them now: who sits, who is away, who has lost the role."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from governance.models import Decision, ElectorSeat
from governance.rules.feasibility import LOST_OR_AWAY
from governance.rules.policy_document import CommitteeRules
from governance.rules.votes import CAN_VOTE, Seat, SeatState
from governance.selectors.committees import absent_until, holders_of, seats_in_force
from registry.models import User


def entitled_to(
    decision: Decision, rules: CommitteeRules, at: datetime
) -> Mapping[int, frozenset[UUID | None]]:
    """Return who may sit on each seat by seat or role; who was frozen and left may not."""
    committee = decision.committee
    if rules.electorate != "seats":
        holders = frozenset(person.pk for person in holders_of(committee=committee, at=at))
        return dict.fromkeys(decision.electors.values_list("number", flat=True), holders)
    return {
        seat.number: frozenset((seat.person_id, seat.substitute_id))
        for seat in seats_in_force(committee=committee, at=at)
    }


def seats_now(
    electors: Sequence[ElectorSeat],
    decision: Decision,
    entitled: Mapping[int, frozenset[UUID | None]],
    at: datetime,
) -> tuple[Seat, ...]:
    """Return the seats as they are; one that cannot vote names its substitute only if they may sit.

    `entitled` is who may sit on each.
    """
    seats = tuple(seat_in(elector, _state(elector, decision, entitled, at)) for elector in electors)
    waiting = {seat.no for seat in seats if seat.substitute and seat.state in LOST_OR_AWAY}
    if not waiting:
        return seats
    barred = _barred_substitutes([one for one in electors if one.number in waiting], decision, at)
    return tuple(
        replace(seat, substitute=None) if seat.no in waiting & barred else seat for seat in seats
    )


def _barred_substitutes(
    electors: Sequence[ElectorSeat], decision: Decision, at: datetime
) -> set[int]:
    """The seats whose substitute is recused, has left, sits elsewhere, or is away too."""
    out = set(decision.recusals.values_list("person_id", flat=True))
    out |= set(decision.electors.exclude(seated=None).values_list("seated_id", flat=True))
    closes = decision.closes_at or at
    return {
        one.number
        for one in electors
        if one.substitute is not None
        and (
            one.substitute_id in out
            or not one.substitute.is_active
            or (at < closes and absent_until(user_id=one.substitute.pk, closes_at=closes, at=at))
        )
    }


def seat_in(elector: ElectorSeat, state: SeatState) -> Seat:
    """Return a seat as the rules take it."""
    return Seat(
        no=elector.number,
        function=elector.function,
        person=str(elector.holder_id),
        substitute=str(elector.substitute_id) if elector.substitute_id else None,
        required=elector.required,
        chair=elector.chair,
        vice_chair=elector.vice_chair,
        state=state,
    )


def state_of(sitting: User | None, elector: ElectorSeat, *, is_entitled: bool) -> SeatState:
    """Return how a seat stands, but for absence: of who sits there, and whether they may still."""
    if elector.seated_id is None:
        return SeatState.EMPTY
    if sitting is None or not sitting.is_active or not is_entitled:
        return SeatState.LOST
    if elector.state == ElectorSeat.State.SUBSTITUTED:
        return SeatState.SUBSTITUTE
    return SeatState.HOLDER


def _state(
    elector: ElectorSeat,
    decision: Decision,
    entitled: Mapping[int, frozenset[UUID | None]],
    at: datetime,
) -> SeatState:
    sitting = elector.holder if elector.seated_id == elector.holder_id else elector.substitute
    may_sit = elector.seated_id in entitled.get(elector.number, frozenset())
    found = state_of(sitting, elector, is_entitled=may_sit)
    closes = decision.closes_at or at
    if found not in CAN_VOTE or sitting is None or at >= closes:
        return found
    away = absent_until(user_id=sitting.pk, closes_at=closes, at=at)
    return SeatState.ABSENT if away else found
