"""Messages that are taken back before they left."""

from dataclasses import dataclass

from django.db import transaction

from outbox.models import Message


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What became of a message: taken back, and whether any attempt had been made before."""

    was_waiting: bool
    was_tried: bool


@transaction.atomic
def withdraw_message(*, key: str) -> Withdrawn:
    """Take back the message under a key while it still waits; no attempt follows.

    An attempt that is under way at this moment counts as tried.
    """
    message = Message.objects.select_for_update(no_key=True, of=("self",)).filter(key=key).first()
    if message is None:
        return Withdrawn(was_waiting=False, was_tried=False)
    waits = message.state == Message.State.QUEUED
    if waits:
        message.state, message.leased_until = Message.State.CANCELLED, None
        message.save(update_fields=["state", "leased_until"])
    return Withdrawn(was_waiting=waits, was_tried=message.attempts > 0)
