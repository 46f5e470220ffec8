"""Votes called in a meeting: the secretary records them, each member countersigns (KOM-23)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import (
    Ballot,
    Countersignature,
    Decision,
    ElectorSeat,
    Meeting,
    RecordedVote,
)
from governance.selectors.committees import secretaries_of
from governance.selectors.levels import document_of_case
from governance.selectors.meetings import is_countersigned, is_there
from governance.selectors.permissions import person_of
from governance.selectors.rounds import present, subject_of
from governance.services.ballots import check_vote, sign_vote, vote_on
from governance.services.freezing import take_part
from governance.services.meeting_notices import ask_countersignature
from governance.services.motion_records import lock_round, record_motion
from incidents.rules.plan import from_text
from incidents.rules.segregation import clash
from incidents.selectors.cast import Cast
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from registry.models import User
from registry.services.signatures import Ceremony, hash_payload, sealed_digest

ACT = "minuted"
LONGEST = 4000


@transaction.atomic
def record_vote(
    *,
    decision_id: UUID,
    seat_number: int,
    vote: str,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> RecordedVote:
    """Record a vote that a member called in a meeting; it counts for nothing yet (KOM-23).

    By the secretary, who is separate from the owner's side and the submitter (SEG-13), while the
    meeting is in session and the round is open; off at high tier. The member is asked to
    countersign by closes_at. Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = lock_round(decision_id)
    person = _secretary(decision, actor, at)
    _check_allowed(decision)
    meeting = _in_session(decision)
    _check_time(decision, at)
    seat, member = _seat(decision, seat_number)
    _check_vote(vote, reason)
    _check_member(decision, seat, member, meeting)
    _note_part(decision, person, at)
    number = record_motion(
        "vote.recorded",
        decision,
        actor,
        at,
        details={
            "seat": seat.number,
            "meeting": meeting.number,
            "vote": sealed_digest(hash_payload({"seat": seat.number, "vote": vote})),
        },
    )
    row = RecordedVote.objects.create(
        meeting=meeting,
        decision=decision,
        seat_number=seat.number,
        person=member,
        vote=vote,
        reason=reason.strip(),
        motion_sha256=decision.motion_sha256,
        recorded_by_id=person,
        at=at,
        entry_number=number,
    )
    ask_countersignature(row, at)
    return row


@retried
@transaction.atomic
def countersign_vote(
    *,
    recorded_id: int,
    expected_motion_sha256: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> Ballot:
    """Countersign the vote that the secretary recorded; from then on it is a ballot and counts.

    By the member alone, before closes_at (KOM-19, KOM-23). Who voted otherwise votes instead.
    Raises Missing, Forbidden, Conflict, Invalid.
    """
    known = RecordedVote.objects.filter(pk=recorded_id).first()
    if known is None:
        raise Missing("unknown_vote", "There is no such recorded vote.")
    decision = lock_round(known.decision_id)
    person = person_of(actor, words="countersign a vote", subject=subject_of(decision))
    _check_countersigner(known, decision, person)
    given = vote_on(decision, person, known.vote, known.reason, at=at, more={"recorded": known.pk})
    check_vote(given, expected_motion_sha256)
    ballot = sign_vote(given, ceremony=ceremony, key=None, actor=actor, at=at)
    number = record_motion(
        "vote.countersigned", decision, actor, at, details={"seat": known.seat_number}
    )
    Countersignature.objects.create(recorded_vote=known, ballot=ballot, at=at, entry_number=number)
    return ballot


def secretary_refusal(decision: Decision, person: User, at: datetime) -> str:
    """Return why somebody may not record votes on a case, as a clause; '' if they may (SEG-13)."""
    cast = Cast(decision.incident, at)
    found = clash(
        act=ACT,
        history=cast.history,
        person=person.pk,
        delegate_of=cast.owners_side_of(person.pk),
        extra_pairs=from_text(decision.incident.plan).segregation.extra_pairs,
    )
    if found is None:
        return ""
    whose = "" if found.himself else User.objects.only("name").get(pk=found.whose).name
    return found.reason(second_person=True, name=whose)


def _secretary(decision: Decision, actor: Actor, at: datetime) -> UUID:
    person = person_of(actor, words="record votes", subject=subject_of(decision))
    people = secretaries_of(committee=decision.committee, at=at)
    user = next((one for one in people if one.pk == person), None)
    if user is None:
        raise Forbidden(
            "not_your_part",
            "You cannot record votes: the secretary of the committee does.",
            who_can=[one.name for one in people],
            recorded=True,
            subject=subject_of(decision),
        )
    against = secretary_refusal(decision, user, at)
    if against:
        raise Forbidden(
            "not_separate",
            worded("You cannot record votes on this: {against}.", against=against),
            who_can=[one.name for one in people if one.pk != person],
            recorded=True,
            subject=subject_of(decision),
        )
    return person


def _check_allowed(decision: Decision) -> None:
    tier = decision.risk_tier or decision.incident.risk_tier
    if tier != "high" and tier in document_of_case(decision.incident).meetings.recorded_at:
        return
    raise Conflict(
        "recorded_votes_off",
        worded(
            "At {tier} tier no vote is recorded for a member: every member votes and signs.",
            tier=tier,
        ),
    )


def _in_session(decision: Decision) -> Meeting:
    rows = Meeting.objects.filter(items__decision=decision, state=Meeting.State.OPEN)
    meeting = rows.order_by("-starts_at").first()
    if meeting is None:
        raise Conflict(
            "no_meeting", "Votes are called in a meeting that is in session with this motion on it."
        )
    return meeting


def _check_time(decision: Decision, at: datetime) -> None:
    opens, closes = decision.opens_at, decision.closes_at
    if decision.state == Decision.State.OPEN and opens and closes and opens <= at < closes:
        return
    raise Conflict(
        "round_closed",
        worded("Motion {number} is not open for votes.", number=decision.number),
        extra={"present": present(decision)},
    )


def _seat(decision: Decision, seat_number: int) -> tuple[ElectorSeat, User]:
    """The seat, and who sits on it."""
    seat = decision.electors.select_related("seated").filter(number=seat_number).first()
    if seat is None or seat.seated is None:
        raise Missing(
            "unknown_seat",
            worded("Nobody sits on seat {seat_number} in this round.", seat_number=seat_number),
        )
    return seat, seat.seated


def _check_vote(vote: str, reason: str) -> None:
    if vote not in Ballot.Vote.values:
        words = worded("One of: {values}.", values=", ".join(Ballot.Vote.values))
        raise Invalid("no_vote", words, fields={"vote": words})
    if len(reason) > LONGEST or "\x00" in reason:
        raise Invalid("reason_too_long", "The reason is too long.", fields={"reason": "Shorter."})


def _check_member(decision: Decision, seat: ElectorSeat, member: User, meeting: Meeting) -> None:
    if not is_there(meeting, member.pk):
        words = worded(
            "{member_name} was not recorded as present in {number}.",
            member_name=member.name,
            number=meeting.number,
        )
        raise Conflict("not_present", words)
    voted = decision.ballots.filter(seat_number=seat.number, person=member, void__isnull=True)
    if voted.exists():
        raise Conflict(
            "voted_already",
            worded(
                "{member_name} has voted by a ballot; that one counts.", member_name=member.name
            ),
        )


def _check_countersigner(row: RecordedVote, decision: Decision, person: UUID) -> None:
    if row.person_id != person:
        raise Forbidden(
            "not_your_part",
            "You cannot countersign this: it is another member's vote.",
            who_can=[row.person.name],
            recorded=True,
            subject=subject_of(decision),
        )
    newest = decision.recorded_votes.filter(seat_number=row.seat_number).order_by("-pk").first()
    if newest is None or newest.pk != row.pk:
        raise Conflict("recorded_anew", "The vote was recorded anew; read the newer record.")
    if is_countersigned(row):
        raise Conflict("countersigned_already", "You have countersigned it.")


def _note_part(decision: Decision, person: UUID, at: datetime) -> None:
    """Who keeps the minutes of a case has a part in it, once."""
    taken = decision.incident.participations.filter(person_id=person, act=ACT)
    if not taken.exists():
        take_part(decision.incident, person, ACT, at)
