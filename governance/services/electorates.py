"""Electorates: frozen at convening, with recusals by rule; a seat may pass to its substitute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Decision, ElectorSeat, Recusal
from governance.rules.feasibility import Feasibility
from governance.selectors.committees import (
    absent_until,
    holders_of,
    may_lead,
    seats_in_force,
)
from governance.selectors.electorates import Conflicts, conflicts_of, round_of, rules_of
from governance.selectors.rounds import leads, present
from governance.services.motions import lock_round, record_motion
from incidents.models import Incident, Participation
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from registry.models import User
from registry.selectors.people import available


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


def freeze_electorate(*, decision: Decision, at: datetime) -> None:
    """Copy the seats of the body into the round, recuse by rule, and seat the substitutes.

    Holders sit before substitutes, one person on one seat. What changes in the committee from now
    on changes nothing in this round.
    """
    conflicts = conflicts_of(decision=decision, at=at)
    places = _places(decision, at)
    recusals: dict[UUID, str] = {}
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
    _write(decision, places, sitting, recusals, at)


@transaction.atomic
def declare_recusal(
    *,
    decision_id: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    person_id: UUID | None = None,
    expected_version: int | None = None,
) -> Recusal:
    """Recuse oneself from a round, with the reason; the substitute takes the seat if one may.

    Before voting it needs nobody; after voting the ballot is void and the chair must have accepted
    the reason: then the chair declares it, naming the person (KOM-06). Raises Missing, Forbidden,
    Conflict, Invalid.
    """
    decision = _running(decision_id, expected_version)
    seat, person = _seat_of(decision, actor, person_id, at)
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    _check_not_voted(decision, seat, by_chair=person_id is not None and person_id != actor.person)
    recusal = Recusal.objects.create(
        decision=decision, person_id=person, by_rule=False, reason=reason.strip(), at=at
    )
    _take_part(decision.incident, person, "recused", at)
    _pass_on(decision, seat, at, note=f"{recusal.person.name} recused: {reason.strip()}")
    _after_change(decision, at)
    record_motion(
        "motion.recused",
        decision,
        actor,
        at,
        reason=reason,
        details={"seat": seat.number, "person": recusal.person_id, "name": recusal.person.name},
    )
    return recusal


@transaction.atomic
def activate_substitute(
    *,
    decision_id: UUID,
    seat_number: int,
    reason: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> ElectorSeat:
    """Give a seat to its named substitute for this round: the holder is away and has not voted.

    Raises Missing, Forbidden (who leads the body does it), Conflict.
    """
    decision = _running(decision_id, expected_version)
    require_leader(decision, "seat a substitute", actor, at)
    seat = decision.electors.filter(number=seat_number).first()
    if seat is None:
        raise Missing("unknown_seat", f"The round has no seat {seat_number}.")
    _check_passing(decision, seat, at)
    _pass_on(decision, seat, at, note=f"Substitute activated: {reason.strip() or 'absent'}")
    _after_change(decision, at)
    record_motion(
        "motion.substituted",
        decision,
        actor,
        at,
        reason=reason,
        details={"seat": seat.number, "seated": seat.seated_id},
    )
    return seat


def tell_feasibility(*, decision: Decision, at: datetime) -> Feasibility:
    """Compute whether the round can still be carried, and keep it on the round in words."""
    found = round_of(decision=decision, at=at).feasibility(
        in_meeting=decision.procedure == "meeting"
    )
    decision.feasible = found.feasible
    sentences = [*found.reasons, *found.notes, *(way.text for way in found.ways_out)]
    decision.feasibility = "\n".join(sentences)
    return found


def require_leader(decision: Decision, words: str, actor: Actor, at: datetime) -> None:
    """Let who leads the round pass: chair, vice chair, secretary. Raises Forbidden.

    A chair who is recused from this round does not lead it; the vice chair does (SEG-14).
    """
    user = User.objects.filter(pk=actor.person).first() if actor.person else None
    if user is not None and leads(decision=decision, user=user, at=at):
        return
    recused = set(decision.recusals.values_list("person_id", flat=True))
    people = [
        person
        for person in may_lead(committee=decision.committee, at=at)
        if person.pk not in recused
    ]
    raise Forbidden(
        "not_your_part",
        f"You cannot {words}: who leads the committee does, chair or secretary.",
        who_can=[person.name for person in people],
        recorded=True,
        subject=("decision", str(decision.pk), f"motion {decision.number}"),
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
    if reason:
        recusals[person.pk] = reason
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
    ElectorSeat.objects.bulk_create(
        _frozen(decision, place, sitting.get(place.number), recusals) for place in places
    )
    Recusal.objects.bulk_create(
        Recusal(decision=decision, person_id=person, by_rule=True, reason=reason, at=at)
        for person, reason in recusals.items()
    )
    for person_id in recusals:
        _take_part(decision.incident, person_id, "recused", at)
    for person in sitting.values():
        _take_part(decision.incident, person.pk, "seated", at)


def _frozen(
    decision: Decision, place: Place, seated: User | None, recusals: dict[UUID, str]
) -> ElectorSeat:
    reason = recusals.get(place.holder.pk, "")
    note = f"{place.holder.name} {reason}" if reason else ""
    if seated is None:
        state = ElectorSeat.State.EMPTY
    elif seated.pk == place.holder.pk:
        state = ElectorSeat.State.SEATED
    else:
        state = ElectorSeat.State.SUBSTITUTED
        note = note or f"{place.holder.name} is away"
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


def _running(decision_id: UUID, expected_version: int | None) -> Decision:
    decision = lock_round(decision_id, expected_version)
    if decision.state != Decision.State.OPEN:
        raise Conflict(
            "round_closed",
            f"Motion {decision.number} is not open for votes: it is "
            f"{decision.get_state_display().lower()}.",
            extra={"present": present(decision)},
        )
    return decision


def _seat_of(
    decision: Decision, actor: Actor, person_id: UUID | None, at: datetime
) -> tuple[ElectorSeat, UUID]:
    """The seat of who recuses, and who that is; the chair may name another person."""
    wanted = person_id or actor.person
    if person_id is not None and person_id != actor.person:
        require_leader(decision, "accept a recusal", actor, at)
    seat = decision.electors.filter(seated_id=wanted).select_related("seated").first()
    if seat is None or seat.seated_id is None:
        raise Forbidden(
            "not_in_electorate",
            "There is no seat of yours in this round, so there is nothing to recuse from.",
            recorded=True,
            subject=("decision", str(decision.pk), f"motion {decision.number}"),
        )
    return seat, seat.seated_id


def _check_not_voted(decision: Decision, seat: ElectorSeat, *, by_chair: bool) -> None:
    has_voted = decision.ballots.filter(seat_number=seat.number, person_id=seat.seated_id).exists()
    if has_voted and not by_chair:
        raise Forbidden(
            "voted_already",
            "You have voted: to recuse now voids your ballot, for a reason that the chair accepts. "
            "The chair declares it.",
            who_can=["the chair"],
        )


def _check_passing(decision: Decision, seat: ElectorSeat, at: datetime) -> None:
    if seat.substitute is None:
        raise Conflict("no_substitute", f"Seat {seat.number} has no named substitute.")
    if seat.seated_id == seat.substitute_id:
        raise Conflict("substitute_sits", f"{seat.substitute.name} sits there already.")
    if decision.ballots.filter(seat_number=seat.number, person_id=seat.seated_id).exists():
        raise Conflict("voted_already", "Who sits there has voted; the ballot stands.")
    reason = conflicts_of(decision=decision, at=at).reason(seat.substitute)
    if reason:
        raise Conflict(
            "not_separate", f"{seat.substitute.name} cannot take the seat: {seat.substitute.name} "
            f"{reason}."
        )
    if decision.electors.filter(seated_id=seat.substitute_id).exists():
        raise Conflict("one_person_one_seat", f"{seat.substitute.name} sits on another seat.")


def _pass_on(decision: Decision, seat: ElectorSeat, at: datetime, *, note: str) -> None:
    """Seat the substitute if one may sit, else leave the seat empty."""
    substitute = seat.substitute
    takes = (
        substitute is not None
        and seat.seated_id != substitute.pk
        and substitute.is_active
        and not conflicts_of(decision=decision, at=at).reason(substitute)
        and not decision.electors.filter(seated_id=substitute.pk).exists()
        and not decision.recusals.filter(person_id=substitute.pk).exists()
    )
    seat.seated = substitute if takes else None
    seat.state = ElectorSeat.State.SUBSTITUTED if takes else ElectorSeat.State.EMPTY
    seat.note = note
    seat.save()
    if takes and substitute is not None:
        _take_part(decision.incident, substitute.pk, "seated", at)


def _after_change(decision: Decision, at: datetime) -> None:
    tell_feasibility(decision=decision, at=at)
    decision.version += 1
    decision.save()


def _take_part(incident: Incident, person_id: UUID, act: str, at: datetime) -> None:
    """Write a person's part for what segregation and visibility read later."""
    Participation.objects.create(
        incident=incident, cycle=incident.cycle, person_id=person_id, act=act, at=at
    )
