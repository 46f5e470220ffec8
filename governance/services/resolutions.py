"""Resolutions: how a round ended, written once with its counts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from governance.models import Decision, Resolution
from governance.rules.votes import Tally
from governance.selectors.electorates import round_of
from governance.services.engine import RETURNING_OFFICER
from governance.services.motion_records import record_motion
from ledger.context import current_actor
from ledger.rules.actors import Actor
from ledger.services.disclosures import reveal
from registry.models import Signature, User
from registry.services.signatures import Ceremony, sign

VERBS = {
    Decision.State.ADOPTED: "motion.adopted",
    Decision.State.REJECTED: "motion.rejected",
    Decision.State.VOID: "motion.voided",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What a round came to, in one word and in a sentence; whether it closed early."""

    outcome: str
    words: str
    early: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """Who certifies the result by signing it, and how it was proved that it is them."""

    actor: Actor
    ceremony: Ceremony


def end_round(*, decision: Decision, state: str, words: str, at: datetime) -> None:
    """Set a round to the state in which it ended and write it down; its ballots' hashes open."""
    decision.state, decision.closed_at = state, at
    decision.version += 1
    decision.save(at=at)
    verb = VERBS.get(Decision.State(state), "motion.lapsed")
    actor = current_actor() or RETURNING_OFFICER
    opened = reveal(object_type="decision", object_id=str(decision.pk), kind="payload")
    details = {"hashes_opened": opened} if opened else None
    record_motion(verb, decision, actor, at, reason=words, details=details)


def write_resolution(
    *, decision: Decision, counted: Counted, at: datetime, certificate: Certificate | None = None
) -> Resolution:
    """Write the resolution of a round with its counts, signed by the chair if the chair closes."""
    count = round_of(decision=decision, at=at).tally
    content = _content(decision, counted, count)
    signature = _certify(decision, content, certificate, at)
    number = record_motion(
        "motion.closed", decision, current_actor() or RETURNING_OFFICER, at, details=content
    )
    return Resolution.objects.create(
        decision=decision,
        outcome=counted.outcome,
        eligible=count.electorate,
        present=count.present,
        votes_for=count.votes_for,
        votes_against=count.against,
        abstentions=count.abstained,
        early=counted.early,
        words=counted.words,
        certified_by=signature.signer if signature else None,
        signature=signature,
        at=at,
        entry_number=number,
    )


def _content(decision: Decision, counted: Counted, count: Tally) -> dict[str, str | int | bool]:
    return {
        "motion": decision.motion_sha256,
        "outcome": counted.outcome,
        "words": counted.words,
        "early": counted.early,
        "eligible": count.electorate,
        "present": count.present,
        "quorum": count.needed,
        "for": count.votes_for,
        "against": count.against,
        "abstained": count.abstained,
    }


def _certify(
    decision: Decision,
    content: dict[str, str | int | bool],
    certificate: Certificate | None,
    at: datetime,
) -> Signature | None:
    if certificate is None or certificate.actor.person is None:
        return None
    return sign(
        user=User.objects.get(pk=certificate.actor.person),
        meaning=Signature.Meaning.CERTIFICATION,
        role=_leads_as(decision, certificate.actor.person),
        subject_type="decision",
        subject_id=decision.pk,
        payload=content,
        reason=f"result of motion {decision.number}",
        ceremony=certificate.ceremony,
        actor=certificate.actor,
        at=at,
    )


def _leads_as(decision: Decision, person: UUID) -> str:
    """In which part somebody certifies: as who chairs this round, else as its secretary."""
    chairs = decision.electors.filter(Q(chair=True) | Q(vice_chair=True), seated_id=person)
    seat = chairs.order_by("-chair").first()
    if seat is None:
        return "secretary"
    return "chair" if seat.chair else "vice chair"
