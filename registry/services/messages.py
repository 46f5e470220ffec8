"""Putting failed messages back, by an administrator of those whom they were for."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden
from ledger.rules.worded import worded
from outbox.models import Message
from outbox.services.requeueing import requeue_messages
from registry.models import User
from registry.selectors.messages import IN_STATE, message_kept_by, messages_kept_by

MOST_AT_ONCE = 500


@transaction.atomic
def put_message_back(*, message_id: UUID, actor: Actor, at: datetime) -> Message:
    """Put one failed message back into the queue, under the id that its receiver may know.

    Raises Missing, Forbidden, Conflict for one that did not fail.
    """
    found = message_kept_by(message_id=message_id, user=_administrator(actor), at=at)
    if not requeue_messages(message_ids=[found.pk], actor=actor, at=at):
        raise Conflict(
            "not_failed",
            worded("Only failed messages are put back; this one is {state}.", state=found.state),
        )
    return Message.objects.get(pk=found.pk)


@transaction.atomic
def put_failed_back(*, channel: str, actor: Actor, at: datetime) -> int:
    """Put the oldest failed messages of a channel ('' for all) back; return how many.

    At most 500 at once. Raises Forbidden.
    """
    rows = messages_kept_by(user=_administrator(actor), at=at).filter(IN_STATE["failed"])
    if channel:
        rows = rows.filter(channel=channel)
    ids = list(rows.order_by("created_at", "id").values_list("pk", flat=True)[:MOST_AT_ONCE])
    return requeue_messages(message_ids=ids, actor=actor, at=at)


def _administrator(actor: Actor) -> User:
    if actor.person is None:
        raise Forbidden("person_needed", "Messages are put back by a person, not by a token.")
    found: User = User.objects.get(pk=actor.person)
    return found
