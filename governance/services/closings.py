"""Closing: the round is counted once, under the locks, and what follows from it is done."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Decision, MotionAction
from governance.rules.outcomes import LAPSE_KINDS, outcome_words
from governance.rules.votes import Outcome, outcome
from governance.selectors.electorates import Round, round_of
from governance.selectors.motions import REJECTIONS_BEFORE_UP, rejections
from governance.selectors.permissions import MACHINES
from governance.selectors.protective_order import next_kinds
from governance.selectors.rounds import may_close_from, present
from governance.services.adoptions import carry_out, obstacle, refuse_ratification
from governance.services.electorates import require_leader
from governance.services.engine import RETURNING_OFFICER
from governance.services.motion_records import lock_round
from governance.services.resolutions import Certificate, Counted, end_round, write_resolution
from governance.services.rounds import next_round, order_next, tell_incident
from incidents.services.commands.execution import lock_incident
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Refused
from ledger.rules.worded import term, worded
from outbox.models import Timer
from outbox.services.hints import nudge
from outbox.services.timers import cancel_timers
from registry.selectors.instants import said_here
from registry.services.signatures import Ceremony


@retried
@transaction.atomic
def close_round(
    *,
    decision_id: UUID,
    actor: Actor,
    at: datetime,
    ceremony: Ceremony | None = None,
    expected_version: int | None = None,
) -> Decision:
    """Count a round and do what follows: adopt, note that it was not carried, or try again.

    At closes_at, or before if no ballot that is still out can change the outcome (KOM-17). By who
    leads the body, who may sign the result, or by the engine; a round that is closed already is
    returned to the engine and refused to a person. Raises Missing, Forbidden, Conflict.
    """
    known = Decision.objects.filter(pk=decision_id).values_list("incident_id", flat=True).first()
    if known is not None:
        lock_incident(known)
    decision = lock_round(decision_id, expected_version)
    by_engine = actor.kind in MACHINES
    if by_engine and decision.state != Decision.State.OPEN:
        return decision
    if not by_engine:
        require_leader(decision, "close the vote", actor, at)
    _check_open(decision)
    found = round_of(decision=decision, at=at)
    _check_time(decision, found, at)
    certificate = Certificate(actor, ceremony) if ceremony is not None else None
    _count(decision, found, certificate, at)
    nudge("seal")
    return Decision.objects.get(pk=decision_id)


def fire_close(*, timer: Timer, at: datetime) -> None:
    """Close a round whose time has come; one that is closed or must stay open is left alone."""
    decision = Decision.objects.get(pk=timer.payload["decision"])
    if decision.state != Decision.State.OPEN:
        return
    opens = may_close_from(decision=decision, found=round_of(decision=decision, at=at), at=at)
    if opens is None or opens > at:
        return
    with acting_as(RETURNING_OFFICER):
        close_round(decision_id=decision.pk, actor=RETURNING_OFFICER, at=at)


def _check_open(decision: Decision) -> None:
    if decision.state == Decision.State.OPEN:
        return
    raise Conflict(
        "round_closed",
        worded(
            "Motion {number} is not open: it is {state}.",
            number=decision.number,
            state=term(decision.get_state_display(), lowered=True),
        ),
        extra={"present": present(decision)},
    )


def _check_time(decision: Decision, found: Round, at: datetime) -> None:
    opens = may_close_from(decision=decision, found=found, at=at)
    if opens is not None and opens <= at:
        return
    when = said_here(opens) if opens else "its opening"
    raise Conflict(
        "too_early",
        worded(
            "The round stays open until {when}: a ballot that is still out could "
            "change the outcome, or its shortest time is not over.",
            when=when,
        ),
        extra={"closes_at": opens.isoformat() if opens else None},
    )


def _count(decision: Decision, found: Round, certificate: Certificate | None, at: datetime) -> None:
    count = found.tally
    came_to = outcome(found.charter, count, found.casting)
    words = outcome_words(came_to, count, found.charter, found.casting)
    early = decision.closes_at is not None and at < decision.closes_at
    counted = Counted(str(came_to), words, early)
    write_resolution(decision=decision, counted=counted, at=at, certificate=certificate)
    cancel_timers(
        subject_id=decision.incident_id,
        reason="the round was counted",
        at=at,
        key_prefix=f"round:{decision.pk}:",
    )
    with acting_as(RETURNING_OFFICER):
        follow_outcome(decision, came_to, words, at)


def follow_outcome(decision: Decision, came_to: Outcome, words: str, at: datetime) -> None:
    """Do what an outcome entails; the caller has written the resolution and holds the locks."""
    if came_to is Outcome.ADOPTED:
        _adopt(decision, words, at)
    elif came_to is Outcome.REJECTED:
        _reject(decision, words, at)
    else:
        end_round(decision=decision, state=Decision.State.LAPSED, words=words, at=at)
        due = next_kinds(decision.incident) if came_to is Outcome.TIE else ()
        if due and decision.matter == Decision.Matter.CASE:
            order_next(decision=decision, due=due, words=words, at=at)
        else:
            next_round(decision=decision, kind=LAPSE_KINDS[came_to], words=words, at=at)


def _adopt(decision: Decision, words: str, at: datetime) -> None:
    """Carry a motion out, or void the round visibly if that is not possible any more."""
    stands_against = obstacle(decision) or _carried(decision, words, at)
    if stands_against:
        told = f"{words} It cannot be carried out: {stands_against} Put another motion."
        end_round(decision=decision, state=Decision.State.VOID, words=told, at=at)


def _carried(decision: Decision, words: str, at: datetime) -> str:
    """Adopt and carry out, all or nothing; returns why the incident refused it, '' if it did not.

    A resolution that cannot be carried out stops no sweep: it is void, in words.
    """
    try:
        with transaction.atomic():
            end_round(decision=decision, state=Decision.State.ADOPTED, words=words, at=at)
            carry_out(decision=decision, at=at)
    except Refused as refusal:
        decision.refresh_from_db()
        return refusal.reason
    return ""


def _reject(decision: Decision, words: str, at: datetime) -> None:
    """A motion that is not carried leaves the case where it is; the second goes up (KOM-11)."""
    row = decision.motion_actions.filter(type="ratify").first()
    if row is not None and (against := _not_refused(decision, row, at)):
        words = f"{words} There is nothing left to refuse: {against}"
    end_round(decision=decision, state=Decision.State.REJECTED, words=words, at=at)
    if (
        decision.matter == Decision.Matter.CASE
        and rejections(decision.incident, decision.committee) == REJECTIONS_BEFORE_UP
    ):
        tell_incident(decision=decision, kind="not_carried", words=words, raises_level=True, at=at)


def _not_refused(decision: Decision, row: MotionAction, at: datetime) -> str:
    """Note that a measure was not ratified; returns why the incident refused that, '' if not.

    Such as one that was lifted meanwhile: the round is counted all the same.
    """
    try:
        with transaction.atomic():
            refuse_ratification(decision=decision, row=row, at=at)
    except Refused as refusal:
        return refusal.reason
    return ""
