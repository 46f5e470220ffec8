"""Rounds and meetings: the vote opens when the meeting begins; any member may demand a meeting."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Decision, MeetingDemand
from governance.rules.charters import closes_at, opens_at
from governance.selectors.committees import members_of
from governance.selectors.electorates import rules_of
from governance.selectors.permissions import person_of
from governance.selectors.rounds import present, subject_of
from governance.services.electorates import after_change
from governance.services.motion_records import lock_round, record_motion
from governance.services.round_notices import tell_electors, tell_leaders
from governance.services.rounds import arm_close
from incidents.rules.plan import calendar_of, from_text
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import word, worded
from outbox.services.timers import cancel_timers

RUNNING = (Decision.State.DRAFT, Decision.State.OPEN)
LONGEST = 2000
DEMANDED = word("A member demands a meeting on it")


@transaction.atomic
def demand_meeting(*, decision_id: UUID, reason: str, actor: Actor, at: datetime) -> MeetingDemand:
    """Demand a meeting in place of a written round, as any member of the body.

    A draft is convened in a meeting then. An open round becomes one of a meeting: the charter's
    notice begins now, ballots that were cast stand and can be changed. The deadline of the case
    runs on. Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = lock_round(decision_id)
    person = _member(decision, actor, at)
    if not reason.strip() or len(reason) > LONGEST or "\x00" in reason:
        words = worded("Say why, in at most {longest} characters.", longest=LONGEST)
        raise Invalid("reason_needed", words, fields={"reason": words})
    _check_written(decision, at)
    was_open = decision.state == Decision.State.OPEN
    decision.procedure = "meeting"
    if was_open:
        _wait_for_notice(decision, at)
    else:
        decision.version += 1
        decision.save(at=at)
    number = record_motion("motion.meeting_demanded", decision, actor, at, reason=reason.strip())
    row = MeetingDemand.objects.create(
        decision=decision, person_id=person, reason=reason.strip(), at=at, entry_number=number
    )
    tell_leaders(decision, at, why=f"demand:{row.pk}", words=DEMANDED)
    if was_open:
        tell_electors(decision, at, why=f"demand:{decision.version}")
    return row


def set_times(*, decision: Decision, opens: datetime, at: datetime) -> None:
    """Let the vote of a convened round open at an instant, and close as the charter says then.

    The caller holds the round, and nobody has voted or all may change their ballots.
    """
    cancel_timers(
        subject_id=decision.incident_id,
        reason="the vote opens at another time",
        at=at,
        key_prefix=f"round:{decision.pk}:",
    )
    calendar = calendar_of(from_text(decision.incident.plan))
    decision.opens_at = opens
    decision.closes_at = closes_at(
        rules_of(decision), opens=opens, closes_in=None, calendar=calendar
    )
    after_change(decision, at)
    why = f"closes:{decision.version}"
    arm_close(decision=decision, due_at=decision.closes_at, why=why, at=at)


def _wait_for_notice(decision: Decision, at: datetime) -> None:
    opens = opens_at(
        rules_of(decision),
        procedure="meeting",
        urgent=decision.urgent,
        at=at,
        calendar=calendar_of(from_text(decision.incident.plan)),
    )
    set_times(decision=decision, opens=opens, at=at)


def _member(decision: Decision, actor: Actor, at: datetime) -> UUID:
    """Return who acts, if they belong to the body and are not recused. Raises Forbidden."""
    person = person_of(actor, words="demand a meeting", subject=subject_of(decision))
    recused = set(decision.recusals.values_list("person_id", flat=True))
    people = [
        one for one in members_of(committee=decision.committee, at=at) if one.pk not in recused
    ]
    if person in {one.pk for one in people}:
        return person
    raise Forbidden(
        "not_your_part",
        "You cannot demand a meeting on this: a member of the body does who is not recused.",
        who_can=[one.name for one in people][:6],
        recorded=True,
        subject=subject_of(decision),
    )


def _check_written(decision: Decision, at: datetime) -> None:
    if decision.state not in RUNNING or (decision.closes_at or at) < at:
        raise Conflict(
            "round_closed",
            worded("Motion {number} is not open for votes any more.", number=decision.number),
            extra={"present": present(decision)},
        )
    if decision.procedure != "written":
        raise Conflict(
            "meeting_already",
            worded("Motion {number} waits for a meeting already.", number=decision.number),
        )
