"""Meetings: convened with the charter's notice, opened, ended; who was there; what is on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from governance.models import AgendaItem, Attendance, Committee, Decision, Meeting
from governance.rules.meetings import MOST_ITEMS, ConsentCase, consent_fault, notice_fault, repeated
from governance.selectors.committees import committee_of_id, may_lead
from governance.selectors.levels import document_of_case
from governance.selectors.meetings import earliest_start, may_attend, no_such_meeting
from governance.selectors.permissions import person_of
from governance.services.lifting import lift_inquorate
from governance.services.meeting_notices import invite, tell_cancelled
from governance.services.meeting_rounds import set_times
from governance.services.motion_records import call_members, record_motion
from governance.services.rounds import check_targets, lock_with_incident, open_round
from ledger.rules.actors import Actor
from ledger.rules.commitments import Label, Personal
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.services.entries import append_entry
from registry.models import User

State, Kind = Meeting.State, AgendaItem.Kind
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Item:
    """An item to put on an agenda: its kind, its motion, or its title where it has none."""

    kind: str
    decision_id: UUID | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What a meeting is convened to: title, start (UTC), place or link, urgency with its reason."""

    title: str
    starts_at: datetime
    place: str = ""
    link: str = ""
    urgent: bool = False
    urgent_reason: str = ""


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
    _check_call(committee, call, at)
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
    _add(meeting, items, person, actor, at)
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
def add_item(*, meeting_id: UUID, item: Item, actor: Actor, at: datetime) -> AgendaItem:
    """Put another item on the agenda of a meeting that has not begun; motions with due notice.

    Raises Missing, Forbidden, Conflict, Invalid.
    """
    meeting = lock_meeting(meeting_id)
    person = require_meeting_leader(meeting.committee, "change the agenda", actor, at)
    _at_state(meeting, State.PLANNED)
    if item.kind != Kind.FREE:
        _check_notice(meeting.committee, _call_of(meeting), at)
    (row,) = _add(meeting, [item], person, actor, at)
    _step(meeting, at)
    record_meeting("meeting.item_added", meeting, actor, at, details={"position": row.position})
    invite(meeting, at, why=f"item:{row.position}")
    return row


@transaction.atomic
def open_meeting(
    *, meeting_id: UUID, actor: Actor, at: datetime, expected_version: int | None = None
) -> Meeting:
    """Open a meeting at its time or after it. Raises Missing, Forbidden, Conflict."""
    meeting = lock_meeting(meeting_id, expected_version)
    require_meeting_leader(meeting.committee, "open the meeting", actor, at)
    _at_state(meeting, State.PLANNED)
    if at < meeting.starts_at:
        told = f"{meeting.starts_at:%d %B %Y %H:%M} UTC"
        raise Conflict("too_early", f"The meeting was convened for {told}.")
    meeting.state, meeting.opened_at = State.OPEN, at
    _step(meeting, at)
    record_meeting("meeting.opened", meeting, actor, at)
    return meeting


@transaction.atomic
def end_meeting(
    *, meeting_id: UUID, actor: Actor, at: datetime, expected_version: int | None = None
) -> Meeting:
    """End a meeting; its open rounds stay open until they close.

    Raises Missing, Conflict, Forbidden.
    """
    meeting = lock_meeting(meeting_id, expected_version)
    require_meeting_leader(meeting.committee, "end the meeting", actor, at)
    _at_state(meeting, State.OPEN)
    if not meeting.attendances.exists():
        raise Conflict("nobody_recorded", "Record who was there before the meeting ends.")
    meeting.state, meeting.ended_at = State.ENDED, at
    _step(meeting, at)
    record_meeting("meeting.ended", meeting, actor, at)
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
    _at_state(meeting, State.PLANNED)
    given = text_of(reason, "reason", "Say why.")
    meeting.state = State.CANCELLED
    _step(meeting, at)
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
    signed. Raises Missing, Forbidden, Conflict, Invalid.
    """
    meeting = lock_meeting(meeting_id)
    recorder = require_meeting_leader(meeting.committee, "record who is there", actor, at)
    _at_state(meeting, State.OPEN, State.ENDED)
    if meeting.minutes.filter(state__in=("signed", "approved")).exists():
        raise Conflict("minutes_signed", "The minutes are signed; what is missing is an addendum.")
    if standing not in Attendance.Standing.values:
        words = f"One of: {', '.join(Attendance.Standing.values)}."
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
    return Attendance.objects.create(
        meeting=meeting,
        person=person,
        standing=standing,
        function=_function(meeting.committee, person, at),
        note=given,
        recorded_by_id=recorder,
        at=at,
        entry_number=number,
    )


@transaction.atomic
def note_item(*, item_id: UUID, note: str, actor: Actor, at: datetime) -> AgendaItem:
    """Note what came of an item of a meeting that is open or has ended.

    Raises Missing, Conflict, Forbidden, Invalid.
    """
    known = AgendaItem.objects.filter(pk=item_id).first()
    if known is None:
        raise no_such_meeting()
    meeting = lock_meeting(known.meeting_id)
    require_meeting_leader(meeting.committee, "note what came of an item", actor, at)
    _at_state(meeting, State.OPEN, State.ENDED)
    if meeting.minutes.filter(state__in=("signed", "approved")).exists():
        raise Conflict("minutes_signed", "The minutes are signed; what is missing is an addendum.")
    known.note = text_of(note, "note", "Say what came of it.")
    known.save(at=at)
    record_meeting(
        "meeting.noted",
        meeting,
        actor,
        at,
        reason=known.note,
        details={"position": known.position},
    )
    return known


def lock_meeting(meeting_id: UUID, expected_version: int | None = None) -> Meeting:
    """Return a meeting, locked, with its body. Raises Missing, Conflict if stale."""
    rows = Meeting.objects.select_for_update(no_key=True, of=("self",))
    meeting = rows.select_related("committee__unit__calendar").filter(pk=meeting_id).first()
    if meeting is None:
        raise no_such_meeting()
    if expected_version is not None and expected_version != meeting.version:
        raise Conflict(
            "stale_version",
            f"You saw version {expected_version} of meeting {meeting.number}; it is at version "
            f"{meeting.version} now. Load it again and look before you act.",
            extra={"present": {"number": meeting.number, "version": meeting.version}},
        )
    return meeting


def require_meeting_leader(committee: Committee, words: str, actor: Actor, at: datetime) -> UUID:
    """Return who acts, if they lead the body or keep its minutes. Raises Forbidden."""
    subject = ("committee", str(committee.pk), committee.name)
    person = person_of(actor, words=words, subject=subject)
    people = may_lead(committee=committee, at=at)
    if person in {one.pk for one in people}:
        return person
    raise Forbidden(
        "not_your_part",
        f"You cannot {words}: the chair, the vice chair or the secretary does.",
        who_can=[one.name for one in people],
        recorded=True,
        subject=subject,
    )


def record_meeting(
    verb: str,
    meeting: Meeting,
    actor: Actor,
    at: datetime,
    *,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> int:
    """Write what happened to a meeting, and return the entry's number."""
    told: Label = Personal(reason, kind="text") if reason else ""
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("meeting", str(meeting.pk), f"meeting {meeting.number}"),
        reason=told,
        after={"state": meeting.state, "version": meeting.version},
        details=details,
        touched=[f"governance_meeting:{meeting.pk}"],
    )


def text_of(
    text: str, name: str, words: str, *, needed: bool = True, longest: int = LONGEST
) -> str:
    """Return a text without its margins. Raises Invalid at its field."""
    given = text.strip()
    if needed and not given:
        raise Invalid("text_needed", words, fields={name: words})
    if "\x00" in given or len(given) > longest:
        told = f"A text of at most {longest} characters."
        raise Invalid("text_not_right", told, fields={name: told})
    return given


def _check_call(committee: Committee, call: Call, at: datetime) -> None:
    text_of(call.title, "title", "A title is needed.", longest=200)
    text_of(call.place, "place", "", needed=False, longest=300)
    link = text_of(call.link, "link", "", needed=False, longest=500)
    text_of(call.urgent_reason, "urgent_reason", "", needed=False)
    if not call.place.strip() and not link:
        words = "Say where it is held, or give the link."
        raise Invalid("place_needed", words, fields={"place": words})
    if link and not link.startswith(("https://", "http://")):
        words = "A link begins with https://."
        raise Invalid("link_not_right", words, fields={"link": words})
    _check_notice(committee, call, at)


def _check_notice(committee: Committee, call: Call, at: datetime) -> None:
    fault = notice_fault(
        starts_at=call.starts_at,
        at=at,
        earliest=earliest_start(committee=committee, urgent=call.urgent, at=at),
        urgent=call.urgent,
        reason=call.urgent_reason,
    )
    if fault:
        field = "urgent_reason" if call.urgent and "Say why" in fault else "starts_at"
        raise Invalid("notice_too_short", fault, fields={field: fault})


def _call_of(meeting: Meeting) -> Call:
    return Call(
        title=meeting.title,
        starts_at=meeting.starts_at,
        urgent=meeting.urgent,
        urgent_reason=meeting.urgent_reason,
    )


def _add(
    meeting: Meeting, items: Sequence[Item], person: UUID, actor: Actor, at: datetime
) -> list[AgendaItem]:
    """Write the items, and convene on their motions for the beginning of the meeting."""
    taken = meeting.items.count()
    if taken + len(items) > MOST_ITEMS:
        words = f"An agenda has at most {MOST_ITEMS} items."
        raise Invalid("agenda_too_long", words, fields={"items": words})
    if repeated(str(item.decision_id) for item in items if item.decision_id is not None):
        words = "A motion stands on an agenda once."
        raise Invalid("motion_twice", words, fields={"items": words})
    decisions = _locked_motions(meeting, items)
    return [
        _write(meeting, place, item, decisions, person, actor, at)
        for place, item in enumerate(items, start=taken + 1)
    ]


def _locked_motions(meeting: Meeting, items: Sequence[Item]) -> dict[UUID, Decision]:
    """Lock the motions of the items, each after its incident, in one order for everybody."""
    wanted = [item.decision_id for item in items if item.decision_id is not None]
    rows = Decision.objects.filter(pk__in=wanted, committee=meeting.committee)
    ordered = list(rows.order_by("incident_id", "pk").values_list("pk", flat=True))
    if len(ordered) != len(set(wanted)):
        words = "There is no such motion before this body."
        raise Invalid("unknown_motion", words, fields={"items": words})
    return {pk: lock_with_incident(pk, None) for pk in ordered}


def _write(
    meeting: Meeting,
    place: int,
    item: Item,
    decisions: Mapping[UUID, Decision],
    person: UUID,
    actor: Actor,
    at: datetime,
) -> AgendaItem:
    decision = decisions[item.decision_id] if item.decision_id is not None else None
    if item.kind not in Kind.values or (decision is None) != (item.kind == Kind.FREE):
        words = "An item is 'motion' or 'consent' with its motion, or 'free' with a title."
        raise Invalid("item_not_right", words, fields={"items": words})
    if decision is not None and meeting.items.filter(decision=decision).exists():
        words = f"Motion {decision.number} stands on the agenda already."
        raise Invalid("motion_twice", words, fields={"items": words})
    if decision is not None and item.kind == Kind.CONSENT:
        _check_consent(decision)
    title = item.title if decision is None else decision.title
    row = AgendaItem(
        meeting=meeting,
        position=place,
        kind=item.kind,
        title=text_of(title, "items", "Give the item a title.", longest=200),
        decision=decision,
    )
    row.save(force_insert=True, at=at)
    if decision is not None:
        _take(meeting, decision, person, actor, at)
    return row


def _check_consent(decision: Decision) -> None:
    incident = decision.incident
    case = ConsentCase(
        severity=incident.severity,
        risk_tier=incident.risk_tier,
        kinds=list(decision.motion_actions.values_list("type", flat=True)),
        has_conditions=bool(decision.conditions),
    )
    fault = consent_fault(case, document_of_case(incident).meetings)
    if fault:
        words = f"Motion {decision.number} is not for the consent agenda: {fault}."
        raise Invalid("not_for_consent", words, fields={"items": words})


def _take(meeting: Meeting, decision: Decision, person: UUID, actor: Actor, at: datetime) -> None:
    """Let the vote on a motion open when the meeting begins."""
    is_draft = decision.state == Decision.State.DRAFT
    waits = decision.state == Decision.State.OPEN and decision.procedure == "meeting"
    if not is_draft and not (waits and not decision.ballots.exists()):
        words = f"Motion {decision.number} is voted on already, or has ended."
        raise Invalid("vote_has_begun", words, fields={"items": words})
    check_targets(decision)
    call_members(decision=decision, at=at)
    if waits:
        set_times(decision=decision, opens=meeting.starts_at, at=at)
        record_motion("motion.moved", decision, actor, at, details={"meeting": meeting.number})
        return
    decision.procedure, decision.convened_by_id = "meeting", person
    open_round(
        decision=decision,
        closes_in=None,
        urgent=meeting.urgent,
        actor=actor,
        at=at,
        opens=meeting.starts_at,
    )
    decision.refresh_from_db()
    if decision.state == Decision.State.OPEN and not decision.feasible:
        lift_inquorate(decision, at)


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


def _at_state(meeting: Meeting, *states: str) -> None:
    if meeting.state not in states:
        raise Conflict(
            "state_does_not_allow",
            f"Meeting {meeting.number} is {meeting.get_state_display().lower()}.",
            extra={"present": {"number": meeting.number, "state": meeting.state}},
        )


def _step(meeting: Meeting, at: datetime) -> None:
    meeting.version += 1
    meeting.save(at=at)


def _number(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('governance_meeting_number')")
        return f"M-{at.year}-{cursor.fetchone()[0]:02d}"
