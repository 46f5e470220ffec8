"""After voting: a recusal is asked for and the chair accepts it; a ballot is void for cause."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import BallotVoid, Decision, ElectorSeat, RecusalRequest
from governance.selectors.electorates import has_lost_seat
from governance.selectors.permissions import person_of
from governance.selectors.round_chairs import chairs_of
from governance.selectors.rounds import subject_of
from governance.services.electorates import after_change, recuse, running
from governance.services.motion_records import record_motion
from governance.services.round_notices import tell_leaders
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, word, worded
from registry.models import User

LONGEST = 2000
ASKED = word("A recusal after voting is asked for")


@transaction.atomic
def ask_recusal(*, decision_id: UUID, reason: str, actor: Actor, at: datetime) -> RecusalRequest:
    """Ask the chair to be recused after having voted; until it is accepted the ballot counts.

    Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = running(decision_id, None)
    person = person_of(actor, words="ask for a recusal", subject=subject_of(decision))
    seat = decision.electors.filter(seated_id=person).first()
    if seat is None or not decision.ballots.filter(person_id=person).exists():
        raise Conflict("not_voted", "You have not voted: declare your recusal, it needs nobody.")
    _check_reason(reason)
    if decision.recusal_requests.filter(person_id=person, state="asked").exists():
        raise Conflict("asked_already", "You have asked already; the chair answers.")
    row = RecusalRequest(decision=decision, person_id=person, reason=reason.strip(), asked_at=at)
    row.save(force_insert=True, at=at)
    record_motion(
        "motion.recusal_asked", decision, actor, at, reason=reason, details={"seat": seat.number}
    )
    tell_leaders(decision, at, why=f"recusal:{row.pk}", words=ASKED)
    return row


@transaction.atomic
def answer_recusal(
    *, decision_id: UUID, request_id: int, accept: bool, reason: str, actor: Actor, at: datetime
) -> RecusalRequest:
    """Accept or decline a recusal after voting: the chair, or the vice chair for the chair.

    Accepted, the ballot is void visibly and feasibility is computed anew; the minutes show it
    (KOM-06). Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = running(decision_id, None)
    rows = decision.recusal_requests.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("person").filter(pk=request_id).first()
    if row is None:
        raise Missing("unknown_request", "There is no such request in this round.")
    if row.state != RecusalRequest.State.ASKED:
        raise Conflict(
            "answered_already",
            worded("It is {state} already.", state=term(row.get_state_display(), lowered=True)),
        )
    chair = _chair(decision, actor, at, but=row.person_id)
    _check_reason(reason)
    row.state = RecusalRequest.State.ACCEPTED if accept else RecusalRequest.State.DECLINED
    row.answered_by_id, row.answered_at, row.answer = chair, at, reason.strip()
    row.save(at=at)
    if not accept:
        record_motion("motion.recusal_declined", decision, actor, at, reason=reason)
        return row
    seat = decision.electors.filter(seated_id=row.person_id).first()
    if seat is not None:
        words = f"{row.reason} (accepted after voting: {reason.strip()})"
        recuse(
            decision=decision, seat=seat, person_id=row.person_id, reason=words, actor=actor, at=at
        )
    return row


@transaction.atomic
def void_ballot(
    *, decision_id: UUID, seat_number: int, reason: str, actor: Actor, at: datetime
) -> BallotVoid:
    """Void, for cause, the ballot of somebody who lost the role after voting; else it stands.

    By the chair, or the vice chair for the chair. The seat stays in the electorate. Raises Missing,
    Forbidden, Conflict, Invalid.
    """
    decision = running(decision_id, None)
    seat = decision.electors.select_related("seated").filter(number=seat_number).first()
    if seat is None:
        raise Missing(
            "unknown_seat", worded("The round has no seat {seat_number}.", seat_number=seat_number)
        )
    chair = _chair(decision, actor, at, but=seat.seated_id)
    _check_reason(reason)
    newest = (
        decision.ballots.filter(seat_number=seat_number, person_id=seat.seated_id, casting=False)
        .order_by("-pk")
        .first()
    )
    if newest is None:
        raise Conflict(
            "no_ballot", worded("Nobody has voted on seat {seat_number}.", seat_number=seat_number)
        )
    if not _gone(decision, seat, at):
        raise Conflict("still_seated", "Who voted still holds the seat; the ballot stands.")
    if BallotVoid.objects.filter(ballot=newest).exists():
        raise Conflict("void_already", "This ballot is void already.")
    number = record_motion(
        "ballot.voided", decision, actor, at, reason=reason, details={"seat": seat_number}
    )
    row = BallotVoid.objects.create(
        decision=decision,
        ballot=newest,
        reason=reason.strip(),
        by_id=chair,
        at=at,
        entry_number=number,
    )
    after_change(decision, at)
    return row


def _gone(decision: Decision, seat: ElectorSeat, at: datetime) -> bool:
    seated = seat.seated
    if seated is None or not seated.is_active:
        return True
    return has_lost_seat(decision=decision, elector=seat, at=at)


def _chair(decision: Decision, actor: Actor, at: datetime, *, but: UUID | None) -> UUID:
    """Return who chairs this round and acts; nobody answers what concerns themselves (KOM-12)."""
    person = person_of(actor, words="decide this as the chair", subject=subject_of(decision))
    chairs = [one.pk for one in chairs_of(decision) if one.pk != but]
    if person in chairs:
        return person
    names = User.objects.filter(pk__in=chairs).values_list("name", flat=True)
    raise Forbidden(
        "not_your_part",
        "You cannot decide this: the chair of the round does, or the vice chair for the chair.",
        who_can=list(names),
        recorded=True,
        subject=subject_of(decision),
    )


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > LONGEST or "\x00" in reason:
        words = worded("Say why, in at most {longest} characters.", longest=LONGEST)
        raise Invalid("reason_needed", words, fields={"reason": words})
