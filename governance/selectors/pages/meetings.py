"""Pages of meetings: what the templates show, and what the reader may do there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from governance.models import AgendaItem, Decision, ElectorSeat, Meeting
from governance.selectors.meetings import (
    agenda_of,
    attendance_of,
    candidates,
    consent_items,
    is_member,
    keeps_minutes,
    may_attend,
)
from governance.selectors.minutes_left import left_for_people
from governance.selectors.pages.sections import ROUND_STATES
from incidents.models import Incident
from registry.models import User
from registry.selectors.keyset import TURNING

STATES = {"planned": "pending", "open": "current", "ended": "ok", "cancelled": "none"}
NOTHING_OFFERED: dict[str, Any] = {"candidates": [], "motions_query": "", "motion_pages": {}}


def meeting_page(
    *,
    meeting: Meeting,
    visible: QuerySet[Incident],
    reader: User,
    at: datetime,
    may_act: bool = True,
    motions_after: str = "",
) -> dict[str, Any]:
    """Return what templates/governance/meetings/one.html shows, but for the forms.

    `visible` are the incidents that the reader may see; for the past nothing can be done. Of the
    motions that may be put on the agenda a page is offered, from behind a place on.
    """
    items = list(agenda_of(meeting))
    seen = set(
        visible.filter(
            pk__in=[row.decision.incident_id for row in items if row.decision]
        ).values_list("pk", flat=True)
    )
    keeps = may_act and keeps_minutes(committee=meeting.committee, user=reader, at=at)
    return {
        "at": at,
        "meeting": meeting,
        "committee": meeting.committee,
        "tone": STATES[meeting.state],
        "items": [_item(row, seen) for row in items],
        "attendance": attendance_of(meeting),
        "keeps": keeps,
        "is_member": is_member(committee=meeting.committee, person_id=reader.pk, at=at),
        "minutes": meeting.minutes.exclude(state="replaced").first(),
        "unnoted": any(row.kind == AgendaItem.Kind.FREE and not row.note for row in items),
        "left": left_for_people(meeting) if keeps and meeting.state == "open" else [],
        "began": meeting.notice_sent_at,
        "consent": votable(meeting, reader, at) if may_act else [],
        "liftable": [row for row in consent_items(meeting) if may_act and _is_open(row)],
        "people": may_attend(committee=meeting.committee, at=at) if keeps else [],
        **(_offered(meeting, visible, motions_after) if keeps else NOTHING_OFFERED),
    }


def _offered(meeting: Meeting, visible: QuerySet[Incident], after: str) -> dict[str, Any]:
    """A page of the motions that may be put on the agenda of a meeting, and the ways on."""
    found, later = candidates(committee=meeting.committee, visible=visible, after=after)
    return {
        "candidates": found,
        "motions_query": f"?{urlencode({'motions_after': after})}" if after else "",
        "motion_pages": {
            "shown": len(found),
            "newer_url": "?#add" if after else "",
            "older_url": f"?{urlencode({'motions_after': later})}#add" if later else "",
            **TURNING,
        },
    }


def votable(meeting: Meeting, reader: User, at: datetime) -> Sequence[AgendaItem]:
    """Return the consent items on which the reader may vote now."""
    begun = [
        row
        for row in consent_items(meeting)
        if row.decision is not None and _is_open(row) and _has_begun(row.decision, at)
    ]
    rounds = [row.decision_id for row in begun]
    seats = ElectorSeat.objects.filter(decision__in=rounds, seated_id=reader.pk)
    mine = set(seats.values_list("decision_id", flat=True))
    return [row for row in begun if row.decision_id in mine]


def _has_begun(decision: Decision, at: datetime) -> bool:
    opens, closes = decision.opens_at, decision.closes_at
    return opens is not None and closes is not None and opens <= at < closes


def _is_open(row: AgendaItem) -> bool:
    return row.decision is not None and row.decision.state == Decision.State.OPEN


def _item(row: AgendaItem, seen: set[Any]) -> dict[str, Any]:
    decision = row.decision
    is_seen = decision is None or decision.incident_id in seen
    state, word = ROUND_STATES[decision.state] if decision is not None else ("", "")
    return {"row": row, "decision": decision, "is_seen": is_seen, "state": state, "word": word}
