"""What every act on a meeting needs: its lock, who leads it, its entry in the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.models import Committee, Meeting
from governance.selectors.committees import may_lead
from governance.selectors.meetings import no_such_meeting
from governance.selectors.permissions import person_of
from ledger.rules.actors import Actor
from ledger.rules.commitments import Label, Personal
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry

LONGEST = 4000


def lock_meeting(meeting_id: UUID, expected_version: int | None = None) -> Meeting:
    """Return a meeting, locked, with its body. Raises Missing, Conflict if stale."""
    rows = Meeting.objects.select_for_update(no_key=True, of=("self",))
    meeting = rows.select_related("committee__unit__calendar").filter(pk=meeting_id).first()
    if meeting is None:
        raise no_such_meeting()
    if expected_version is not None and expected_version != meeting.version:
        raise Conflict(
            "stale_version",
            worded(
                "You saw version {expected_version} of meeting {number}; it is "
                "at version {version} now. Load it again and look before you act.",
                expected_version=expected_version,
                number=meeting.number,
                version=meeting.version,
            ),
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
        worded(
            "You cannot {words}: the chair, the vice chair or the secretary does.",
            words=term(words),
        ),
        who_can=[one.name for one in people],
        recorded=True,
        subject=subject,
    )


def require_state(meeting: Meeting, *states: str) -> None:
    """Raise Conflict where a meeting stands in none of these states."""
    if meeting.state not in states:
        raise Conflict(
            "state_does_not_allow",
            worded(
                "Meeting {number} is {state}.",
                number=meeting.number,
                state=term(meeting.get_state_display(), lowered=True),
            ),
            extra={"present": {"number": meeting.number, "state": meeting.state}},
        )


def step(meeting: Meeting, at: datetime) -> None:
    """Save a meeting as its next version."""
    meeting.version += 1
    meeting.save(at=at)


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
        told = worded("A text of at most {longest} characters.", longest=longest)
        raise Invalid("text_not_right", told, fields={name: told})
    return given
