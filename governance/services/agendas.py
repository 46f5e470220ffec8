"""Agendas: what is put on them, the votes that open with the meeting, what came of an item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import AgendaItem, Decision, Meeting
from governance.rules.meetings import MOST_ITEMS, ConsentCase, consent_fault, repeated
from governance.selectors.levels import document_of_case
from governance.selectors.meetings import no_such_meeting
from governance.selectors.protective_order import check_order
from governance.services.lifting import lift_inquorate
from governance.services.meeting_calls import call_of, check_notice
from governance.services.meeting_notices import invite
from governance.services.meeting_records import (
    lock_meeting,
    record_meeting,
    require_meeting_leader,
    require_state,
    step,
    text_of,
)
from governance.services.meeting_rounds import set_times
from governance.services.minutes_drafts import keep_draft_up
from governance.services.motion_records import call_members, record_motion
from governance.services.rounds import check_targets, lock_with_incident, open_round
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded

State, Kind = Meeting.State, AgendaItem.Kind


@dataclass(frozen=True, slots=True)
class Item:
    """An item to put on an agenda: its kind, its motion, or its title where it has none."""

    kind: str
    decision_id: UUID | None = None
    title: str = ""


@transaction.atomic
def add_item(*, meeting_id: UUID, item: Item, actor: Actor, at: datetime) -> AgendaItem:
    """Put another item on the agenda of a meeting that has not begun; motions with due notice.

    Raises Missing, Forbidden, Conflict, Invalid.
    """
    meeting = lock_meeting(meeting_id)
    person = require_meeting_leader(meeting.committee, "change the agenda", actor, at)
    require_state(meeting, State.PLANNED)
    if item.kind != Kind.FREE:
        check_notice(meeting.committee, call_of(meeting), at)
    (row,) = put_items(meeting, [item], person, actor, at)
    step(meeting, at)
    record_meeting("meeting.item_added", meeting, actor, at, details={"position": row.position})
    invite(meeting, at, why=f"item:{row.position}")
    return row


@transaction.atomic
def note_item(*, item_id: UUID, note: str, actor: Actor, at: datetime) -> AgendaItem:
    """Note what came of an item of a meeting that is open or has ended; a draft says it at once.

    Raises Missing, Conflict, Forbidden, Invalid.
    """
    known = AgendaItem.objects.filter(pk=item_id).first()
    if known is None:
        raise no_such_meeting()
    meeting = lock_meeting(known.meeting_id)
    person = require_meeting_leader(meeting.committee, "note what came of an item", actor, at)
    require_state(meeting, State.OPEN, State.ENDED)
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
    keep_draft_up(meeting, person, actor, at)
    return known


def put_items(
    meeting: Meeting, items: Sequence[Item], person: UUID, actor: Actor, at: datetime
) -> list[AgendaItem]:
    """Write the items, and convene on their motions for the beginning of the meeting."""
    taken = meeting.items.count()
    if taken + len(items) > MOST_ITEMS:
        words = worded("An agenda has at most {most_items} items.", most_items=MOST_ITEMS)
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
        words = worded("Motion {number} stands on the agenda already.", number=decision.number)
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
        words = worded(
            "Motion {number} is not for the consent agenda: {fault}.",
            number=decision.number,
            fault=fault,
        )
        raise Invalid("not_for_consent", words, fields={"items": words})


def _take(meeting: Meeting, decision: Decision, person: UUID, actor: Actor, at: datetime) -> None:
    """Let the vote on a motion open when the meeting begins."""
    is_draft = decision.state == Decision.State.DRAFT
    waits = decision.state == Decision.State.OPEN and decision.procedure == "meeting"
    if not is_draft and not (waits and not decision.ballots.exists()):
        words = worded("Motion {number} is voted on already, or has ended.", number=decision.number)
        raise Invalid("vote_has_begun", words, fields={"items": words})
    check_targets(decision)
    check_order(decision)
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
