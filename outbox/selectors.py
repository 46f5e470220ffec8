"""The watchdog's figures, and how messages fared: what went out, who cannot be reached."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Value

from outbox.models import Message, Timer

PERSONAL = ("mail", "page", "chat")
WENT = (Message.State.SENT, Message.State.DELIVERED)
MANY_TRIES = 6
MOST_COUNTED = 1_000
HAS_OUTCOME = Q(state__in=(*WENT, Message.State.FAILED)) | Q(
    state=Message.State.QUEUED, attempts__gte=MANY_TRIES
)


def overdue_timers(*, at: datetime) -> int:
    """Return how many armed timers are older than two sweeps. No age limit."""
    grace = timedelta(seconds=2 * settings.SWEEP_SECONDS)
    return Timer.objects.filter(state=Timer.State.ARMED, next_try_at__lt=at - grace).count()


def overdue_rows(*, at: datetime) -> QuerySet[Timer, Any]:
    """Return when armed timers older than two sweeps were to be tried, the longest overdue first.

    One more than MOST_COUNTED of them: a standing sweep leaves very many.
    """
    grace = timedelta(seconds=2 * settings.SWEEP_SECONDS)
    rows = Timer.objects.filter(state=Timer.State.ARMED, next_try_at__lt=at - grace)
    found: QuerySet[Timer, Any] = rows.order_by("next_try_at").values_list("next_try_at")
    return found[: MOST_COUNTED + 1]


def waiting_rows(*, at: datetime) -> QuerySet[Message, Any]:
    """Return a row for each message that is due and not out, one more than MOST_COUNTED of them."""
    due = Message.objects.filter(state=Message.State.QUEUED, next_attempt_at__lte=at)
    found: QuerySet[Message, Any] = due.filter(carried_by=None).order_by().values_list(Value(1))
    return found[: MOST_COUNTED + 1]


def unreachable(person_id: UUID) -> bool:
    """Whether a person cannot be reached now: the last try on every channel of theirs failed."""
    return person_id in unreachable_people([person_id])


def unreachable_people(person_ids: Sequence[UUID]) -> set[UUID]:
    """Return who of some people cannot be reached now.

    By channel the newest message that was tried counts: failed for good, or tried six times (about
    three quarters of an hour) without success. One channel that works is enough; somebody who was
    never written to is taken to be reachable.
    """
    tried = Message.objects.filter(
        person_id__in=list(person_ids), channel__in=PERSONAL, attempts__gt=0
    ).filter(HAS_OUTCOME)
    newest = tried.order_by("person_id", "channel", "-created_at", "-id").distinct(
        "person_id", "channel"
    )
    works: dict[UUID, bool] = {}
    for person_id, state in newest.values_list("person_id", "state"):
        if person_id is not None:
            works[person_id] = works.get(person_id, False) or state in WENT
    return {person_id for person_id, any_works in works.items() if not any_works}


def notices_about(*, subject_id: UUID, most: int = 200) -> list[Message]:
    """Return the newest messages about a subject, whichever way they went, with their tries."""
    rows = Message.objects.filter(subject_id=subject_id, form=Message.Form.SINGLE)
    return list(rows.select_related("carried_by").order_by("-created_at", "-id")[:most])


def delivery_word(message: Message) -> str:
    """Return where a message is on its way: seen says more than delivered, that more than sent."""
    if message.seen_at is not None:
        return "seen"
    if message.state == Message.State.QUEUED and message.attempts:
        return "retrying"
    if message.state == Message.State.QUEUED and message.in_digest:
        return "in_digest"
    return message.state


def unread_of(person: UUID | OuterRef) -> QuerySet[Message]:
    """Return what a person has not put away as read; the partial index of it serves."""
    return notices_of(person).filter(read_at=None)


def notices_of(person: UUID | OuterRef) -> QuerySet[Message]:
    """Return what a person was told of in the product: each notice once, whoever carried it.

    Pages and chats say what a mail says too.
    """
    rows: QuerySet[Message] = Message.objects.filter(
        Q(person_id=person), channel__in=("mail", "product"), form=Message.Form.SINGLE
    )
    return rows
