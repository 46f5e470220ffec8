"""Idempotent replies: the answer once given under a key is given again for 24 hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from ledger.rules.refusals import Conflict, Invalid
from outbox.models import Reply

KEPT = timedelta(hours=24)
IN_FLIGHT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Call:
    """One keyed request: who, under which key, what, and the hash of its body."""

    principal: str
    key: str
    request: str
    sha256: str


@transaction.atomic
def begin_reply(*, call: Call, at: datetime) -> Reply | None:
    """Reserve the key and return None, or return the reply that was given before.

    Raises Invalid if the key was used for another request, Conflict if the first call under it
    is still running.
    """
    reply, created = Reply.objects.select_for_update().get_or_create(
        principal=call.principal,
        key=call.key,
        defaults={
            "request": call.request,
            "request_sha256": call.sha256,
            "status": 0,
            "body": b"",
            "created_at": at,
        },
    )
    if created:
        return None
    return _known(reply, call, at)


def _known(reply: Reply, call: Call, at: datetime) -> Reply | None:
    if (reply.request, reply.request_sha256) != (call.request, call.sha256):
        raise Invalid(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request. Take a new key for a new one.",
        )
    if reply.status:
        return reply
    if reply.created_at + IN_FLIGHT > at:
        raise Conflict("in_progress", "The first call under this Idempotency-Key still runs.")
    Reply.objects.filter(pk=reply.pk).update(created_at=at)
    return None


@transaction.atomic
def finish_reply(*, call: Call, status: int, body: bytes) -> None:
    """Keep the answer, or free the key after a defect of ours so that a retry runs."""
    rows = Reply.objects.filter(principal=call.principal, key=call.key)
    if status >= 500:
        rows.delete()
    else:
        rows.update(status=status, body=body)


def forget_replies(at: datetime) -> int:
    """Drop replies older than 24 hours and return how many."""
    return Reply.objects.filter(created_at__lt=at - KEPT).delete()[0]
