"""Messages that hold what is to be forgotten: a person's, or whatever is beyond its time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Replace

from outbox.models import Message, Reply

TOLD = ("mail", "page", "chat")
SENT = (Message.State.SENT, Message.State.DELIVERED, Message.State.FAILED, Message.State.CANCELLED)
EMPTY = {"address": "", "subject": "", "body": "", "url": "", "sealed_address": None}


@transaction.atomic
def forget_messages_of(*, person_id: UUID, needles: Sequence[str], pseudonym: str) -> None:
    """Empty what was sent to a person, and take their name out of what was sent to others.

    What still waits for them is called off.
    """
    own = Message.objects.filter(person_id=person_id)
    own.filter(state=Message.State.QUEUED).update(state=Message.State.CANCELLED)
    own.update(**EMPTY)
    for needle in needles:
        Message.objects.filter(address__iexact=needle).update(**EMPTY)
        named = Message.objects.filter(Q(subject__contains=needle) | Q(body__contains=needle))
        told = Value(pseudonym)
        named.update(
            subject=Replace(F("subject"), Value(needle), told),
            body=Replace(F("body"), Value(needle), told),
        )
    Reply.objects.filter(principal__contains=str(person_id)).delete()


def old_mail(*, before: datetime) -> QuerySet[Message]:
    """Return what was told to people before an instant and whose text is still kept."""
    done = Message.objects.filter(channel__in=TOLD, state__in=SENT, created_at__lt=before)
    return done.exclude(subject="", body="", address="")


@transaction.atomic
def forget_mail(*, mail: QuerySet[Message]) -> int:
    """Empty address, subject and text of mail, and return of how many."""
    return mail.update(**EMPTY)
