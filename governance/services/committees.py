"""Committees: found a body with its charter, fill its seats, end them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Committee, Seat
from governance.rules.charters import charter_data
from governance.selectors.activation import why_not_active
from governance.selectors.committees import committee_of_id, seats_in_force
from governance.selectors.permissions import RULE_WRITERS, require_role
from governance.selectors.policies import document_of, policy_in_force
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import Unit, User


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """A seat to fill: its function, whose it is, who sits for them."""

    function: str
    person_id: UUID
    substitute_id: UUID | None = None
    chair: bool = False
    vice_chair: bool = False
    required: bool = False


@transaction.atomic
def found_committee(
    *, unit_id: UUID, name: str, level: str, seats: Sequence[SeatPlan], actor: Actor, at: datetime
) -> Committee:
    """Found a body of a level with the charter of the unit's policy, and fill its seats.

    Bodies of executives and of the board have no seats of their own: who holds the role sits. One
    whose seats could decide nothing in an ordinary case is refused, with the reason (KOM-20).
    Raises Invalid, Forbidden, Missing, Conflict.
    """
    unit = _unit(unit_id)
    _require(unit, "found a committee", actor, at)
    document = document_of(policy_in_force(unit_id=unit_id, at=at))
    charter = charter_data(document.committee, level=level, levels=document.levels)
    committee = Committee(unit=unit, name=name, level=level, charter=charter)
    committee.save(force_insert=True, at=at)
    append_entry(
        verb="committee.founded",
        actor=actor,
        at=at,
        subject=("committee", str(committee.pk), name),
        after={"unit": unit.pk, "level": level, "charter": committee.charter},
    )
    for number, seat in enumerate(seats, start=1):
        fill_seat(committee_id=committee.pk, number=number, seat=seat, actor=actor, at=at)
    against = why_not_active(committee=committee, at=at) if seats else ()
    if against:
        raise Conflict(
            "cannot_decide",
            worded("{name} cannot be activated. {against}", name=name, against=against[0]),
        )
    return committee


@transaction.atomic
def fill_seat(
    *, committee_id: UUID, number: int, seat: SeatPlan, actor: Actor, at: datetime
) -> Seat:
    """Give a seat to a person, ending whose it was. One person has one seat (Raises Invalid)."""
    committee = _locked(committee_id)
    _require(committee.unit, "fill a seat", actor, at)
    _check_people(committee, number, seat, at)
    _end(committee, number, at)
    row = Seat(
        committee=committee,
        number=number,
        function=seat.function,
        person_id=seat.person_id,
        substitute_id=seat.substitute_id,
        chair=seat.chair,
        vice_chair=seat.vice_chair,
        required=seat.required,
        from_at=at,
    )
    row.save(force_insert=True, at=at)
    append_entry(
        verb="seat.filled",
        actor=actor,
        at=at,
        subject=("committee", str(committee.pk), f"{committee.name}, seat {number}"),
        after={
            "function": seat.function,
            "person": seat.person_id,
            "substitute": seat.substitute_id,
            "chair": seat.chair,
            "vice_chair": seat.vice_chair,
            "required": seat.required,
        },
        touched=[f"governance_seat:{row.pk}"],
    )
    return row


def _check_people(committee: Committee, number: int, seat: SeatPlan, at: datetime) -> None:
    wanted = [person for person in (seat.person_id, seat.substitute_id) if person is not None]
    if len(set(wanted)) != len(wanted):
        raise Invalid("substitute_is_other", "A person is not their own substitute.")
    known = User.objects.filter(pk__in=wanted, is_active=True, kind=User.Kind.PERSON).count()
    if known != len(wanted):
        raise Missing("unknown_person", "There is no such active person.")
    others = seats_in_force(committee=committee, at=at).exclude(number=number)
    if others.filter(person_id=seat.person_id).exists():
        raise Conflict("one_person_one_seat", "This person holds another seat already.")


def _end(committee: Committee, number: int, at: datetime) -> None:
    for former in seats_in_force(committee=committee, at=at).filter(number=number):
        former.until_at = at
        former.save(at=at)


def _require(unit: Unit, words: str, actor: Actor, at: datetime) -> None:
    require_role(
        roles=RULE_WRITERS,
        words=words,
        unit_id=unit.pk,
        actor=actor,
        at=at,
        subject=("unit", str(unit.pk), unit.name),
    )


def _unit(unit_id: UUID) -> Unit:
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise Missing("unknown_unit", "There is no such unit.")
    return unit


def _locked(committee_id: UUID) -> Committee:
    committee_of_id(committee_id)
    rows = Committee.objects.select_for_update(no_key=True, of=("self",)).select_related("unit")
    return rows.get(pk=committee_id)
