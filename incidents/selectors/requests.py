"""Requests for information: what the committee asked, how often, and how long its clock rested."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.models import Incident, Transition
from incidents.rules.asking import DEFAULT_PAUSE, DEFAULT_REQUESTS
from incidents.rules.plan import from_text

COMMAND = "request_information"


@dataclass(frozen=True, slots=True)
class Request:
    """One request: what was asked, when, until when, and when the decision was due then."""

    questions: tuple[str, ...]
    asked_at: datetime
    due_at: datetime
    decision_due_at: datetime | None
    words: str


def requests_of(incident: Incident) -> list[Request]:
    """Return the requests of this cycle, the newest first."""
    rows = Transition.objects.filter(incident=incident, cycle=incident.cycle, command=COMMAND)
    return [_request(row) for row in rows.order_by("-version")]


def requests_left(incident: Incident) -> int:
    """Return how often information may still be requested in this cycle."""
    allowed = from_text(incident.plan).limits.get("information_requests") or DEFAULT_REQUESTS
    return max(0, int(allowed) - len(requests_of(incident)))


def unanswered(incident: Incident) -> Request | None:
    """Return the newest request after which the case has not been back at the decision."""
    rows = Transition.objects.filter(incident=incident, cycle=incident.cycle)
    newest = rows.filter(command=COMMAND).order_by("-version").first()
    if newest is None:
        return None
    back = rows.filter(version__gt=newest.version, to_state=Incident.State.DECISION)
    return None if back.exists() else _request(newest)


def pause_of(incident: Incident) -> str:
    """Return for how long the committee's own clock may rest for a request, as a duration."""
    return from_text(incident.plan).limits.get("information_pause") or DEFAULT_PAUSE


def _request(row: Transition) -> Request:
    told: dict[str, Any] = row.payload
    questions: Sequence[Any] = told.get("questions") or ()
    due = told.get("stage_due_at")
    return Request(
        questions=tuple(str(one) for one in questions),
        asked_at=row.at,
        due_at=datetime.fromisoformat(str(told["due_at"])),
        decision_due_at=datetime.fromisoformat(str(due)) if due else None,
        words=row.reason,
    )
