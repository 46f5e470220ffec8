"""The papers of a meeting, as one reader may have them: cover, agenda, what stands on each item."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from governance.models import AgendaItem, Meeting
from governance.rules.charter_words import charter_facts
from governance.selectors.agendas import agenda_as_it_stands
from governance.selectors.committees import seats_in_force, secretaries_of
from governance.selectors.meetings import agenda_of
from governance.selectors.pages.motion_papers import motion_papers
from governance.selectors.pages.visibility import decision_of_number
from incidents.models import Incident
from incidents.selectors.visibility import incidents_visible_to
from registry.models import User

Page = dict[str, Any]


def meeting_papers(*, meeting: Meeting, reader: User, at: datetime) -> Page:
    """Return what templates/reports/meeting_papers/ shows.

    A case that the reader may not see is a named gap: its item stands there, without its words.
    """
    visible = incidents_visible_to(user=reader, at=at)
    page = papers_contents(meeting=meeting, visible=visible, at=at)
    for item in page["items"]:
        if item["has_motion"] and item["is_seen"]:
            decision = decision_of_number(number=item["number"], user=reader, at=at)
            item["motion"] = motion_papers(decision=decision, reader=reader, visible=visible, at=at)
    return page | {"reader": reader, "seats": _seats(meeting, at)}


def papers_contents(*, meeting: Meeting, visible: QuerySet[Incident], at: datetime) -> Page:
    """Return the cover and the list of items, without what stands on each."""
    rows = list(agenda_of(meeting))
    cases = [row.decision.incident_id for row in rows if row.decision is not None]
    seen = set(visible.filter(pk__in=cases).values_list("pk", flat=True))
    items = [_item(row, seen) for row in rows]
    return {
        "at": at,
        "meeting": meeting,
        "committee": meeting.committee,
        "agenda": agenda_as_it_stands(meeting, rows),
        "rules": charter_facts(meeting.committee.charter),
        "items": items,
        "gaps": [one for one in items if not one["is_seen"]],
        "secretaries": [one.name for one in secretaries_of(committee=meeting.committee, at=at)],
    }


def _item(row: AgendaItem, seen: set[Any]) -> Page:
    decision = row.decision
    is_seen = decision is None or decision.incident_id in seen
    return {
        "row": row,
        "place": row.position,
        "anchor": f"item-{row.position}",
        "kind": row.get_kind_display(),
        "has_motion": decision is not None,
        "is_seen": is_seen,
        "number": decision.number if decision is not None and is_seen else "",
        "title": row.title if is_seen else "A motion on a case that you may not see",
        "case": decision.incident.number if decision is not None and is_seen else "",
        "motion": None,
    }


def _seats(meeting: Meeting, at: datetime) -> list[Page]:
    """Who sits in the body, with substitutes; nobody by name where it is a role's holders."""
    return [
        {
            "function": one.function,
            "person": one.person.name,
            "substitute": one.substitute.name if one.substitute else "",
            "chair": one.chair,
        }
        for one in seats_in_force(committee=meeting.committee, at=at)
    ]
