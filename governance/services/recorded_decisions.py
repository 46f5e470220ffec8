"""Decisions taken outside: attached by the document's hash, certified by two persons (KOM-22)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from governance.models import Decision, RecordedDecision, Resolution
from governance.rules.meetings import OUTSIDE
from governance.rules.votes import Outcome
from governance.selectors.committees import may_lead
from governance.selectors.permissions import person_of
from governance.selectors.rounds import present, subject_of
from governance.services.closings import follow_outcome
from governance.services.engine import RETURNING_OFFICER
from governance.services.motion_records import record_motion
from governance.services.recorded_votes import secretary_refusal
from governance.services.rounds import check_targets, lock_with_incident
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, worded
from outbox.services.hints import nudge
from outbox.services.timers import cancel_timers
from registry.models import Signature, User
from registry.services.files import Kept
from registry.services.signatures import Ceremony, hash_payload, is_valid, sign

RUNNING = (Decision.State.DRAFT, Decision.State.OPEN)
MOST = 1000
LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What was decided outside: outcome, when, its wording, the counts as the document has them.

    `eligible` is how many belong to the body.
    """

    outcome: str
    decided_at: datetime
    words: str
    eligible: int
    votes_for: int
    votes_against: int = 0
    abstentions: int = 0


@transaction.atomic
def record_decision(
    *,
    decision_id: UUID,
    taken: Taken,
    document: Kept,
    expected_motion_sha256: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> RecordedDecision:
    """Attach a decision that an executive body or the board took outside, as the first certifier.

    It is no resolution yet: a second person certifies it. Both lead the body or keep its minutes
    and are separate from the owner's side. Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = lock_with_incident(decision_id, None)
    user = _certifier(decision, actor, at)
    _check_decision(decision, expected_motion_sha256)
    _check_taken(taken, at)
    row = RecordedDecision(
        id=uuid4(),
        decision=decision,
        outcome=taken.outcome,
        words=taken.words.strip(),
        decided_at=taken.decided_at,
        eligible=taken.eligible,
        votes_for=taken.votes_for,
        votes_against=taken.votes_against,
        abstentions=taken.abstentions,
        file_name=document.name,
        media_type=document.media_type,
        size=document.size,
        sha256=document.sha256,
        first_by=user,
        first_at=at,
    )
    row.record_sha256 = hash_payload(record_of(row))
    row.first_signature = _sign(row, user, "first certifier", ceremony, actor, at)
    row.save(force_insert=True, at=at)
    record_motion("decision.recorded", decision, actor, at, details=_details(row))
    return row


@retried
@transaction.atomic
def certify_decision(
    *,
    recorded_id: UUID,
    expected_record_sha256: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> Decision:
    """Certify, as the second person, a decision taken outside; it counts as the resolution (T09).

    What it orders is ordered in the same transaction. Raises Missing, Forbidden, Conflict.
    """
    row, decision, user = _second(recorded_id, actor, at)
    if expected_record_sha256 != row.record_sha256:
        raise Conflict("record_changed", "The record has changed since you read it. Read it again.")
    if not is_valid(row.first_signature, record_of(row)):
        raise Conflict(
            "record_changed",
            "Record changed since signing: the first certificate stands for nothing.",
        )
    row.second_by, row.second_at = user, at
    row.second_signature = _sign(row, user, "second certifier", ceremony, actor, at)
    row.state = RecordedDecision.State.CERTIFIED
    row.save(at=at)
    record_motion("decision.certified", decision, actor, at, details=_details(row))
    _resolve(row, decision, actor, at)
    nudge("seal")
    return Decision.objects.get(pk=decision.pk)


@transaction.atomic
def refuse_decision(
    *, recorded_id: UUID, reason: str, actor: Actor, at: datetime
) -> RecordedDecision:
    """Refuse to certify as the second person, with the reason; it stays on record, for nothing.

    Raises Missing, Forbidden, Conflict, Invalid.
    """
    row, decision, user = _second(recorded_id, actor, at)
    if not reason.strip() or len(reason) > MOST or "\x00" in reason:
        words = worded("Say why, in at most {most} characters.", most=MOST)
        raise Invalid("reason_needed", words, fields={"reason": words})
    row.state, row.refusal = RecordedDecision.State.REFUSED, reason.strip()
    row.second_by, row.second_at = user, at
    row.save(at=at)
    record_motion("decision.record_refused", decision, actor, at, reason=reason.strip())
    return row


def record_of(row: RecordedDecision) -> dict[str, Any]:
    """Return what both certifiers sign."""
    return {
        "record": "decision taken outside",
        "motion": row.decision.motion_sha256,
        "document": row.sha256,
        "outcome": row.outcome,
        "words": row.words,
        "decided_at": row.decided_at,
        "eligible": row.eligible,
        "for": row.votes_for,
        "against": row.votes_against,
        "abstained": row.abstentions,
    }


def _second(
    recorded_id: UUID, actor: Actor, at: datetime
) -> tuple[RecordedDecision, Decision, User]:
    """Return the record, locked with its round and incident, and who acts as second person."""
    known = RecordedDecision.objects.filter(pk=recorded_id).first()
    if known is None:
        raise Missing("unknown_record", "There is no such recorded decision.")
    decision = lock_with_incident(known.decision_id, None)
    user = _certifier(decision, actor, at)
    row = RecordedDecision.objects.select_related("decision", "first_signature").get(pk=known.pk)
    if row.state != RecordedDecision.State.WAITING:
        raise Conflict(
            "certified_already",
            worded("It is {state}.", state=term(row.get_state_display(), lowered=True)),
        )
    if decision.state not in RUNNING:
        raise Conflict(
            "round_closed",
            worded("Motion {number} has ended meanwhile.", number=decision.number),
            extra={"present": present(decision)},
        )
    if row.first_by_id == user.pk:
        raise Forbidden(
            "second_person_needed",
            "You attached it; another person certifies it.",
            who_can=[one.name for one in _certifiers(decision, at) if one.pk != user.pk],
            recorded=True,
            subject=subject_of(decision),
        )
    return row, decision, user


def _certifiers(decision: Decision, at: datetime) -> list[User]:
    return may_lead(committee=decision.committee, at=at)


def _certifier(decision: Decision, actor: Actor, at: datetime) -> User:
    """Return who acts, if they may certify and are separate from the owner's side (SEG-13)."""
    person = person_of(actor, words="certify a decision", subject=subject_of(decision))
    people = _certifiers(decision, at)
    user = next((one for one in people if one.pk == person), None)
    against = secretary_refusal(decision, user, at) if user is not None else ""
    if user is not None and not against:
        return user
    raise Forbidden(
        "not_separate" if against else "not_your_part",
        worded("You cannot certify a decision on this: {why}.", why=against)
        if against
        else "You cannot certify a decision on this: who leads the body or keeps its minutes does.",
        who_can=[one.name for one in people if one.pk != person],
        recorded=True,
        subject=subject_of(decision),
    )


def _check_decision(decision: Decision, expected: str) -> None:
    if decision.committee.level not in OUTSIDE:
        raise Conflict(
            "not_outside",
            "Only an executive body or the board decides outside; this one meets or votes here.",
        )
    if decision.state not in RUNNING:
        raise Conflict(
            "round_closed",
            worded(
                "Motion {number} is {state} already.",
                number=decision.number,
                state=term(decision.get_state_display(), lowered=True),
            ),
            extra={"present": present(decision)},
        )
    if expected != decision.motion_sha256:
        raise Conflict(
            "motion_changed",
            "The motion has changed since you read it. What was decided outside is this text.",
            extra={"motion_sha256": decision.motion_sha256},
        )
    if decision.recorded_decisions.filter(state=RecordedDecision.State.WAITING).exists():
        raise Conflict("recorded_already", "A recorded decision waits for its second person.")
    check_targets(decision)


def _check_taken(taken: Taken, at: datetime) -> None:
    found = dict(_faults(taken, at))
    if found:
        raise Invalid("fields_missing_or_wrong", next(iter(found.values())), fields=found)


def _faults(taken: Taken, at: datetime) -> Iterator[tuple[str, str]]:
    if taken.outcome not in RecordedDecision.Outcome.values:
        yield "outcome", "'adopted' or 'rejected'."
    if not taken.words.strip() or len(taken.words) > LONGEST or "\x00" in taken.words:
        yield "words", "Write the wording as the document has it."
    if taken.decided_at > at:
        yield "decided_at", "It has not been decided yet."
    yield from _count_faults(taken)


def _count_faults(taken: Taken) -> Iterator[tuple[str, str]]:
    counts = (taken.votes_for, taken.votes_against, taken.abstentions)
    if min(counts) < 0 or not 0 < taken.eligible <= MOST:
        yield "eligible", "How many belong to the body."
    elif sum(counts) > taken.eligible:
        yield "votes_for", "More voted than belong to the body."
    elif (taken.votes_for > taken.votes_against) != (taken.outcome == "adopted"):
        yield "outcome", "The counts say otherwise."


def _sign(
    row: RecordedDecision,
    user: User,
    role: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> Signature:
    return sign(
        user=user,
        meaning=Signature.Meaning.CERTIFICATION,
        role=role,
        subject_type="decision",
        subject_id=row.decision_id,
        payload=record_of(row),
        reason=f"decision taken outside on motion {row.decision.number}",
        ceremony=ceremony,
        actor=actor,
        at=at,
    )


def _details(row: RecordedDecision) -> dict[str, Any]:
    return {
        "document_sha256": row.sha256,
        "record_sha256": row.record_sha256,
        "outcome": row.outcome,
        "decided_at": row.decided_at,
    }


def _resolve(row: RecordedDecision, decision: Decision, actor: Actor, at: datetime) -> None:
    """Write the resolution with the document's counts and do what it entails."""
    cast = row.votes_for + row.votes_against + row.abstentions
    words = (
        f"{row.get_outcome_display()} outside on {row.decided_at:%d %B %Y}: {row.votes_for} for, "
        f"{row.votes_against} against, {row.abstentions} abstained, of {row.eligible}. Certified "
        f"by two persons on the document {row.sha256[:12]}. {row.words}"
    )
    number = record_motion(
        "motion.closed",
        decision,
        actor,
        at,
        details=_details(row) | {"certified_twice": True},
    )
    Resolution.objects.create(
        decision=decision,
        outcome=row.outcome,
        eligible=row.eligible,
        present=cast,
        votes_for=row.votes_for,
        votes_against=row.votes_against,
        abstentions=row.abstentions,
        words=words,
        certified_by=row.second_by,
        signature=row.second_signature,
        at=at,
        entry_number=number,
    )
    cancel_timers(
        subject_id=decision.incident_id,
        reason="decided outside",
        at=at,
        key_prefix=f"round:{decision.pk}:",
    )
    decision.risk_tier = decision.risk_tier or decision.incident.risk_tier
    with acting_as(RETURNING_OFFICER):
        follow_outcome(decision, Outcome(row.outcome), words, at)
