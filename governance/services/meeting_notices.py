"""Whom a meeting is told to: everybody who belongs to the body, and its secretaries."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from governance.models import Meeting, RecordedVote
from governance.selectors.committees import members_of, secretaries_of
from governance.selectors.meetings import agenda_of
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail
from registry.models import User
from registry.rules.instants import with_zone


def invite(meeting: Meeting, at: datetime, *, why: str = "invitation") -> None:
    """Invite everybody who belongs to the body, with the agenda and where it is held."""
    agenda = [f"{item.position}. {_title(item)}" for item in agenda_of(meeting)]
    where = " · ".join(part for part in (meeting.place, meeting.link) if part)
    urgent = f"Urgent: {meeting.urgent_reason}\n\n" if meeting.urgent else ""
    said = f"{where}\n\n{urgent}" + "\n".join(agenda)
    for person in _people(meeting, at):
        when = _when(meeting, person)
        subject = f"Attend meeting {meeting.number} on {when}: {meeting.title}"
        _tell(meeting, why, person, subject, f"{meeting.committee.name}\n{when}\n{said}", at)
    nudge("sweep")


def tell_cancelled(meeting: Meeting, reason: str, at: datetime) -> None:
    """Tell everybody who was invited that the meeting is not held."""
    words = f"{reason}\n\nThe votes open and close at the times that were told for each motion."
    for person in _people(meeting, at):
        when = _when(meeting, person)
        subject = f"Meeting {meeting.number} on {when} is cancelled: {meeting.title}"
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
        subject=f"Countersign by {by} your vote on motion {decision.number}",
        body=f"{decision.title}\n\nThe secretary recorded a vote that you called in the meeting. "
        f"It counts for nothing until you have countersigned it.\n\n{url}\n",
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
        subject=subject[:200],
        body=f"{words}\n\n{url}\n",
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
    consent = ", consent agenda" if getattr(item, "kind", "") == "consent" else ""
    return f"Motion {decision.number}{consent}"
