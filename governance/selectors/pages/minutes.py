"""The page of minutes: the record as it stands, what was added, what the reader may do."""

from datetime import datetime
from typing import Any

from governance.models import Decision, Meeting, Minutes
from governance.rules.minutes import minutes_hash, minutes_text
from governance.selectors.committees import leaders_of
from governance.selectors.meetings import is_member, keeps_minutes
from governance.selectors.minutes import (
    content_of,
    is_intact,
    rounds_to_be_minuted,
    sections_of_minutes,
    standing_minutes,
)
from governance.selectors.minutes_left import Left, left_for_people
from governance.selectors.pages.sections import signature
from governance.selectors.rounds import RUNNING
from ledger.rules.worded import word, worded
from registry.models import User

TONES = {"draft": "pending", "signed": "current", "approved": "ok"}
Page = dict[str, Any]


def minutes_page(
    *, meeting: Meeting | None, decision: Decision | None, reader: User, at: datetime
) -> Page:
    """Return what templates/governance/meetings/minutes.html shows, but for the forms."""
    row = standing_minutes(meeting=meeting, decision=decision)
    subject = meeting or decision
    assert subject is not None
    is_behind = row is not None and row.state != Minutes.State.APPROVED and _is_behind(row)
    page = {
        "at": at,
        "meeting": meeting,
        "decision": decision,
        "number": subject.number,
        "committee": subject.committee,
        "title": _title(subject.number, of_meeting=meeting is not None),
        "under": _under(row, subject.committee.name),
        "row": row,
        "tone": TONES[row.state] if row else "none",
        "sections": sections_of_minutes(row) if row else (),
        "is_behind": is_behind,
        "is_intact": row is None or is_intact(row),
        "still_open": rounds_to_be_minuted(meeting=meeting) if meeting else [],
        "left": _left(meeting, row),
        "signatures": _signatures(row),
        "addenda": _related(row, "addenda", "by", "signature"),
        "narratives": _related(row, "narratives", "by"),
        "has_ended": meeting.state == Meeting.State.ENDED
        if meeting
        else subject.state not in RUNNING,
    }
    return page | {"offered": _offered(page, reader, at)}


def _title(number: str, *, of_meeting: bool) -> str:
    if of_meeting:
        return worded("Minutes of meeting {number}", number=number)
    return worded("Minutes of motion {number}", number=number)


def _left(meeting: Meeting | None, row: Minutes | None) -> list[Left]:
    """What people may still add; nothing where the minutes are signed or nothing has ended."""
    if meeting is None or row is None or row.state != Minutes.State.DRAFT:
        return []
    return left_for_people(meeting)


def _is_behind(row: Minutes) -> bool:
    """Whether the records say something else since the draft."""
    return minutes_hash(minutes_text(content_of(row))) != row.sha256


def _under(row: Minutes | None, committee: str) -> str:
    if row is None:
        return committee
    return f"{committee}. {row.get_state_display()}. Draft {row.number}, record {row.sha256}"


def _signatures(row: Minutes | None) -> list[dict[str, Any]]:
    if row is None:
        return []
    given = (
        (row.chair_signature, word("Certified as chair")),
        (row.second_signature, word("Approved as second person")),
    )
    return [
        signature(one, words, one.payload_sha256, None) for one, words in given if one is not None
    ]


def _related(row: Minutes | None, name: str, *joined: str) -> list[Any]:
    if row is None:
        return []
    return list(getattr(row, name).select_related(*joined).order_by("pk"))


def _offered(page: Page, reader: User, at: datetime) -> list[str]:
    """What the reader can do here now."""
    row, committee = page["row"], page["committee"]
    keeps = keeps_minutes(committee=committee, user=reader, at=at)
    found = []
    if keeps and page["has_ended"] and (row is None or page["is_behind"]):
        found.append("draft")
    if row is not None and _may_sign(page, reader, at):
        found.append("sign")
    if keeps and row is not None:
        found += ["addendum", "narrative"] if row.state == "approved" else ["narrative"]
    return found


def _may_sign(page: Page, reader: User, at: datetime) -> bool:
    row, committee = page["row"], page["committee"]
    if page["is_behind"] or (page["meeting"] and page["still_open"].exists()):
        return False
    leads = reader.pk in {one.pk for one in leaders_of(committee=committee, at=at)}
    if row.state == "draft":
        return leads
    belongs = is_member(committee=committee, person_id=reader.pk, at=at) or keeps_minutes(
        committee=committee, user=reader, at=at
    )
    return row.state == "signed" and belongs and reader.pk != row.chair_id
