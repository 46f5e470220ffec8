"""Whom a meeting is told to: everybody who belongs to the body, and its secretaries."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from governance.models import Meeting, RecordedVote
from governance.selectors.committees import members_of, secretaries_of
from governance.selectors.meetings import agenda_of
from ledger.rules.worded import joined, worded
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail
from registry.models import User
from registry.rules.instants import with_zone

LONGEST = 200


def invite(meeting: Meeting, at: datetime, *, why: str = "invitation") -> None:
    """Invite everybody who belongs to the body, with the agenda and where it is held."""
    agenda = [
        worded("{place}. {title}", place=item.position, title=_title(item))
        for item in agenda_of(meeting)
    ]
    where = " · ".join(part for part in (meeting.place, meeting.link) if part)
    said = joined("\n", agenda)
    if meeting.urgent:
        said = worded("Urgent: {reason}\n\n{agenda}", reason=meeting.urgent_reason, agenda=said)
    for person in _people(meeting, at):
        when = _when(meeting, person)
        subject = worded(
            "Attend meeting {number} on {when}: {title}",
            number=meeting.number,
            when=when,
            title=meeting.title,
        )
        words = worded(
            "{body}\n{when}\n{where}\n\n{agenda}",
            body=meeting.committee.name,
            when=when,
            where=where,
            agenda=said,
        )
        _tell(meeting, why, person, subject, words, at)
    nudge("sweep")


def tell_cancelled(meeting: Meeting, reason: str, at: datetime) -> None:
    """Tell everybody who was invited that the meeting is not held."""
    words = worded(
        "{reason}\n\nThe votes open and close at the times that were told for each motion.",
        reason=reason,
    )
    for person in _people(meeting, at):
        when = _when(meeting, person)
        subject = worded(
            "Meeting {number} on {when} is cancelled: {title}",
            number=meeting.number,
            when=when,
            title=meeting.title,
        )
        _tell(meeting, "cancelled", person, subject, words, at)
    nudge("sweep")


def ask_countersignature(vote: RecordedVote, at: datetime) -> None:
    """Ask a member to countersign what the secretary recorded; uncounted until then (KOM-23)."""
    decision, person = vote.decision, vote.person
    closes = decision.closes_at or at
    by = with_zone(closes, ZoneInfo(person.zone))
    url = f"{settings.PUBLIC_URL}/committee/{decision.number}/procedure/"
    queue_mail(
        key=f"recorded:{vote.pk}:{person.pk}",
        person_id=person.pk,
        address=person.email,
        subject=worded(
            "Countersign by {when} your vote on motion {number}",
            when=by,
            number=decision.number,
        ),
        body=worded(
            "{title}\n\nThe secretary recorded a vote that you called in the meeting. "
            "It counts for nothing until you have countersigned it.\n\n{url}\n",
            title=decision.title,
            url=url,
        ),
        subject_id=decision.incident_id,
        kind="task",
        urgent=decision.urgent,
        due_at=closes,
        url=url,
        at=at,
    )
    nudge("sweep")


def _when(meeting: Meeting, person: User) -> str:
    """When it begins, in a person's own zone."""
    return with_zone(meeting.starts_at, ZoneInfo(person.zone))


def _tell(meeting: Meeting, why: str, person: User, subject: str, words: str, at: datetime) -> None:
    url = f"{settings.PUBLIC_URL}/meetings/{meeting.number}/"
    queue_mail(
        key=f"meeting:{meeting.pk}:{why}:{person.pk}",
        person_id=person.pk,
        address=person.email,
        subject=subject if len(subject) <= LONGEST else subject[:LONGEST],
        body=worded("{words}\n\n{url}\n", words=words, url=url),
        kind="task",
        urgent=meeting.urgent,
        due_at=meeting.starts_at,
        url=url,
        at=at,
    )


def _people(meeting: Meeting, at: datetime) -> list[User]:
    committee = meeting.committee
    people = [*members_of(committee=committee, at=at), *secretaries_of(committee=committee, at=at)]
    return list({one.pk: one for one in people}.values())


def _title(item: object) -> str:
    """The motion by its number alone: who may not see its case reads no more of it in a mail."""
    decision = getattr(item, "decision", None)
    if decision is None:
        return str(getattr(item, "title", ""))
    if getattr(item, "kind", "") == "consent":
        return worded("Motion {number}, consent agenda", number=decision.number)
    return worded("Motion {number}", number=decision.number)
