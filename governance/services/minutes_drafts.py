"""Drafts of minutes: drawn up from the records, at once when a meeting ends, anew when they change.

What a draft says is never typed. A draft that the records have left behind is replaced, visibly.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from governance.models import AgendaItem, Decision, Meeting, Minutes
from governance.rules.minutes import minutes_hash, minutes_text
from governance.selectors.minutes import content_of_subject, standing_minutes
from governance.selectors.rounds import RUNNING
from governance.services.engine import RETURNING_OFFICER
from governance.services.meeting_records import lock_meeting
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict
from ledger.services.entries import append_entry

State = Minutes.State
JOB = "minutes"
MOST = 20


def draw_up(
    *, meeting: Meeting | None, decision: Decision | None, person: UUID, actor: Actor, at: datetime
) -> Minutes:
    """Write a draft of what the records say now; the caller holds the lock of what it is of.

    An earlier draft is replaced, visibly. Raises Conflict once they are approved.
    """
    earlier = standing_minutes(meeting=meeting, decision=decision)
    if earlier is not None and earlier.state == State.APPROVED:
        raise Conflict(
            "minutes_approved", "The minutes are approved; what is to be added is an addendum."
        )
    if earlier is not None:
        earlier.state = State.REPLACED
        earlier.save(at=at)
    text = minutes_text(content_of_subject(meeting, decision))
    newest = Minutes.objects.filter(meeting=meeting, decision=decision).aggregate(Max("number"))
    row = Minutes(
        id=uuid4(),
        meeting=meeting,
        decision=decision,
        number=(newest["number__max"] or 0) + 1,
        content=text,
        sha256=minutes_hash(text),
        drafted_by_id=person,
        drafted_at=at,
    )
    row.save(force_insert=True, at=at)
    record_minutes("minutes.drafted", row, actor, at, details={"draft": row.number})
    return row


def keep_draft_up(meeting: Meeting, person: UUID, actor: Actor, at: datetime) -> None:
    """Draw a meeting's draft up anew if the records have left it behind; signed ones stay.

    The caller holds the lock of the meeting.
    """
    row = standing_minutes(meeting=meeting, decision=None)
    if row is None or row.state != State.DRAFT:
        return
    if minutes_hash(minutes_text(content_of_subject(meeting, None))) != row.sha256:
        draw_up(meeting=meeting, decision=None, person=person, actor=actor, at=at)


def complete_drafts(at: datetime) -> int:
    """Draw up anew the drafts of meetings whose last vote was counted since; returns how many.

    A job of every sweep: a vote may close after its meeting.
    """
    return sum(_complete(pk, at) for pk in _left_behind())


def _left_behind() -> list[UUID]:
    items = AgendaItem.objects.filter(meeting_id=OuterRef("meeting_id"), decision__isnull=False)
    counted = items.filter(decision__closed_at__gt=OuterRef("drafted_at"))
    running = items.filter(decision__state__in=RUNNING)
    rows = Minutes.objects.filter(Exists(counted), ~Exists(running), state=State.DRAFT)
    return list(rows.order_by("drafted_at").values_list("meeting_id", flat=True)[:MOST])


@retried
@transaction.atomic
def _complete(meeting_id: UUID, at: datetime) -> int:
    meeting = lock_meeting(meeting_id)
    row = standing_minutes(meeting=meeting, decision=None)
    if row is None or row.state != State.DRAFT:
        return 0
    with acting_as(RETURNING_OFFICER):
        # Whoever drew the first draft up keeps the minutes; the machine only completes them.
        draw_up(
            meeting=meeting,
            decision=None,
            person=row.drafted_by_id,
            actor=RETURNING_OFFICER,
            at=at,
        )
    return 1


def label_of(row: Minutes) -> str:
    """Say what minutes are of: 'meeting M-2026-01'."""
    if row.meeting is not None:
        return f"meeting {row.meeting.number}"
    return f"motion {row.decision.number}" if row.decision is not None else ""


def subject_of(row: Minutes) -> tuple[str, str, str]:
    """Return minutes as the subject of an entry: type, id, label."""
    return ("minutes", str(row.pk), f"minutes of {label_of(row)}")


def record_minutes(
    verb: str,
    row: Minutes,
    actor: Actor,
    at: datetime,
    *,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Write what happened to minutes, with their hash, and return the entry's number."""
    decision = row.decision
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=subject_of(row),
        incident_id=decision.incident_id if decision is not None else None,
        after={"state": row.state, "sha256": row.sha256},
        details=details,
        touched=[f"governance_minutes:{row.pk}"],
    )
