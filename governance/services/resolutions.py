"""Resolutions: how a round ended, written once with its counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from governance.models import Decision, Resolution
from governance.rules.votes import Tally
from governance.selectors.electorates import round_of
from governance.services.engine import RETURNING_OFFICER
from governance.services.motion_records import record_motion
from incidents.models import Incident, Transition
from incidents.rules.transitions import EXECUTION, VERIFICATION
from ledger.context import acting_as, current_actor
from ledger.rules.actors import Actor
from ledger.services.disclosures import reveal
from outbox.services.timers import cancel_timers
from registry.models import Signature, User
from registry.services.signatures import Ceremony, sign

VERBS = {
    Decision.State.ADOPTED: "motion.adopted",
    Decision.State.REJECTED: "motion.rejected",
    Decision.State.VOID: "motion.voided",
}


UNDER_WAY = (Decision.State.DRAFT, Decision.State.OPEN)


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


def void_rounds(
    *, incident: Incident, words: str, at: datetime, matters: Sequence[str] = ()
) -> int:
    """Void every round and draft of an incident that is under way, visibly; return how many.

    With `matters` only those on them.

    For what ends a case from outside: its withdrawal, its closing, a merge. The caller has locked
    the incident; ballots stay on record and count for nothing (I6, KOM-09).
    """
    running = Decision.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "incident", "committee"
    )
    rows = running.filter(incident=incident, state__in=UNDER_WAY).order_by("created_at")
    rounds = list(rows.filter(matter__in=matters) if matters else rows)
    for decision in rounds:
        cancel_timers(
            subject_id=incident.pk,
            reason="the round was voided",
            at=at,
            key_prefix=f"round:{decision.pk}:",
        )
        with acting_as(RETURNING_OFFICER):
            end_round(decision=decision, state=Decision.State.VOID, words=words, at=at)
    return len(rounds)


def void_replacements(incident: Incident, transition: Transition, at: datetime) -> None:
    """Follow what ends the carrying out: nothing is left that a decision could replace."""
    if transition.from_state == transition.to_state or transition.to_state == EXECUTION:
        return
    if transition.to_state == VERIFICATION:
        return
    words = f"{incident.number} is no longer carried out, so there is nothing to replace."
    void_rounds(incident=incident, words=words, at=at, matters=(Decision.Matter.SUPERSESSION,))


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
