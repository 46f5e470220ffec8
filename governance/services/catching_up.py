"""After a downtime: what a person should have been told is told once, in one digest, in order."""

from datetime import datetime

from django.conf import settings

from outbox.models import Message
from outbox.services.messages import queue_mail
from registry.models import User

LEAD = (
    "For a time nothing was sent. These steps are late; each was taken once, in order, and every "
    "next level waits until you had time to answer."
)


def add_to_digest(*, person: User, text: str, drill: bool, at: datetime) -> Message:
    """Add a line to the digest of what one sweep found late for a person, or begin it.

    The caller's transaction holds it: a digest and the firings that it tells of come together.
    """
    text = " ".join(text.split())
    key = f"catch-up:{person.pk}:{at.isoformat()}{':drill' if drill else ''}"
    waiting = (
        Message.objects.select_for_update()
        .filter(key__startswith=key, state=Message.State.QUEUED)
        .first()
    )
    if waiting is None:
        begun = Message.objects.filter(key__startswith=key).count()
        return queue_mail(
            key=f"{key}:{begun}" if begun else key,
            person_id=person.pk,
            address=person.email,
            subject=_subject(1),
            body=f"{LEAD}\n\n{text}\n\n{settings.PUBLIC_URL}/\n",
            at=at,
            drill=drill,
        )
    lines = [*_lines(waiting.body), text]
    waiting.body = f"{LEAD}\n\n" + "\n".join(lines) + f"\n\n{settings.PUBLIC_URL}/\n"
    marked = "DRILL " if drill else ""
    waiting.subject = f"{marked}{_subject(len(lines))}"
    waiting.save(update_fields=["body", "subject"])
    return waiting


def _lines(body: str) -> list[str]:
    return body.split("\n\n")[1].splitlines()


def _subject(count: int) -> str:
    what = "1 matter" if count == 1 else f"{count} matters"
    return f"Catch up on {what}: overdue, told late"
