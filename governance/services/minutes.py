"""Minutes: drawn up from the records, certified by the chair and a second person, never edited."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import (
    Committee,
    Decision,
    Meeting,
    Minutes,
    MinutesAddendum,
    MinutesNarrative,
)
from governance.rules.minutes import minutes_hash, minutes_text
from governance.selectors.committees import leaders_of, may_lead
from governance.selectors.meetings import is_member, is_there
from governance.selectors.minutes import (
    content_of,
    is_intact,
    record_of,
    rounds_to_be_minuted,
)
from governance.selectors.permissions import person_of
from governance.selectors.rounds import RUNNING
from governance.services.meeting_records import lock_meeting, text_of
from governance.services.minutes_drafts import draw_up, label_of, record_minutes, subject_of
from governance.services.motion_records import lock_round
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Missing
from ledger.rules.worded import term, worded
from registry.models import Signature, User
from registry.services.files import Kept
from registry.services.signatures import Ceremony, sign

State = Minutes.State
LONGEST = 20_000


@transaction.atomic
def draft_minutes(
    *,
    meeting_id: UUID | None = None,
    decision_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> Minutes:
    """Draw up minutes from the records as they are now; an earlier draft is replaced, visibly.

    Of a meeting, or of a round in writing. By the secretary or who leads the body. Raises Missing,
    Forbidden, Conflict once they are approved.
    """
    meeting, decision, committee = _subject(meeting_id, decision_id)
    person = _keeper(committee, "draw up minutes", actor, at)
    return draw_up(meeting=meeting, decision=decision, person=person, actor=actor, at=at)


@transaction.atomic
def sign_minutes(
    *,
    minutes_id: UUID,
    expected_sha256: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> Minutes:
    """Certify minutes: the chair first, then a second person; then they are approved for good.

    Refused where the records say something else by now: draw them up anew. Raises Missing,
    Forbidden, Conflict.
    """
    row = _locked(minutes_id)
    _check_fresh(row, expected_sha256)
    person = person_of(actor, words="sign minutes", subject=subject_of(row))
    if row.state == State.DRAFT:
        _require_chair(row, person, at)
        row.chair_id, row.state, verb = person, State.SIGNED, "minutes.signed"
        row.chair_signature = _sign(row, person, "chair", ceremony, actor, at)
    else:
        _require_second(row, person, at)
        row.second_id, row.state, verb = person, State.APPROVED, "minutes.approved"
        row.second_signature = _sign(row, person, "second person", ceremony, actor, at)
        row.approved_at = at
    row.save(at=at)
    record_minutes(verb, row, actor, at)
    return row


@transaction.atomic
def add_addendum(
    *, minutes_id: UUID, text: str, ceremony: Ceremony, actor: Actor, at: datetime
) -> MinutesAddendum:
    """Add to approved minutes what is amended later, signed; they themselves never change.

    Raises Missing, Forbidden, Conflict, Invalid.
    """
    row = _locked(minutes_id)
    if row.state != State.APPROVED:
        raise Conflict("not_approved", "They are not approved yet: draw them up anew instead.")
    person = _keeper(_committee_of(row), "add to the minutes", actor, at)
    given = text_of(text, "text", "Write what is added.", longest=LONGEST)
    number = row.addenda.count() + 1
    sha256 = minutes_hash(minutes_text({"minutes": row.sha256, "addendum": number, "text": given}))
    signature = sign(
        user=User.objects.get(pk=person),
        meaning=Signature.Meaning.CERTIFICATION,
        role=_role(row, person, at),
        subject_type="minutes",
        subject_id=row.pk,
        payload={"minutes": row.sha256, "addendum": number, "text": given},
        reason=f"addendum {number}",
        ceremony=ceremony,
        actor=actor,
        at=at,
    )
    entry = record_minutes(
        "minutes.amended", row, actor, at, details={"addendum": number, "addendum_sha256": sha256}
    )
    return MinutesAddendum.objects.create(
        minutes=row,
        number=number,
        text=given,
        sha256=sha256,
        by_id=person,
        signature=signature,
        at=at,
        entry_number=entry,
    )


@transaction.atomic
def attach_narrative(
    *, minutes_id: UUID, document: Kept, note: str, actor: Actor, at: datetime
) -> MinutesNarrative:
    """Attach an edited document as a draft narrative. The record stays as it was generated.

    Raises Missing, Forbidden, Invalid.
    """
    row = _locked(minutes_id)
    person = _keeper(_committee_of(row), "attach a narrative", actor, at)
    given = text_of(note, "note", "", needed=False)
    entry = record_minutes(
        "minutes.narrative", row, actor, at, details={"file_sha256": document.sha256}
    )
    return MinutesNarrative.objects.create(
        minutes=row,
        file_name=document.name,
        media_type=document.media_type,
        size=document.size,
        sha256=document.sha256,
        note=given,
        by_id=person,
        at=at,
        entry_number=entry,
    )


def _subject(
    meeting_id: UUID | None, decision_id: UUID | None
) -> tuple[Meeting | None, Decision | None, Committee]:
    """Lock what the minutes are about. Raises Missing, Conflict where nothing has ended yet."""
    if meeting_id is not None:
        meeting = lock_meeting(meeting_id)
        if meeting.state != Meeting.State.ENDED:
            raise Conflict(
                "meeting_not_ended",
                worded(
                    "Meeting {number} is {state}; minutes are drawn up once it has ended.",
                    number=meeting.number,
                    state=term(meeting.get_state_display(), lowered=True),
                ),
            )
        return meeting, None, meeting.committee
    if decision_id is None:
        raise Missing("unknown_minutes", "There are no such minutes.")
    decision = lock_round(decision_id)
    if decision.state in RUNNING:
        raise Conflict("round_open", "Minutes are drawn up once the round has ended.")
    return None, decision, decision.committee


def _locked(minutes_id: UUID) -> Minutes:
    rows = Minutes.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "meeting__committee__unit",
        "decision__committee__unit",
        "decision__incident",
        "chair_signature",
        "second_signature",
    )
    row = rows.filter(pk=minutes_id).first()
    if row is None:
        raise Missing("unknown_minutes", "There are no such minutes.")
    return row


def _committee_of(row: Minutes) -> Committee:
    if row.meeting is not None:
        return row.meeting.committee
    if row.decision is not None:
        return row.decision.committee
    raise Missing("unknown_minutes", "There are no such minutes.")


def _check_fresh(row: Minutes, expected: str) -> None:
    if row.state == State.REPLACED:
        raise Conflict(
            "minutes_changed",
            "They were drawn up anew since you read them. Read the present draft, then sign it.",
        )
    if row.state not in (State.DRAFT, State.SIGNED):
        raise Conflict(
            "minutes_approved",
            worded("They are {state}.", state=term(row.get_state_display(), lowered=True)),
        )
    if row.meeting is not None and rounds_to_be_minuted(meeting=row.meeting).exists():
        raise Conflict("round_open", "A vote of this meeting is still open; they wait for it.")
    now = minutes_hash(minutes_text(content_of(row)))
    if expected != row.sha256 or now != row.sha256 or not is_intact(row):
        raise Conflict(
            "minutes_changed",
            "The records say something else since these were drawn up. Draw them up anew.",
        )


def _require_chair(row: Minutes, person: UUID, at: datetime) -> None:
    leaders = leaders_of(committee=_committee_of(row), at=at)
    if person in {one.pk for one in leaders}:
        return
    raise Forbidden(
        "not_your_part",
        "You cannot certify these minutes: who chairs the body does first.",
        who_can=[one.name for one in leaders],
        recorded=True,
        subject=subject_of(row),
    )


def _require_second(row: Minutes, person: UUID, at: datetime) -> None:
    committee = _committee_of(row)
    belongs = is_member(committee=committee, person_id=person, at=at) or person in {
        one.pk for one in may_lead(committee=committee, at=at)
    }
    was_there = row.meeting is not None and is_there(row.meeting, person)
    if person != row.chair_id and (belongs or was_there):
        return
    raise Forbidden(
        "second_person_needed",
        "You cannot approve these minutes: a second person does, the secretary or a member.",
        who_can=[
            one.name for one in may_lead(committee=committee, at=at) if one.pk != row.chair_id
        ],
        recorded=True,
        subject=subject_of(row),
    )


def _keeper(committee: Committee, words: str, actor: Actor, at: datetime) -> UUID:
    subject = ("committee", str(committee.pk), committee.name)
    person = person_of(actor, words=words, subject=subject)
    people = may_lead(committee=committee, at=at)
    if person in {one.pk for one in people}:
        return person
    raise Forbidden(
        "not_your_part",
        worded("You cannot {words}: the secretary does, or who leads the body.", words=term(words)),
        who_can=[one.name for one in people],
        recorded=True,
        subject=subject,
    )


def _role(row: Minutes, person: UUID, at: datetime) -> str:
    leaders = leaders_of(committee=_committee_of(row), at=at)
    return "chair" if person in {one.pk for one in leaders} else "secretary"


def _sign(
    row: Minutes, person: UUID, role: str, ceremony: Ceremony, actor: Actor, at: datetime
) -> Signature:
    return sign(
        user=User.objects.get(pk=person),
        meaning=Signature.Meaning.CERTIFICATION,
        role=role,
        subject_type="minutes",
        subject_id=row.pk,
        payload=record_of(row),
        reason=f"minutes of {label_of(row)}",
        ceremony=ceremony,
        actor=actor,
        at=at,
    )
