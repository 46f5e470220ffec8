"""Minutes from the records: what is gathered, and what is printed of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from governance.models import AgendaItem, Decision, Meeting, Minutes, RecordedDecision
from governance.rules.minutes import Section, minutes_hash, people_in, sections_of
from governance.selectors.meetings import (
    agenda_of,
    attendance_of,
    is_countersigned,
    meetings_visible_to,
    recorded_votes_of,
)
from governance.selectors.rounds import RUNNING
from incidents.selectors.visibility import incidents_visible_to
from ledger.rules.refusals import Missing
from registry.models import User
from registry.services.signatures import is_valid

STANDING = (Minutes.State.DRAFT, Minutes.State.SIGNED, Minutes.State.APPROVED)
Content = dict[str, Any]


def content_of_meeting(meeting: Meeting) -> Content:
    """Return the minutes of a meeting as its records have them now; persons are named by id."""
    return {
        "record": "minutes of a meeting",
        "committee": meeting.committee.name,
        "meeting": {
            "number": meeting.number,
            "title": meeting.title,
            "starts_at": _when(meeting.starts_at),
            "place": meeting.place,
            "link": meeting.link,
            "urgent": meeting.urgent,
            "urgent_reason": meeting.urgent_reason,
            "convened_by": {"person": str(meeting.convened_by_id)},
            "notice_sent_at": _when(meeting.notice_sent_at),
            "opened_at": _when(meeting.opened_at),
            "ended_at": _when(meeting.ended_at),
        },
        "attendance": [
            {
                "person": str(row.person_id),
                "standing": row.standing,
                "function": row.function,
                "note": row.note,
            }
            for row in attendance_of(meeting)
        ],
        "items": [_item(row) for row in agenda_of(meeting)],
    }


def content_of_round(decision: Decision) -> Content:
    """Return the minutes of a round that was held in writing, or decided outside."""
    return {
        "record": "minutes of a round",
        "committee": decision.committee.name,
        "meeting": None,
        "attendance": [],
        "items": [
            {
                "position": 0,
                "kind": "motion",
                "title": decision.title,
                "note": "",
                "lifted": None,
                "motion": _motion(decision),
            }
        ],
    }


def content_of(row: Minutes) -> dict[str, Any]:
    """Return what the records say now of what the minutes are about."""
    return content_of_subject(row.meeting, row.decision)


def record_of(row: Minutes) -> dict[str, Any]:
    """Return what the chair and the second person sign."""
    return {"record": "minutes", "sha256": row.sha256, "draft": row.number}


def is_intact(row: Minutes) -> bool:
    """Whether minutes read as they were signed, by everybody who has signed them."""
    signatures = [one for one in (row.chair_signature, row.second_signature) if one is not None]
    whole = minutes_hash(row.content) == row.sha256
    return whole and all(is_valid(one, record_of(row)) for one in signatures)


def content_of_subject(meeting: Meeting | None, decision: Decision | None) -> Content:
    """Return what the records say now of a meeting, or of a round. Raises Missing."""
    if meeting is not None:
        return content_of_meeting(meeting)
    if decision is None:
        raise Missing("unknown_minutes", "There are no such minutes.")
    return content_of_round(decision)


def standing_minutes(*, meeting: Meeting | None, decision: Decision | None) -> Minutes | None:
    """Return the draft or the approved minutes that stand, None before the first draft."""
    rows = Minutes.objects.filter(meeting=meeting, decision=decision, state__in=STANDING)
    return rows.select_related(
        "drafted_by", "chair", "second", "chair_signature", "second_signature",
        "meeting__committee", "decision__committee",
    ).first()  # fmt: skip


def printed(content: Mapping[str, Any]) -> tuple[Section, ...]:
    """Return the sections of minutes with the names as they stand now."""
    ids = [UUID(one) for one in people_in(content)]
    rows = User.objects.filter(pk__in=ids).values_list("pk", "name")
    return sections_of(content, {str(pk): name for pk, name in rows})


def sections_of_minutes(row: Minutes) -> tuple[Section, ...]:
    """Return the sections of minutes as they were frozen."""
    return printed(orjson.loads(row.content))


def subject_of_number(
    *, number: str, user: User, at: datetime
) -> tuple[Meeting | None, Decision | None]:
    """Return the meeting or the round that a number names, of those that somebody may see.

    A meeting's minutes are for who may see all of its motions. Raises Missing.
    """
    meeting = meetings_visible_to(user=user, at=at).filter(number=number[:20]).first()
    if meeting is not None:
        _require_whole(meeting, user, at)
        return meeting, None
    visible = incidents_visible_to(user=user, at=at)
    rows = Decision.objects.filter(number=number[:20], incident__in=visible.values("pk"))
    decision = rows.select_related("incident__system", "committee__unit").first()
    if decision is None:
        raise Missing("unknown_minutes", "There are no such minutes that you may see.")
    return None, decision


def _require_whole(meeting: Meeting, user: User, at: datetime) -> None:
    decided = meeting.items.filter(decision__isnull=False)
    cases = set(decided.values_list("decision__incident_id", flat=True))
    if incidents_visible_to(user=user, at=at).filter(pk__in=cases).count() < len(cases):
        raise Missing(
            "unknown_minutes",
            "These minutes hold motions on cases that you may not see.",
        )


def rounds_to_be_minuted(*, meeting: Meeting) -> QuerySet[AgendaItem]:
    """Return the items whose vote has not ended; minutes are approved when none is left."""
    return meeting.items.filter(decision__state__in=RUNNING).order_by("position")


def _item(row: AgendaItem) -> Content:
    lifted = None
    if row.lifted_at is not None:
        lifted = {
            "person": str(row.lifted_by_id) if row.lifted_by_id else "",
            "reason": row.lifted_reason,
            "at": _when(row.lifted_at),
        }
    return {
        "position": row.position,
        "kind": row.kind,
        "title": row.title,
        "note": row.note,
        "lifted": lifted,
        "motion": _motion(row.decision) if row.decision is not None else None,
    }


def _motion(decision: Decision) -> Content:
    is_over = decision.state not in RUNNING
    return {
        "number": decision.number,
        "incident": decision.incident.number,
        "title": decision.title,
        "reason": decision.reason,
        "sha256": decision.motion_sha256,
        "state": decision.get_state_display(),
        "procedure": "in a meeting" if decision.procedure == "meeting" else "in writing",
        "round": decision.round,
        "actions": [
            {
                "position": row.position,
                "words": row.words,
                "person": str(row.executor_id),
                "due": row.due,
            }
            for row in decision.motion_actions.order_by("position")
        ],
        "conditions": [
            {
                key: str(one.get(key) or "")
                for key in ("text", "owner", "due", "evidence", "on_overdue")
            }
            for one in decision.conditions
        ],
        "recusals": [
            {"person": str(row.person_id), "by_rule": row.by_rule, "reason": row.reason}
            for row in decision.recusals.order_by("pk")
        ],
        "votes": _votes(decision) if is_over else [],
        "voided": _voided(decision) if is_over else [],
        "uncounted": _uncounted(decision) if is_over else [],
        "resolution": _resolution(decision),
        "outside": _outside(decision),
        "dissents": [
            {"person": str(row.person_id), "text": row.text, "at": _when(row.at)}
            for row in decision.dissents.order_by("pk")
        ],
        "demands": [
            {"person": str(row.person_id), "reason": row.reason}
            for row in decision.meeting_demands.order_by("pk")
        ],
    }


def _votes(decision: Decision) -> list[Content]:
    """The ballot of each seat that counted, and the casting one."""
    functions = dict(decision.electors.values_list("number", "function"))
    seated = dict(decision.electors.values_list("number", "seated_id"))
    rows = decision.ballots.filter(
        motion_sha256=decision.motion_sha256, void__isnull=True
    ).select_related("signature__listed", "countersignature")
    newest = {(row.seat_number, row.casting): row for row in rows.order_by("pk")}
    return [
        {
            "seat": number,
            "function": f"{functions.get(number, '')}, casting"
            if casting
            else functions.get(number, ""),
            "person": str(row.person_id),
            "vote": row.vote,
            "reason": row.reason,
            "how": _how(row),
            "signature": str(row.signature_id),
        }
        for (number, casting), row in sorted(newest.items())
        if casting or seated.get(number) == row.person_id
    ]


def _how(ballot: Any) -> str:
    if getattr(ballot, "countersignature", None) is not None:
        return "countersigned"
    return "list" if getattr(ballot.signature, "listed", None) is not None else ""


def _voided(decision: Decision) -> list[Content]:
    rows = decision.voids.select_related("ballot").order_by("pk")
    return [{"person": str(row.ballot.person_id), "reason": row.reason} for row in rows]


def _uncounted(decision: Decision) -> list[Content]:
    return [
        {"person": str(row.person_id), "seat": row.seat_number}
        for row in recorded_votes_of(decision)
        if not is_countersigned(row)
    ]


def _resolution(decision: Decision) -> Content | None:
    found = getattr(decision, "resolution", None)
    if found is None:
        return None
    certified = {"person": str(found.certified_by_id)} if found.certified_by_id else None
    return {
        "outcome": found.outcome,
        "words": found.words,
        "eligible": found.eligible,
        "present": found.present,
        "for": found.votes_for,
        "against": found.votes_against,
        "abstained": found.abstentions,
        "at": _when(found.at),
        "entry": found.entry_number,
        "certified_by": certified,
    }


def _outside(decision: Decision) -> Content | None:
    row = decision.recorded_decisions.filter(state=RecordedDecision.State.CERTIFIED).first()
    if row is None:
        return None
    return {
        "decided_at": _when(row.decided_at),
        "sha256": row.sha256,
        "file": row.file_name,
        "certified_by": [{"person": str(row.first_by_id)}, {"person": str(row.second_by_id)}],
    }


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else ""
