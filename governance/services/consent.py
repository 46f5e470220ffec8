"""The consent agenda: small items adopted by one signed list of ballots; any may be lifted out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.models import AgendaItem, Ballot, Decision, Meeting, SigningList
from governance.rules.meetings import repeated
from governance.selectors.electorates import recusal_of
from governance.selectors.meetings import consent_items, is_member, no_such_meeting
from governance.selectors.permissions import person_of
from governance.selectors.rounds import subject_of
from governance.services.ballots import Vote, check_vote, sign_vote, vote_on
from governance.services.electorates import after_change
from governance.services.lifting import lift
from governance.services.motion_records import lock_round
from governance.services.signing_lists import begin_list, write_list
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import worded
from registry.services.signatures import Ceremony

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class ListedVote:
    """A vote on a list: on which motion, as it was read (its hash), and what."""

    decision_id: UUID
    motion_sha256: str
    vote: str
    reason: str = ""


@retried
@transaction.atomic
def sign_ballots(
    *, votes: Sequence[ListedVote], ceremony: Ceremony, actor: Actor, at: datetime
) -> tuple[SigningList, list[Ballot]]:
    """Cast several ballots by one ceremony, all or none.

    Each is a ballot of its own with its own signature, bound to its motion and to the hash of the
    list, and verifies singly. Raises Missing, Conflict, Forbidden, Invalid.
    """
    return _sign(votes, None, ceremony, actor, at)


@retried
@transaction.atomic
def sign_consent(
    *,
    meeting_id: UUID,
    votes: Sequence[ListedVote],
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> tuple[SigningList, list[Ballot]]:
    """Vote on the consent agenda of a meeting by one signed list that holds each motion's hash.

    Every item that still stands on it and on which the person may vote must be on the list: who
    wants to talk about one lifts it out. Raises Missing, Conflict, Forbidden, Invalid.
    """
    meeting = Meeting.objects.filter(pk=meeting_id).first()
    if meeting is None:
        raise no_such_meeting()
    standing = {row.decision_id: row for row in consent_items(meeting) if _is_open(row)}
    strange = [one for one in votes if one.decision_id not in standing]
    if strange:
        raise Conflict(
            "not_on_consent_agenda",
            "The consent agenda has changed since you read it: one of these motions does not "
            "stand on it any more. Read it again.",
        )
    _check_whole(standing, votes, actor)
    return _sign(votes, meeting, ceremony, actor, at)


@transaction.atomic
def lift_out(*, item_id: UUID, reason: str, actor: Actor, at: datetime) -> AgendaItem:
    """Lift an item out of the consent agenda, as any member; its ballots are void (KOM-15).

    It is then voted on by itself. Raises Missing, Forbidden, Conflict, Invalid.
    """
    known = AgendaItem.objects.filter(pk=item_id).select_related("meeting").first()
    if known is None or known.decision_id is None:
        raise no_such_meeting()
    decision = lock_round(known.decision_id)
    item = AgendaItem.objects.select_related("meeting").get(pk=item_id)
    person = _member(decision, actor, at)
    if not reason.strip() or len(reason) > LONGEST or "\x00" in reason:
        words = worded("Say why, in at most {longest} characters.", longest=LONGEST)
        raise Invalid("reason_needed", words, fields={"reason": words})
    _check_liftable(item, decision)
    lift(item=item, decision=decision, by=person, reason=reason, actor=actor, at=at)
    after_change(decision, at)
    return item


def _sign(
    votes: Sequence[ListedVote],
    meeting: Meeting | None,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> tuple[SigningList, list[Ballot]]:
    if repeated(str(one.decision_id) for one in votes):
        words = "A motion stands on the list once."
        raise Invalid("motion_twice", words, fields={"items": words})
    subject = ("committee", str(meeting.committee_id) if meeting else "", "ballots")
    person = person_of(actor, words="vote", subject=subject)
    given = [_checked(one, person, at) for one in _in_order(votes)]
    signing = begin_list(
        kind=SigningList.Kind.BALLOTS,
        person=person,
        items=[_item(one) for one in given],
        ceremony=ceremony,
    )
    ballots = [
        sign_vote(one, ceremony=signing.ceremony, key=None, actor=actor, at=at) for one in given
    ]
    signatures = [ballot.signature for ballot in ballots]
    row = write_list(
        signing=signing, signatures=signatures, meeting=meeting, secret=True, actor=actor, at=at
    )
    return row, ballots


def _in_order(votes: Sequence[ListedVote]) -> list[ListedVote]:
    """Everybody locks the rounds of a list in one order."""
    return sorted(votes, key=lambda one: str(one.decision_id))


def _checked(one: ListedVote, person: UUID, at: datetime) -> Vote:
    decision = lock_round(one.decision_id)
    given = vote_on(decision, person, one.vote, one.reason, at=at)
    check_vote(given, one.motion_sha256)
    return given


def _item(given: Vote) -> dict[str, Any]:
    return {
        "motion": given.decision.number,
        "motion_sha256": given.decision.motion_sha256,
        "seat": given.seat.number,
        "vote": given.vote,
        "reason": given.reason,
    }


def _is_open(item: AgendaItem) -> bool:
    return item.decision is not None and item.decision.state == Decision.State.OPEN


def _check_whole(
    standing: Mapping[UUID | None, AgendaItem], votes: Sequence[ListedVote], actor: Actor
) -> None:
    """One ballot covers the whole consent agenda, but for items on which the person has no seat."""
    listed = {one.decision_id for one in votes}
    left = [
        row.decision
        for pk, row in standing.items()
        if pk not in listed and row.decision is not None
    ]
    open_to = [one for one in left if one.electors.filter(seated_id=actor.person).exists()]
    if open_to:
        words = worded(
            "Motion {number} stands on the consent agenda too. Lift it out instead.",
            number=open_to[0].number,
        )
        raise Invalid("list_not_whole", words, fields={"items": words})


def _member(decision: Decision, actor: Actor, at: datetime) -> UUID:
    person = person_of(actor, words="lift an item out", subject=subject_of(decision))
    is_out = recusal_of(decision=decision, person_id=person) is not None
    if not is_out and (
        is_member(committee=decision.committee, person_id=person, at=at)
        or decision.electors.filter(seated_id=person).exists()
    ):
        return person
    raise Forbidden(
        "not_your_part",
        "You cannot lift this out: any member of the body may who is not recused from it.",
        recorded=True,
        subject=subject_of(decision),
    )


def _check_liftable(item: AgendaItem, decision: Decision) -> None:
    if item.kind != AgendaItem.Kind.CONSENT or item.lifted_at is not None:
        raise Conflict("not_on_consent_agenda", "This does not stand on the consent agenda.")
    if decision.state != Decision.State.OPEN:
        raise Conflict(
            "round_closed", worded("The vote on motion {number} is over.", number=decision.number)
        )
