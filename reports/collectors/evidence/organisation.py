"""Evidence of what the organisation does as a whole: cases walked, drills, minutes, concerns."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet

from governance.models import AuthorityRequest, Drill, Minutes
from incidents.models import Incident
from ledger.rules.worded import term
from ledger.selectors.at_once import Question, Rows
from registry.models import Concern
from reports.collectors.evidence.incidents import began
from reports.collectors.evidence.lines import Total, counted, read_totals, together, total
from reports.rules.evidence import Found, Piece
from reports.selectors.control_ground import Footing, Ground

# Wanted in any case; the others only where something came in.
ALWAYS = {
    "case_tried": "No case and no drill has been closed",
    "drills": "No drill has been run",
    "meetings": "No minutes are approved",
}
CAME_IN = {
    "concerns": "unread for more than a day",
    "authority_requests": "unanswered past their time",
}
SOURCES = (*ALWAYS, *CAME_IN)
# After a day unread the organisation is deemed to know of a concern (CLK-05).
UNREAD = timedelta(hours=24)


def asked(ground: Footing) -> Mapping[str, Question]:
    """Return what to ask of the whole organisation."""
    return {"totals": together(*_totals(ground))}


def told(ground: Ground, answers: Mapping[str, Rows]) -> Mapping[str, Found]:
    """Return what is on record of the whole organisation."""
    found = read_totals(answers["totals"])
    always = {source: _wanted(found.get(source), words) for source, words in ALWAYS.items()}
    return always | {
        source: _came_in(found.get(source), words) for source, words in CAME_IN.items()
    }


def _totals(ground: Footing) -> list[QuerySet[Any]]:
    return [
        total("case_tried", Incident.objects.filter(state="CLOSED"), at="closed_at"),
        total("drills", Drill.objects.filter(state=Drill.State.ENDED), at="ended_at"),
        total("meetings", Minutes.objects.filter(state="approved"), at="approved_at"),
        total(
            "concerns",
            Concern.objects.filter(began(ground, "received_at")),
            at="received_at",
            wanting=Q(state=Concern.State.RECEIVED, received_at__lt=ground.at - UNREAD),
        ),
        total(
            "authority_requests",
            AuthorityRequest.objects.filter(began(ground, "received_at")),
            at="received_at",
            wanting=Q(sent_at__isnull=True, due_at__lt=ground.at),
        ),
    ]


def _wanted(known: Total | None, words: str) -> Found:
    if known is None:
        return Found(organisation=Piece(lacks=term(words)))
    return Found(organisation=Piece(count=known.number, newest=known.newest))


def _came_in(known: Total | None, words: str) -> Found:
    if known is None:
        return Found()
    lacks = counted(known.wanting, known.number, words) if known.wanting else ""
    return Found(organisation=Piece(count=known.number, newest=known.newest, lacks=lacks))
