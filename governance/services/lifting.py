"""Lifting an item out of the consent agenda: its ballots void visibly, it is voted on by itself."""

from datetime import datetime
from uuid import UUID

from governance.models import AgendaItem, Ballot, BallotVoid, Decision
from governance.selectors.meetings import consent_item_of
from governance.services.engine import RETURNING_OFFICER
from governance.services.motion_records import record_motion
from ledger.context import acting_as
from ledger.rules.actors import Actor


def lift_inquorate(decision: Decision, at: datetime) -> AgendaItem | None:
    """Lift a consent item that recusals have left without a quorum (KOM-16); None if it is none.

    The caller holds the round. By the engine.
    """
    item = consent_item_of(decision)
    if item is None or decision.state != Decision.State.OPEN:
        return None
    words = "After recusals it can no longer be decided as part of the consent agenda."
    with acting_as(RETURNING_OFFICER):
        return lift(
            item=item, decision=decision, by=None, reason=words, actor=RETURNING_OFFICER, at=at
        )


def lift(
    *,
    item: AgendaItem,
    decision: Decision,
    by: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> AgendaItem:
    """Lift an item out; what was cast on it is void, visibly (KOM-15). The caller holds the round.

    Everybody votes on it anew and by itself. `by` None: the engine, and its voids stand in the name
    of who convened the meeting.
    """
    item.lifted_by_id, item.lifted_at, item.lifted_reason = by, at, reason.strip()
    item.save(at=at)
    standing = decision.ballots.filter(void__isnull=True, casting=False).order_by("pk")
    ballots = list(standing)
    number = record_motion(
        "agenda.lifted",
        decision,
        actor,
        at,
        reason=reason.strip(),
        details={"meeting": item.meeting.number, "ballots_voided": [one.pk for one in ballots]},
    )
    words = f"Lifted out of the consent agenda of {item.meeting.number}: {reason.strip()}"
    for ballot in ballots:
        _void(decision, ballot, words, by or item.meeting.convened_by_id, number, at)
    return item


def _void(
    decision: Decision, ballot: Ballot, words: str, by: UUID, number: int, at: datetime
) -> None:
    BallotVoid.objects.create(
        decision=decision, ballot=ballot, reason=words, by_id=by, at=at, entry_number=number
    )
