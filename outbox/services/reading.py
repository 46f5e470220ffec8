"""What a reader put away as read in the product: theirs, no evidence, told by no entry.

Nothing that waits for somebody goes away by it: the desk keeps that until it is done.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.refusals import Missing
from outbox.models import Message
from outbox.selectors import notices_of, unread_of


@transaction.atomic
def mark_read(*, message_id: UUID, person_id: UUID, at: datetime) -> Message:
    """Put one notice of a person's own away; the first reading stays. Raises Missing."""
    return _marked(message_id, person_id, at)


@transaction.atomic
def mark_unread(*, message_id: UUID, person_id: UUID) -> Message:
    """Take a notice of a person's own out again. Raises Missing."""
    return _marked(message_id, person_id, None)


@transaction.atomic
def mark_all_read(*, person_id: UUID, until: datetime, at: datetime) -> int:
    """Put away all that had come to a person until an instant; return how many.

    `until` is when they looked: what came since stays unread, for they have not seen it.
    """
    return unread_of(person_id).filter(created_at__lte=until).update(read_at=at)


def _marked(message_id: UUID, person_id: UUID, read_at: datetime | None) -> Message:
    found = notices_of(person_id).filter(pk=message_id).first()
    if found is None:
        raise Missing("unknown_notice", "There is no such notice of yours.")
    if (found.read_at is None) != (read_at is None):
        found.read_at = read_at
        found.save(update_fields=["read_at"])
    return found
