"""Ballots: named, signed, append-only; the last one before the close counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Ballot, Decision, ElectorSeat
from governance.selectors.electorates import round_of, seat_of
from governance.selectors.permissions import person_of
from governance.selectors.rounds import may_close_from, subject_of, vote_refusal
from governance.services.motion_records import lock_round, record_motion
from governance.services.round_notices import tell_early_close, tell_of_tie
from governance.services.rounds import arm_close
from incidents.models import Participation
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import worded
from outbox.services.hints import nudge
from registry.models import Signature, User
from registry.services.signatures import Ceremony, sealed_digest, sign

LONGEST_REASON = 4000


@dataclass(frozen=True, slots=True)
class Vote:
    """A ballot before it is written: on which round and seat, by whom, what, and whether final.

    `more` is what the signature is bound to besides: the recorded vote that it countersigns.
    """

    decision: Decision
    seat: ElectorSeat
    user: User
    vote: str
    reason: str
    final: bool
    more: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def payload(self) -> dict[str, str | int | bool]:
        """What the signature is bound to."""
        return {
            **self.more,
            "motion": self.decision.motion_sha256,
            "seat": self.seat.number,
            "vote": self.vote,
            "reason": self.reason,
            "final": self.final,
        }


@retried
@transaction.atomic
def cast_ballot(
    *,
    decision_id: UUID,
    vote: str,
    reason: str,
    ceremony: Ceremony,
    idempotency_key: str | None,
    expected_motion_sha256: str,
    actor: Actor,
    at: datetime,
    final: bool = False,
) -> Ballot:
    """Cast a ballot on the motion that was read, and sign it.

    It can be changed until the close unless it is cast as final. Locks the round only. A key that
    was used by the same person returns the same ballot. Raises Missing, Conflict, Forbidden,
    Invalid.
    """
    decision = lock_round(decision_id)
    person = person_of(actor, words="vote", subject=subject_of(decision))
    known = _replayed(decision, idempotency_key, person, vote)
    if known is not None:
        return known
    given = vote_on(decision, person, vote, reason, final=final, at=at)
    check_vote(given, expected_motion_sha256)
    return sign_vote(given, ceremony=ceremony, key=idempotency_key, actor=actor, at=at)


def vote_on(
    decision: Decision,
    person: UUID,
    vote: str,
    reason: str,
    *,
    at: datetime,
    final: bool = False,
    more: Mapping[str, str | int] | None = None,
) -> Vote:
    """Return a vote of somebody who may cast it, in a round that the caller has locked.

    Raises Conflict, Forbidden.
    """
    user = User.objects.get(pk=person)
    refusal = vote_refusal(decision=decision, user=user, at=at)
    seat = seat_of(decision=decision, person_id=person)
    if refusal is not None or seat is None:
        raise refusal or Forbidden("not_in_electorate", "You have no seat in this round.")
    return Vote(decision, seat, user, vote, reason.strip(), final, more or {})


def sign_vote(
    given: Vote, *, ceremony: Ceremony, key: str | None, actor: Actor, at: datetime
) -> Ballot:
    """Sign and write a vote that was checked. Raises Forbidden for a proof that is too old."""
    signature = _sign(given, ceremony, actor, at)
    ballot = _write(given, signature, key, actor, at)
    arm_early_close(given.decision, ballot, at)
    return ballot


def _replayed(decision: Decision, key: str | None, person: UUID, vote: str) -> Ballot | None:
    if not key:
        return None
    known = Ballot.objects.filter(decision=decision, idempotency_key=key).first()
    if known is not None and (known.person_id, known.vote) != (person, vote):
        raise Conflict(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another ballot; take a new one.",
        )
    return known


def check_vote(given: Vote, expected: str) -> None:
    """Refuse a vote on another wording, or what is no vote. Raises Conflict, Invalid."""
    decision = given.decision
    if expected != decision.motion_sha256:
        raise Conflict(
            "motion_changed",
            "The motion has changed since you read it. Read it again before you vote.",
            extra={"motion_sha256": decision.motion_sha256},
        )
    if given.vote not in Ballot.Vote.values:
        raise Invalid(
            "no_vote",
            "Vote for, against or abstain.",
            fields={"vote": worded("One of: {values}.", values=", ".join(Ballot.Vote.values))},
        )
    if len(given.reason) > LONGEST_REASON:
        raise Invalid("reason_too_long", "The reason is too long.", fields={"reason": "Shorter."})
    earlier = decision.ballots.filter(seat_number=given.seat.number, final=True)
    if given.final and earlier.exists():
        words = "A final ballot on this seat was voided; vote without making it final."
        raise Invalid("final_once", words, fields={"final": words})


def _sign(given: Vote, ceremony: Ceremony, actor: Actor, at: datetime) -> Signature:
    """Sign the ballot. Meaning and entry are the same for every vote: nobody reads it early."""
    return sign(
        user=given.user,
        meaning=Signature.Meaning.REVIEW,
        role=f"seat {given.seat.number}, {given.seat.function}",
        subject_type="decision",
        subject_id=given.decision.pk,
        payload=given.payload,
        reason=f"ballot on motion {given.decision.number}",
        ceremony=ceremony,
        secret=True,
        actor=actor,
        at=at,
    )


def _write(
    given: Vote, signature: Signature, key: str | None, actor: Actor, at: datetime
) -> Ballot:
    """Write the ballot. Its entry says who voted and seals what, by the hash of the payload.

    Three votes are soon guessed from a hash, so that stays shut until the round has ended.
    """
    decision = given.decision
    Participation.objects.create(
        incident_id=decision.incident_id,
        cycle=decision.cycle,
        person=given.user,
        act="voted",
        at=at,
    )
    number = record_motion(
        "ballot.cast",
        decision,
        actor,
        at,
        details={
            "seat": given.seat.number,
            "function": given.seat.function,
            "final": given.final,
            "payload_sha256": sealed_digest(signature.payload_sha256),
            "signature": signature.pk,
        },
    )
    return Ballot.objects.create(
        decision=decision,
        seat_number=given.seat.number,
        person=given.user,
        vote=given.vote,
        reason=given.reason,
        motion_sha256=decision.motion_sha256,
        final=given.final,
        signature=signature,
        at=at,
        idempotency_key=key or None,
        entry_number=number,
    )


def arm_early_close(decision: Decision, ballot: Ballot, at: datetime) -> None:
    """Where nothing can change any more, let the engine close without waiting for closes_at.

    Who has not voted is told when; none is told once all have (KOM-17). A tie that the chair may
    break waits for that.
    """
    found = round_of(decision=decision, at=at)
    if found.waits_for_casting and found.tally.everybody_voted:
        tell_of_tie(decision, chairs_in_person(decision), at)
    due_at = may_close_from(decision=decision, found=found, at=at)
    if due_at is None or decision.closes_at is None or due_at >= decision.closes_at:
        return
    arm_close(decision=decision, due_at=due_at, why=f"early:{ballot.pk}", at=at)
    if not found.early.everybody_voted:
        tell_early_close(decision, due_at, at)
    nudge("sweep")


def chairs_in_person(decision: Decision) -> list[User]:
    """Return who may cast: the chair in person, else the vice chair (KOM-12)."""
    rows = decision.electors.filter(state=ElectorSeat.State.SEATED).select_related("seated")
    for part in ("chair", "vice_chair"):
        found = [row.seated for row in rows.filter(**{part: True}) if row.seated is not None]
        if found:
            return found
    return []
