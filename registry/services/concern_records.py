"""Concerns on record: one of them locked for an officer, checked, saved, put on record, told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings

from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail
from registry.models import Concern, User
from registry.selectors.concerns import concerns_visible_to, no_such_concern

State = Concern.State


def readable_concern(concern_id: UUID, actor: Actor, at: datetime) -> Concern:
    """Return a concern, locked, that this officer may read. Raises Missing, Forbidden."""
    user: User | None = User.objects.filter(pk=actor.person).first() if actor.person else None
    if user is None:
        raise Forbidden("person_needed", "A concern is read by a person who is signed in.")
    if not concerns_visible_to(user=user, at=at).filter(pk=concern_id).exists():
        raise no_such_concern()
    return lock_concern(concern_id)


def opened_concern(concern_id: UUID, actor: Actor, at: datetime) -> Concern:
    """Return a concern, locked, on which this officer may act.

    Raises Missing, Forbidden (not theirs to see, or their own), Conflict (not read yet).
    """
    concern = readable_concern(concern_id, actor, at)
    if concern.state == State.RECEIVED:
        raise Conflict("not_read_yet", "Read it first; from then on you are who is aware of it.")
    if concern.raised_by_id is not None and concern.raised_by_id == actor.person:
        raise Forbidden("own_concern", "You raised this concern: another officer looks at it.")
    return concern


def lock_concern(concern_id: UUID) -> Concern:
    """Return a concern, locked. Raises Missing."""
    rows = Concern.objects.select_for_update(no_key=True, of=("self",))
    found: Concern | None = rows.select_related("read_by").filter(pk=concern_id).first()
    if found is None:
        raise no_such_concern()
    return found


def check_stands(concern: Concern, expected_version: int, *states: str) -> None:
    """Refuse a concern that has moved on, or stands elsewhere. Raises Conflict."""
    present = {"version": concern.version, "state": concern.state}
    if concern.version != expected_version:
        words = "Somebody else changed this concern a moment ago. Load it again."
        raise Conflict("stale_version", words, extra=present)
    if concern.state not in states:
        words = "The present state of this concern does not allow this."
        raise Conflict("state_does_not_allow", words, extra=present)


def check_reason(reason: str) -> None:
    """Refuse an act without a reason. Raises Invalid."""
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})


def save_concern(concern: Concern, at: datetime) -> None:
    """Save a concern as its next version."""
    concern.version += 1
    concern.save(at=at)


def record_concern(what: str, concern: Concern, actor: Actor, at: datetime, reason: str) -> None:
    """Put on record what an officer did with a concern, and why."""
    append_entry(
        verb=f"concern.{what}",
        actor=actor,
        at=at,
        subject=subject_of(concern),
        after={"state": concern.state, "version": concern.version},
        reason=Personal(reason.strip(), kind="text"),
        system_id=concern.system_id,
    )


def subject_of(concern: Concern) -> tuple[str, str, str]:
    """Return what an entry about a concern is about."""
    return "concern", str(concern.pk), concern.number


def tell_of_concern(
    concern: Concern, people: Sequence[User | None], what: str, at: datetime
) -> None:
    """Tell officers that something waits; what was said stands in no mail."""
    for person in {one.pk: one for one in people if one is not None}.values():
        queue_mail(
            key=f"concern:{concern.pk}:{what}:{person.pk}",
            person_id=person.pk,
            address=person.email,
            subject=worded("{number}: a concern waits for you", number=concern.number),
            body=worded(
                "What was said is not in this mail, to protect who said it. Read it here; the "
                "first reader is who is aware of it.\n\n{url}\n",
                url=f"{settings.PUBLIC_URL}/concerns/{concern.number}/",
            ),
            subject_id=concern.pk,
            at=at,
        )
    nudge("sweep")
