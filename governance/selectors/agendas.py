"""Agendas as they stand: their hash, by which papers are bound to them, and when they changed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from governance.models import AgendaItem, Decision, Meeting
from governance.selectors.meetings import agenda_of
from ledger.rules.canonical import canonical


@dataclass(frozen=True, slots=True)
class Agenda:
    """The hash of an agenda (SHA-256, hex), and when it changed last.

    It covers the items in their order, the hash of each motion, and what was lifted out or is
    void; what is noted of an item in the meeting changes no agenda.
    """

    sha256: str
    changed_at: datetime


def agenda_as_it_stands(meeting: Meeting, items: Sequence[AgendaItem] | None = None) -> Agenda:
    """Return the hash of a meeting's agenda and its last change; two queries.

    `items` are those of `agenda_of`, where the caller has read them.
    """
    rows = list(agenda_of(meeting)) if items is None else items
    text = canonical(
        {
            "record": "agenda",
            "meeting": meeting.number,
            "items": [_entry(row) for row in rows],
        }
    )
    return Agenda(hashlib.sha256(text).hexdigest(), _changed_at(meeting, rows))


def _entry(row: AgendaItem) -> dict[str, object]:
    decision = row.decision
    return {
        "position": row.position,
        "kind": row.kind,
        "title": row.title,
        "motion": decision.number if decision else "",
        "sha256": decision.motion_sha256 if decision else "",
        "lifted": row.lifted_at is not None,
        "void": decision is not None and _is_taken_away(decision),
    }


def _changed_at(meeting: Meeting, rows: Sequence[AgendaItem]) -> datetime:
    put = AgendaItem.history.filter(meeting_id=meeting.pk, history_type="+")
    instants = list(put.values_list("history_date", flat=True))
    instants += [row.lifted_at for row in rows if row.lifted_at is not None]
    for row in rows:
        decision = row.decision
        if decision is not None and _is_taken_away(decision) and decision.closed_at:
            instants.append(decision.closed_at)
    return max(instants, default=meeting.notice_sent_at)


def _is_taken_away(decision: Decision) -> bool:
    """Whether a motion was withdrawn or edited away before anybody counted votes on it."""
    counted = getattr(decision, "resolution", None) is not None
    return decision.state == Decision.State.VOID and not counted
