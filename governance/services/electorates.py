"""Electorates in a round: a recusal is declared, a seat passes to its substitute."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Decision, ElectorSeat, Recusal
from governance.selectors.committees import may_lead
from governance.selectors.electorates import conflicts_of
from governance.selectors.rounds import leads, present
from governance.services.freezing import take_part, tell_feasibility
from governance.services.lifting import lift_inquorate
from governance.services.motion_records import lock_round, record_motion
from governance.services.round_notices import tell_leaders
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, word, worded
from outbox.services.hints import nudge
from registry.models import User


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
    the reason: then the chair declares it, naming the person, or accepts what was asked for
    (KOM-06). Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = running(decision_id, expected_version)
    seat, person = _seat_of(decision, actor, person_id, at)
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    _check_not_voted(decision, seat, by_chair=person_id is not None and person_id != actor.person)
    return recuse(decision=decision, seat=seat, person_id=person, reason=reason, actor=actor, at=at)


def recuse(
    *,
    decision: Decision,
    seat: ElectorSeat,
    person_id: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Recusal:
    """Take a person out of a round that the caller has locked; a ballot of theirs counts no more.

    The substitute takes the seat if one may; else it leaves the electorate.
    """
    recusal = Recusal.objects.create(
        decision=decision, person_id=person_id, by_rule=False, reason=reason.strip(), at=at
    )
    take_part(decision.incident, person_id, "recused", at)
    _pass_on(decision, seat, at, note=f"{recusal.person.name} recused: {reason.strip()}")
    after_change(decision, at)
    record_motion(
        "motion.recused",
        decision,
        actor,
        at,
        reason=reason,
        details={
            "seat": seat.number,
            "person": recusal.person_id,
            "name": recusal.person.on_record,
        },
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
    decision = running(decision_id, expected_version)
    require_leader(decision, "seat a substitute", actor, at)
    seat = decision.electors.filter(number=seat_number).first()
    if seat is None:
        raise Missing(
            "unknown_seat", worded("The round has no seat {seat_number}.", seat_number=seat_number)
        )
    _check_passing(decision, seat, at)
    _pass_on(
        decision,
        seat,
        at,
        note=worded("Substitute activated: {reason}", reason=reason.strip() or word("absent")),
    )
    after_change(decision, at)
    record_motion(
        "motion.substituted",
        decision,
        actor,
        at,
        reason=reason,
        details={"seat": seat.number, "seated": seat.seated_id},
    )
    return seat


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
        worded(
            "You cannot {words}: who leads the committee does, chair or secretary.",
            words=term(words),
        ),
        who_can=[person.name for person in people],
        recorded=True,
        subject=("decision", str(decision.pk), f"motion {decision.number}"),
    )


def running(decision_id: UUID, expected_version: int | None) -> Decision:
    """Return a round that is open for votes, locked. Raises Missing, Conflict."""
    decision = lock_round(decision_id, expected_version)
    if decision.state != Decision.State.OPEN:
        raise Conflict(
            "round_closed",
            worded(
                "Motion {number} is not open for votes: it is {state}.",
                number=decision.number,
                state=term(decision.get_state_display(), lowered=True),
            ),
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
        raise Conflict(
            "no_substitute", worded("Seat {number} has no named substitute.", number=seat.number)
        )
    if seat.seated_id == seat.substitute_id:
        raise Conflict(
            "substitute_sits",
            worded("{substitute_name} sits there already.", substitute_name=seat.substitute.name),
        )
    if decision.ballots.filter(seat_number=seat.number, person_id=seat.seated_id).exists():
        raise Conflict("voted_already", "Who sits there has voted; the ballot stands.")
    reason = conflicts_of(decision=decision, at=at).reason(seat.substitute)
    if reason:
        raise Conflict(
            "not_separate",
            worded(
                "{substitute_name} cannot take the seat: {substitute_name} {reason}.",
                substitute_name=seat.substitute.name,
                reason=reason,
            ),
        )
    if decision.electors.filter(seated_id=seat.substitute_id).exists():
        raise Conflict(
            "one_person_one_seat",
            worded("{substitute_name} sits on another seat.", substitute_name=seat.substitute.name),
        )


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
    seat.save(at=at)


def after_change(decision: Decision, at: datetime) -> None:
    """Compute anew whether the round can be decided, and say so at once where it no longer can."""
    was = decision.feasible
    tell_feasibility(decision=decision, at=at)
    decision.version += 1
    decision.save(at=at)
    if not decision.feasible:
        lift_inquorate(decision, at)
    if was and not decision.feasible:
        tell_leaders(decision, at)
    nudge("sweep")
