"""The call of a meeting: what it says, and whether its notice is long enough."""

from dataclasses import dataclass
from datetime import datetime

from governance.models import Committee, Meeting
from governance.rules.meetings import notice_fault
from governance.selectors.meetings import earliest_start
from governance.services.meeting_records import text_of
from ledger.rules.refusals import Invalid
from registry.selectors.instants import said_here


@dataclass(frozen=True, slots=True)
class Call:
    """What a meeting is convened to: title, start (UTC), place or link, urgency with its reason."""

    title: str
    starts_at: datetime
    place: str = ""
    link: str = ""
    urgent: bool = False
    urgent_reason: str = ""


def check_call(committee: Committee, call: Call, at: datetime) -> None:
    """Raise Invalid, at its field, for what a call lacks or where its notice is too short."""
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
    check_notice(committee, call, at)


def check_notice(committee: Committee, call: Call, at: datetime) -> None:
    """Raise Invalid where the charter asks for a longer notice."""
    earliest = earliest_start(committee=committee, urgent=call.urgent, at=at)
    fault = notice_fault(
        starts_at=call.starts_at,
        at=at,
        earliest=earliest,
        told=said_here(earliest),
        urgent=call.urgent,
        reason=call.urgent_reason,
    )
    if fault:
        field = "urgent_reason" if call.urgent and "Say why" in fault else "starts_at"
        raise Invalid("notice_too_short", fault, fields={field: fault})


def call_of(meeting: Meeting) -> Call:
    """Return the call by which a meeting was convened."""
    return Call(
        title=meeting.title,
        starts_at=meeting.starts_at,
        urgent=meeting.urgent,
        urgent_reason=meeting.urgent_reason,
    )
