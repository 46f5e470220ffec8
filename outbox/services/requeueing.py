"""Putting failed messages back, and noting that one was seen."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from ledger.rules.actors import Actor
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.models import Message
from outbox.services.hints import nudge


@transaction.atomic
def requeue_messages(*, message_ids: Sequence[UUID], actor: Actor, at: datetime) -> int:
    """Put those of some messages that failed back into the queue, and return how many.

    They keep the id that their receiver may know; what a carrier holds goes with it. A time by
    which one should have been out no longer counts: somebody wants it now.
    """
    failed = Message.objects.filter(pk__in=list(message_ids), state=Message.State.FAILED)
    ids = list(failed.select_for_update(of=("self",)).values_list("pk", flat=True))
    if not ids:
        return 0
    own = Q(pk__in=ids) | Q(carried_by__in=ids)
    Message.objects.filter(own, state=Message.State.FAILED).update(
        state=Message.State.QUEUED, next_attempt_at=at, leased_until=None, expires_at=None
    )
    append_entry(
        verb="message.requeued",
        actor=actor,
        at=at,
        subject=("message", str(ids[0]), worded("{count} failed messages", count=len(ids))),
        before={"state": str(Message.State.FAILED)},
        after={"state": str(Message.State.QUEUED)},
        details={"messages": [str(one) for one in ids]},
    )
    nudge("sweep")
    return len(ids)


@transaction.atomic
def note_seen(*, message_id: UUID, person_id: UUID, at: datetime) -> bool:
    """Note that its reader opened the link of a notice; return whether that was news.

    Only the reader's own opening counts, the first one stays, and the carrier is seen with it. In
    the product's list it is read from then on.
    """
    own = Message.objects.filter(pk=message_id, person_id=person_id)
    changed = own.filter(Q(seen_at=None) | Q(read_at=None)).update(
        seen_at=Coalesce("seen_at", Value(at)), read_at=Coalesce("read_at", Value(at))
    )
    if changed:
        Message.objects.filter(carries=message_id, seen_at=None).update(seen_at=at)
    return bool(changed)
