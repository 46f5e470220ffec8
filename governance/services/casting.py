"""The casting vote: a separate signed ballot of who chairs, where the votes are tied (KOM-13)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Ballot, Decision, ElectorSeat
from governance.rules.votes import casting_seat
from governance.selectors.electorates import round_of
from governance.selectors.permissions import person_of
from governance.selectors.rounds import subject_of, vote_refusal
from governance.services.ballots import arm_early_close
from governance.services.motion_records import lock_round, record_motion
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import worded
from registry.models import Signature, User
from registry.services.signatures import Ceremony, sealed_digest, sign

LONGEST_REASON = 4000
CHOICES = (Ballot.Vote.FOR, Ballot.Vote.AGAINST)


@retried
@transaction.atomic
def cast_casting(
    *,
    decision_id: UUID,
    vote: str,
    reason: str,
    ceremony: Ceremony,
    expected_motion_sha256: str,
    actor: Actor,
    at: datetime,
) -> Ballot:
    """Break a tie by a casting ballot, signed, with its reason.

    By the chair, or the vice chair for the chair (KOM-12), who sits in person and has voted; under
    the simple majority only; once. If the votes are no tie at the close it counts for nothing.
    Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = lock_round(decision_id)
    person = person_of(actor, words="cast the casting vote", subject=subject_of(decision))
    user = User.objects.get(pk=person)
    seat = _seat(decision, user, at)
    _check(decision, vote, reason, expected_motion_sha256)
    payload: dict[str, str | int | bool] = {
        "motion": decision.motion_sha256,
        "seat": seat.number,
        "vote": vote,
        "reason": reason.strip(),
        "casting": True,
    }
    signature = _sign(decision, user, seat, payload, ceremony, actor, at)
    number = record_motion(
        "ballot.casting",
        decision,
        actor,
        at,
        details={
            "seat": seat.number,
            "payload_sha256": sealed_digest(signature.payload_sha256),
            "signature": signature.pk,
        },
    )
    ballot = Ballot.objects.create(
        decision=decision,
        seat_number=seat.number,
        person=user,
        vote=vote,
        reason=reason.strip(),
        motion_sha256=decision.motion_sha256,
        casting=True,
        signature=signature,
        at=at,
        entry_number=number,
    )
    arm_early_close(decision, ballot, at)
    return ballot


def _seat(decision: Decision, user: User, at: datetime) -> ElectorSeat:
    """The seat of who may cast now. Raises Forbidden, Conflict."""
    refusal = vote_refusal(decision=decision, user=user, at=at)
    if refusal is not None and refusal.code != "final_ballot_cast":
        raise refusal
    found = round_of(decision=decision, at=at)
    if found.casting is not None:
        raise Conflict("cast_already", "The casting vote is cast; it is not changed.")
    if not found.charter.casting_vote or found.charter.majority != "simple":
        raise Conflict(
            "no_casting_vote",
            "The charter has no casting vote here: it breaks ties under the simple majority only.",
        )
    if not found.waits_for_casting:
        raise Conflict("no_tie", "The votes are not tied, so there is nothing to break.")
    wanted = casting_seat(found.charter, found.seats, found.ballots)
    seat = decision.electors.select_related("seated").filter(number=wanted or 0).get()
    if seat.seated_id != user.pk:
        raise Forbidden(
            "not_your_part",
            "You cannot cast the casting vote: who chairs this round does.",
            who_can=[seat.seated.name] if seat.seated else [],
            recorded=True,
            subject=subject_of(decision),
        )
    return seat


def _check(decision: Decision, vote: str, reason: str, expected: str) -> None:
    if expected != decision.motion_sha256:
        raise Conflict(
            "motion_changed",
            "The motion has changed since you read it. Read it again before you vote.",
            extra={"motion_sha256": decision.motion_sha256},
        )
    if vote not in CHOICES:
        words = "A casting vote is for or against."
        raise Invalid("no_vote", words, fields={"vote": words})
    if not reason.strip() or len(reason) > LONGEST_REASON or "\x00" in reason:
        words = worded(
            "A casting vote has its reason, in at most {longest_reason} characters.",
            longest_reason=LONGEST_REASON,
        )
        raise Invalid("reason_needed", words, fields={"reason": words})


def _sign(
    decision: Decision,
    user: User,
    seat: ElectorSeat,
    payload: dict[str, str | int | bool],
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> Signature:
    return sign(
        user=user,
        meaning=Signature.Meaning.REVIEW,
        role="chair, casting" if seat.chair else "vice chair, casting",
        subject_type="decision",
        subject_id=decision.pk,
        payload=payload,
        reason=f"casting ballot on motion {decision.number}",
        ceremony=ceremony,
        secret=True,
        actor=actor,
        at=at,
    )
