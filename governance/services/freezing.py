"""Freezing an electorate: seats copied at convening, recusals by rule, substitutes seated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from governance.models import Ballot, Decision, ElectorSeat, Recusal
from governance.rules.feasibility import Feasibility
from governance.rules.votes import quorum_needed
from governance.selectors.committees import absent_until, holders_of, seats_in_force
from governance.selectors.electorates import (
    Conflicts,
    charter_of,
    conflicts_of,
    round_of,
    rules_of,
)
from incidents.models import Incident, Participation
from ledger.rules.worded import word
from registry.models import User
from registry.selectors.people import available

AWAY = word("is away")


@dataclass(frozen=True, slots=True)
class Place:
    """A seat before it is frozen: function, holder, substitute."""

    number: int
    function: str
    holder: User
    substitute: User | None
    required: bool = False
    chair: bool = False
    vice_chair: bool = False
    note: str = ""


def freeze_electorate(*, decision: Decision, at: datetime) -> None:
    """Copy the seats of the body into the round, recuse by rule, and seat the substitutes.

    Holders sit before substitutes, one person on one seat. What changes in the committee from now
    on changes nothing in this round.
    """
    conflicts = conflicts_of(decision=decision, at=at)
    places = _places(decision, at)
    recusals = _voted_below(decision, places, conflicts, at)
    shown = {} if recusals else _decided_below(decision, places)
    sitting = {
        place.number: place.holder
        for place in places
        if _may_sit(place.holder, decision, conflicts, recusals, at)
    }
    taken = {person.pk for person in sitting.values()} | {place.holder.pk for place in places}
    for place in places:
        substitute = place.substitute
        if place.number in sitting or substitute is None or substitute.pk in taken:
            continue
        if _may_sit(substitute, decision, conflicts, recusals, at):
            sitting[place.number] = substitute
            taken.add(substitute.pk)
    _keep_absent_holders(places, sitting, recusals)
    _write(decision, [_noted(one, shown) for one in places], sitting, recusals, at)


def _voted_below(
    decision: Decision, places: Sequence[Place], conflicts: Conflicts, at: datetime
) -> dict[UUID, str]:
    """Who voted on the motion a level below steps aside if the others can decide (SEG-10)."""
    earlier = _decided_below(decision, places)
    others: dict[UUID, str] = {}
    able = [
        place
        for place in places
        if place.holder.pk not in earlier
        and _may_sit(place.holder, decision, conflicts, others, at)
    ]
    charter = charter_of(decision)
    if not earlier or len(able) < quorum_needed(charter, len(able)):
        return {}
    return {person: "voted on it at the level below" for person in earlier}


def _decided_below(decision: Decision, places: Sequence[Place]) -> dict[UUID, str]:
    """Who of a body that sits by role has voted on this case below; shown where they must sit."""
    if rules_of(decision).electorate == "seats":
        return {}
    below = Ballot.objects.filter(
        decision__incident=decision.incident, decision__cycle=decision.cycle
    ).exclude(decision__committee=decision.committee)
    voted = set(below.values_list("person_id", flat=True))
    words = "voted on it at the level below too; nobody else can decide (shown, SEG-10)"
    return {place.holder.pk: words for place in places if place.holder.pk in voted}


def _noted(place: Place, shown: dict[UUID, str]) -> Place:
    words = shown.get(place.holder.pk, "")
    return replace(place, note=f"{place.holder.name} {words}") if words else place


def tell_feasibility(*, decision: Decision, at: datetime) -> Feasibility:
    """Compute whether the round can still be carried, and keep it on the round in words."""
    found = round_of(decision=decision, at=at).feasibility(
        in_meeting=decision.procedure == "meeting"
    )
    decision.feasible = found.feasible
    sentences = [*found.reasons, *found.notes, *(way.text for way in found.ways_out)]
    decision.feasibility = "\n".join(sentences)
    return found


def take_part(incident: Incident, person_id: UUID, act: str, at: datetime) -> None:
    """Write a person's part for what segregation and visibility read later."""
    Participation.objects.create(
        incident=incident, cycle=incident.cycle, person_id=person_id, act=act, at=at
    )


def _places(decision: Decision, at: datetime) -> list[Place]:
    committee = decision.committee
    if rules_of(decision).electorate != "seats":
        people = holders_of(committee=committee, at=at)
        return [
            Place(number, committee.get_level_display(), person, None, chair=number == 1)
            for number, person in enumerate(people, start=1)
        ]
    return [
        Place(
            seat.number,
            seat.function,
            seat.person,
            seat.substitute,
            seat.required,
            seat.chair,
            seat.vice_chair,
        )
        for seat in seats_in_force(committee=committee, at=at)
    ]


def _may_sit(
    person: User,
    decision: Decision,
    conflicts: Conflicts,
    recusals: dict[UUID, str],
    at: datetime,
) -> bool:
    reason = conflicts.reason(person)
    if reason or person.pk in recusals:
        recusals.setdefault(person.pk, reason)
        return False
    closes = decision.closes_at or at
    away = not available(user_id=person.pk, at=at)
    return person.is_active and not (
        away and absent_until(user_id=person.pk, closes_at=closes, at=at)
    )


def _keep_absent_holders(
    places: Sequence[Place], sitting: dict[int, User], recusals: dict[UUID, str]
) -> None:
    """A holder who is only away keeps the seat if no substitute sits: the seat stays in A."""
    for place in places:
        if place.number not in sitting and place.holder.pk not in recusals:
            sitting[place.number] = place.holder


def _write(
    decision: Decision,
    places: Sequence[Place],
    sitting: dict[int, User],
    recusals: dict[UUID, str],
    at: datetime,
) -> None:
    for place in places:
        seat = _frozen(decision, place, sitting.get(place.number), recusals)
        seat.save(force_insert=True, at=at)
    Recusal.objects.bulk_create(
        Recusal(decision=decision, person_id=person, by_rule=True, reason=reason, at=at)
        for person, reason in recusals.items()
    )
    for person_id in recusals:
        take_part(decision.incident, person_id, "recused", at)


def _frozen(
    decision: Decision, place: Place, seated: User | None, recusals: dict[UUID, str]
) -> ElectorSeat:
    reason = recusals.get(place.holder.pk, "")
    note = f"{place.holder.name} {reason}" if reason else place.note
    if seated is None:
        state = ElectorSeat.State.EMPTY
    elif seated.pk == place.holder.pk:
        state = ElectorSeat.State.SEATED
    else:
        state = ElectorSeat.State.SUBSTITUTED
        note = note or f"{place.holder.name} {AWAY}"
    return ElectorSeat(
        decision=decision,
        number=place.number,
        function=place.function,
        required=place.required,
        chair=place.chair,
        vice_chair=place.vice_chair,
        holder=place.holder,
        substitute=place.substitute,
        seated=seated,
        state=state,
        note=note,
    )
