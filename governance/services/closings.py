"""Closing: the round is counted once, under the locks, and what follows from it is done."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Decision
from governance.rules.outcomes import LAPSE_KINDS, outcome_words
from governance.rules.votes import Outcome, casting_seat, outcome
from governance.selectors.electorates import Round, round_of
from governance.selectors.motions import REJECTIONS_BEFORE_UP, rejections
from governance.selectors.permissions import MACHINES
from governance.selectors.rounds import may_close_from, present
from governance.services.adoptions import carry_out, obstacle
from governance.services.electorates import require_leader
from governance.services.engine import RETURNING_OFFICER
from governance.services.motion_records import lock_round
from governance.services.resolutions import Certificate, Counted, end_round, write_resolution
from governance.services.rounds import next_round, tell_incident
from incidents.services.commands.execution import lock_incident
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict
from outbox.models import Timer
from outbox.services.hints import nudge
from outbox.services.timers import cancel_timers
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
        f"Motion {decision.number} is not open: it is {decision.get_state_display().lower()}.",
        extra={"present": present(decision)},
    )


def _check_time(decision: Decision, found: Round, at: datetime) -> None:
    opens = may_close_from(decision=decision, found=found, at=at)
    if opens is not None and opens <= at:
        return
    when = f"{opens:%d %B %Y %H:%M} UTC" if opens else "its opening"
    raise Conflict(
        "too_early",
        f"The round stays open until {when}: a ballot that is still out could change the outcome, "
        "or its shortest time is not over.",
        extra={"closes_at": opens.isoformat() if opens else None},
    )


def _count(decision: Decision, found: Round, certificate: Certificate | None, at: datetime) -> None:
    count = found.tally
    casting = casting_seat(found.charter, found.seats, found.ballots)
    came_to = outcome(found.charter, count, found.ballots.get(casting) if casting else None)
    words = outcome_words(came_to, count, found.charter)
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
        _follow(decision, came_to, words, at)


def _follow(decision: Decision, came_to: Outcome, words: str, at: datetime) -> None:
    if came_to is Outcome.ADOPTED:
        _adopt(decision, words, at)
    elif came_to is Outcome.REJECTED:
        _reject(decision, words, at)
    else:
        end_round(decision=decision, state=Decision.State.LAPSED, words=words, at=at)
        next_round(decision=decision, kind=LAPSE_KINDS[came_to], words=words, at=at)


def _adopt(decision: Decision, words: str, at: datetime) -> None:
    """Carry a motion out, or void the round visibly if its target is no longer one."""
    stands_against = obstacle(decision)
    if stands_against:
        told = f"{words} It cannot be carried out: {stands_against} Put another motion."
        end_round(decision=decision, state=Decision.State.VOID, words=told, at=at)
        return
    end_round(decision=decision, state=Decision.State.ADOPTED, words=words, at=at)
    carry_out(decision=decision, at=at)


def _reject(decision: Decision, words: str, at: datetime) -> None:
    """A motion that is not carried leaves the case where it is; the second goes up (KOM-11)."""
    end_round(decision=decision, state=Decision.State.REJECTED, words=words, at=at)
    if rejections(decision.incident, decision.committee) == REJECTIONS_BEFORE_UP:
        tell_incident(decision=decision, kind="not_carried", words=words, raises_level=True, at=at)
