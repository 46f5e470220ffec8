"""Ballots: named, signed, append-only; the last one before the close counts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Ballot, Decision, ElectorSeat
from governance.selectors.electorates import (
    conflicts_of,
    recusal_of,
    round_of,
    seat_of,
    voters_of,
)
from governance.selectors.permissions import person_of
from governance.services.closings import may_close_from
from governance.services.motions import lock_round, record_motion
from governance.services.rounds import arm_close
from incidents.models import Participation
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.services.hints import nudge
from registry.models import Signature, User
from registry.services.signatures import Ceremony, sign

LONGEST_REASON = 4000


@dataclass(frozen=True, slots=True)
class Vote:
    """A ballot before it is written: on which round and seat, by whom, what, and whether final."""

    decision: Decision
    seat: ElectorSeat
    user: User
    vote: str
    reason: str
    final: bool

    @property
    def payload(self) -> dict[str, str | int | bool]:
        """What the signature is bound to."""
        return {
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
    person = person_of(actor, words="vote", subject=_subject(decision))
    known = _replayed(decision, idempotency_key, person, vote)
    if known is not None:
        return known
    _check_open(decision, at)
    seat = _seat(decision, person, at)
    given = Vote(decision, seat, User.objects.get(pk=person), vote, reason.strip(), final)
    _check_ballot(given, expected_motion_sha256)
    signature = _sign(given, ceremony, actor, at)
    ballot = _write(given, signature, idempotency_key, actor, at)
    _arm_early_close(decision, ballot, at)
    return ballot


def _replayed(
    decision: Decision, key: str | None, person: UUID, vote: str
) -> Ballot | None:
    if not key:
        return None
    known = Ballot.objects.filter(decision=decision, idempotency_key=key).first()
    if known is not None and (known.person_id, known.vote) != (person, vote):
        raise Conflict(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another ballot; take a new one.",
        )
    return known


def _check_open(decision: Decision, at: datetime) -> None:
    """Ballots count in [opens_at, closes_at), even before the close job has run (KOM-19)."""
    closes, opens = decision.closes_at, decision.opens_at
    is_open = decision.state == Decision.State.OPEN and closes is not None and at < closes
    if not is_open:
        raise Conflict(
            "round_closed",
            f"You cannot vote on motion {decision.number}: it is not open for votes any more."
            if decision.state != Decision.State.DRAFT
            else f"Motion {decision.number} is a draft; the chair has not convened on it yet.",
            extra={"present": {"number": decision.number, "state": decision.state}},
        )
    if opens is not None and at < opens:
        raise Conflict("not_open_yet", f"Voting opens on {opens:%d %B %Y %H:%M} UTC.")


def _seat(decision: Decision, person: UUID, at: datetime) -> ElectorSeat:
    seat = seat_of(decision=decision, person_id=person)
    if seat is None:
        raise Forbidden(
            "not_in_electorate",
            _why_no_seat(decision, person),
            who_can=voters_of(decision),
            recorded=True,
            subject=_subject(decision),
        )
    user = User.objects.get(pk=person)
    against = conflicts_of(decision=decision, at=at).reason(user, second_person=True)
    if against:
        raise Forbidden(
            "not_separate",
            f"You cannot vote on this: {against}.",
            who_can=[name for name in voters_of(decision) if name != user.name],
            recorded=True,
            subject=_subject(decision),
        )
    return seat


def _why_no_seat(decision: Decision, person: UUID) -> str:
    recusal = recusal_of(decision=decision, person_id=person)
    if recusal is None:
        return f"You cannot vote on motion {decision.number}: you have no seat in this round."
    if not recusal.by_rule:
        return f"You cannot vote on this: you recused yourself ({recusal.reason})."
    user = User.objects.get(pk=person)
    reason = conflicts_of(decision=decision, at=recusal.at).reason(user, second_person=True)
    return f"You cannot vote on this: {reason or recusal.reason}."


def _check_ballot(given: Vote, expected: str) -> None:
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
            fields={"vote": f"One of: {', '.join(Ballot.Vote.values)}."},
        )
    if len(given.reason) > LONGEST_REASON:
        raise Invalid("reason_too_long", "The reason is too long.", fields={"reason": "Shorter."})
    if decision.ballots.filter(seat_number=given.seat.number, final=True).exists():
        raise Conflict(
            "final_ballot_cast",
            "Your ballot was cast as final; it stands and cannot be changed.",
            recorded=True,
            subject=_subject(decision),
        )


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
        actor=actor,
        at=at,
    )


def _write(
    given: Vote, signature: Signature, key: str | None, actor: Actor, at: datetime
) -> Ballot:
    """Write the ballot. Its entry says who voted and seals what, by the hash of the payload."""
    decision = given.decision
    number = record_motion(
        "ballot.cast",
        decision,
        actor,
        at,
        details={
            "seat": given.seat.number,
            "function": given.seat.function,
            "final": given.final,
            "payload_sha256": signature.payload_sha256,
            "signature": signature.pk,
        },
    )
    Participation.objects.create(
        incident_id=decision.incident_id,
        cycle=decision.cycle,
        person=given.user,
        act="voted",
        at=at,
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


def _arm_early_close(decision: Decision, ballot: Ballot, at: datetime) -> None:
    """Where nothing can change any more, let the engine close without waiting for closes_at."""
    found = round_of(decision=decision, at=at)
    due_at = may_close_from(decision=decision, found=found, at=at)
    if due_at is None or decision.closes_at is None or due_at >= decision.closes_at:
        return
    arm_close(decision=decision, due_at=due_at, why=f"early:{ballot.pk}", at=at)
    nudge("sweep")


def _subject(decision: Decision) -> tuple[str, str, str]:
    return ("decision", str(decision.pk), f"motion {decision.number}")
