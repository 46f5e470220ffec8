"""Ways out of a round that cannot be decided: a later close, the written procedure, a seat back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Decision, ElectorSeat
from governance.rules.charters import is_duration
from governance.selectors.electorates import conflicts_of, has_lost_seat
from governance.services.electorates import after_change, require_leader, running
from governance.services.motion_records import record_motion
from governance.services.round_notices import tell_electors
from governance.services.rounds import arm_close
from incidents.rules.plan import calendar_of, from_text
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from outbox.rules.business_time import due
from outbox.rules.durations import Duration
from outbox.services.timers import cancel_timers
from registry.selectors.people import available

LONGEST_DAYS = 90


@transaction.atomic
def move_close(
    *,
    decision_id: UUID,
    later_by: str,
    reason: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Decision:
    """Move the closing time of an open round later, by a duration from its present close.

    By who leads it; never earlier, for that would take a vote from somebody. Raises Missing,
    Forbidden, Conflict, Invalid.
    """
    decision = running(decision_id, expected_version)
    require_leader(decision, "move the closing time", actor, at)
    _check_reason(reason)
    closes = decision.closes_at
    if closes is None or closes <= at:
        raise Conflict(
            "round_closed", worded("The time of motion {number} is over.", number=decision.number)
        )
    if not is_duration(later_by):
        words = "Write 2bd, 24h or 30min."
        raise Invalid("no_duration", words, fields={"later_by": words})
    calendar = calendar_of(from_text(decision.incident.plan))
    moved = due(closes, Duration.parse(later_by), calendar)
    if (moved - closes).days > LONGEST_DAYS:
        words = worded("At most {longest_days} days later.", longest_days=LONGEST_DAYS)
        raise Invalid("too_late", words, fields={"later_by": words})
    _set_close(decision, moved, at)
    record_motion(
        "motion.moved", decision, actor, at, reason=reason,
        details={"closes_at": moved, "before": closes},
    )  # fmt: skip
    tell_electors(decision, at, why=f"moved:{decision.version}")
    return decision


@transaction.atomic
def change_to_writing(
    *,
    decision_id: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Decision:
    """Let a round that was to be held in a meeting be decided in writing: it is open now.

    By who leads it. Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = running(decision_id, expected_version)
    require_leader(decision, "change the procedure", actor, at)
    _check_reason(reason)
    if decision.procedure == "written":
        raise Conflict(
            "written_already",
            worded("Motion {number} is decided in writing.", number=decision.number),
        )
    if decision.meeting_demands.exists() and decision.feasible:
        raise Conflict(
            "meeting_demanded",
            worded(
                "A member demanded a meeting on motion {number}; it is held in one.",
                number=decision.number,
            ),
        )
    decision.procedure = "written"
    decision.opens_at = min(decision.opens_at or at, at)
    after_change(decision, at)
    record_motion("motion.in_writing", decision, actor, at, reason=reason)
    tell_electors(decision, at, why=f"written:{decision.version}")
    return decision


@transaction.atomic
def return_to_seat(
    *,
    decision_id: UUID,
    seat_number: int,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> ElectorSeat:
    """Give a seat back to its holder who was away and has returned; by them or who leads.

    The substitute keeps the seat for the round once they have voted (KOM-05). Raises Missing,
    Forbidden, Conflict.
    """
    decision = running(decision_id, expected_version)
    seat = decision.electors.select_related("holder", "seated").filter(number=seat_number).first()
    if seat is None:
        raise Missing(
            "unknown_seat", worded("The round has no seat {seat_number}.", seat_number=seat_number)
        )
    if actor.person != seat.holder_id:
        require_leader(decision, "give a seat back", actor, at)
    _check_return(decision, seat, at)
    seat.seated, seat.state = seat.holder, ElectorSeat.State.SEATED
    seat.note = f"{seat.holder.name} has returned"
    seat.save(at=at)
    after_change(decision, at)
    record_motion(
        "motion.returned",
        decision,
        actor,
        at,
        details={"seat": seat.number, "seated": seat.seated_id},
    )
    return seat


def _check_return(decision: Decision, seat: ElectorSeat, at: datetime) -> None:
    holder = seat.holder
    if seat.seated_id == holder.pk:
        raise Conflict(
            "sits_already", worded("{holder_name} sits there already.", holder_name=holder.name)
        )
    voted = decision.ballots.filter(seat_number=seat.number, person_id=seat.seated_id).exists()
    if seat.seated is not None and voted:
        raise Conflict(
            "substitute_has_voted",
            worded(
                "{seated_name} has voted on this seat and keeps it for the round.",
                seated_name=seat.seated.name,
            ),
        )
    recusal = decision.recusals.filter(person_id=holder.pk).first()
    reason = conflicts_of(decision=decision, at=at).reason(holder)
    if recusal is not None or reason:
        why = reason or (recusal.reason if recusal else "")
        raise Forbidden(
            "not_separate",
            worded(
                "{holder_name} is recused from this round: {why}.", holder_name=holder.name, why=why
            ),
        )
    taken = decision.electors.filter(seated_id=holder.pk).exists()
    gone = not holder.is_active or not available(user_id=holder.pk, at=at)
    if taken or gone or not _holds(decision, seat, at):
        raise Conflict(
            "not_back", worded("{holder_name} cannot take the seat now.", holder_name=holder.name)
        )


def _holds(decision: Decision, seat: ElectorSeat, at: datetime) -> bool:
    own = ElectorSeat(number=seat.number, seated_id=seat.holder_id)
    return not has_lost_seat(decision=decision, elector=own, at=at)


def _set_close(decision: Decision, moved: datetime, at: datetime) -> None:
    cancel_timers(
        subject_id=decision.incident_id,
        reason="the closing time was moved",
        at=at,
        key_prefix=f"round:{decision.pk}:",
    )
    decision.closes_at = moved
    after_change(decision, at)
    arm_close(decision=decision, due_at=moved, why=f"closes:{decision.version}", at=at)


def _check_reason(reason: str) -> None:
    if not reason.strip() or "\x00" in reason:
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
