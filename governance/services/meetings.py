"""Meetings: convened with the charter's notice, opened, ended, cancelled; who was there."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection, transaction

from governance.models import Attendance, Committee, Meeting
from governance.selectors.committees import committee_of_id
from governance.selectors.meetings import may_attend
from governance.services.agendas import Item, put_items
from governance.services.meeting_calls import Call, check_call
from governance.services.meeting_notices import invite, tell_cancelled
from governance.services.meeting_records import (
    lock_meeting,
    record_meeting,
    require_meeting_leader,
    require_state,
    step,
    text_of,
)
from governance.services.minutes_drafts import draw_up, keep_draft_up
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from registry.models import User
from registry.selectors.instants import said_here

State = Meeting.State


@transaction.atomic
def convene_meeting(
    *, committee_id: UUID, call: Call, items: Sequence[Item], actor: Actor, at: datetime
) -> Meeting:
    """Convene a meeting of a body with its agenda, and invite everybody who belongs to it.

    The charter's notice must have passed when it begins; urgent, with its reason, the short one.
    The vote on each motion opens when the meeting begins; its electorate is frozen now. Raises
    Missing, Forbidden, Conflict, Invalid.
    """
    committee = committee_of_id(committee_id)
    person = require_meeting_leader(committee, "convene a meeting", actor, at)
    check_call(committee, call, at)
    if not items:
        words = "A meeting has at least one item on its agenda."
        raise Invalid("agenda_empty", words, fields={"items": words})
    meeting = Meeting(
        id=uuid4(),
        number=_number(at),
        committee=committee,
        title=call.title.strip(),
        starts_at=call.starts_at,
        place=call.place.strip(),
        link=call.link.strip(),
        urgent=call.urgent,
        urgent_reason=call.urgent_reason.strip() if call.urgent else "",
        convened_by_id=person,
        notice_sent_at=at,
    )
    meeting.save(force_insert=True, at=at)
    put_items(meeting, items, person, actor, at)
    record_meeting(
        "meeting.convened",
        meeting,
        actor,
        at,
        reason=meeting.urgent_reason,
        details={"starts_at": meeting.starts_at, "urgent": meeting.urgent, "items": len(items)},
    )
    invite(meeting, at)
    return meeting


@transaction.atomic
def open_meeting(
    *, meeting_id: UUID, actor: Actor, at: datetime, expected_version: int | None = None
) -> Meeting:
    """Open a meeting at its time or after it. Raises Missing, Forbidden, Conflict."""
    meeting = lock_meeting(meeting_id, expected_version)
    require_meeting_leader(meeting.committee, "open the meeting", actor, at)
    require_state(meeting, State.PLANNED)
    if at < meeting.starts_at:
        told = said_here(meeting.starts_at)
        raise Conflict("too_early", worded("The meeting was convened for {told}.", told=told))
    meeting.state, meeting.opened_at = State.OPEN, at
    step(meeting, at)
    record_meeting("meeting.opened", meeting, actor, at)
    return meeting


@transaction.atomic
def end_meeting(
    *, meeting_id: UUID, actor: Actor, at: datetime, expected_version: int | None = None
) -> Meeting:
    """End a meeting and draw up its minutes at once; open rounds stay open until they close.

    Raises Missing, Conflict, Forbidden.
    """
    meeting = lock_meeting(meeting_id, expected_version)
    person = require_meeting_leader(meeting.committee, "end the meeting", actor, at)
    require_state(meeting, State.OPEN)
    if not meeting.attendances.exists():
        raise Conflict("nobody_recorded", "Record who was there before the meeting ends.")
    meeting.state, meeting.ended_at = State.ENDED, at
    step(meeting, at)
    record_meeting("meeting.ended", meeting, actor, at)
    draw_up(meeting=meeting, decision=None, person=person, actor=actor, at=at)
    return meeting


@transaction.atomic
def cancel_meeting(
    *,
    meeting_id: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Meeting:
    """Cancel a meeting that has not begun, with the reason; everybody is told.

    Its rounds stay as they were convened: the vote opens and closes at the times that were told,
    or another meeting takes them. Raises Missing, Forbidden, Conflict, Invalid.
    """
    meeting = lock_meeting(meeting_id, expected_version)
    require_meeting_leader(meeting.committee, "cancel the meeting", actor, at)
    require_state(meeting, State.PLANNED)
    given = text_of(reason, "reason", "Say why.")
    meeting.state = State.CANCELLED
    step(meeting, at)
    record_meeting("meeting.cancelled", meeting, actor, at, reason=given)
    tell_cancelled(meeting, given, at)
    return meeting


@transaction.atomic
def record_attendance(
    *,
    meeting_id: UUID,
    person_id: UUID,
    standing: str,
    note: str = "",
    actor: Actor,
    at: datetime,
) -> Attendance:
    """Record who was there, as substitute, absent or recused; a later record replaces it visibly.

    By the secretary or who leads the body, once the meeting is open and until its minutes are
    signed; a draft of them says it at once. Raises Missing, Forbidden, Conflict, Invalid.
    """
    meeting = lock_meeting(meeting_id)
    recorder = require_meeting_leader(meeting.committee, "record who is there", actor, at)
    require_state(meeting, State.OPEN, State.ENDED)
    if meeting.minutes.filter(state__in=("signed", "approved")).exists():
        raise Conflict("minutes_signed", "The minutes are signed; what is missing is an addendum.")
    if standing not in Attendance.Standing.values:
        words = worded("One of: {values}.", values=", ".join(Attendance.Standing.values))
        raise Invalid("no_standing", words, fields={"standing": words})
    person = _attending(meeting, person_id, at)
    given = text_of(note, "note", "", needed=False)
    number = record_meeting(
        "meeting.attended",
        meeting,
        actor,
        at,
        details={"person": person.pk, "name": person.on_record, "standing": standing},
    )
    row = Attendance.objects.create(
        meeting=meeting,
        person=person,
        standing=standing,
        function=_function(meeting.committee, person, at),
        note=given,
        recorded_by_id=recorder,
        at=at,
        entry_number=number,
    )
    keep_draft_up(meeting, recorder, actor, at)
    return row


def _attending(meeting: Meeting, person_id: UUID, at: datetime) -> User:
    people = {one.pk: one for one in may_attend(committee=meeting.committee, at=at)}
    seated = User.objects.filter(
        electorates__decision__agenda_items__meeting=meeting, pk=person_id
    ).first()
    found = people.get(person_id) or seated
    if found is None:
        words = "Name somebody who belongs to the body, or attends it by their role."
        raise Invalid("unknown_person", words, fields={"person_id": words})
    return found


def _function(committee: Committee, person: User, at: datetime) -> str:
    rows = committee.seats.filter(until_at__isnull=True).order_by("number")
    for seat in rows:
        if seat.person_id == person.pk:
            return seat.function
        if seat.substitute_id == person.pk:
            return f"{seat.function}, substitute"[:60]
    return ""


def _number(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('governance_meeting_number')")
        return f"M-{at.year}-{cursor.fetchone()[0]:02d}"
