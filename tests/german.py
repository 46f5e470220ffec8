"""Readers of German, and what the record says beside what they read."""

from ledger.context import acting_as
from ledger.models import Entry
from ledger.selectors.lines import line
from outbox.models import Message
from tests.incidents import factory
from tests.incidents.factory import AT, SETUP
from tests.net import told


@told
def german(who):
    """Let somebody read German."""
    who.language = "de"
    with acting_as(SETUP):
        who.save(update_fields=["language"], at=AT)
    return who


def reader():
    """Somebody who reads German."""
    return german(factory.person(name="Anna Roth"))


def mail_of(who):
    """The one mail to somebody."""
    return Message.objects.get(person_id=who.pk)


def reasons():
    """What the record gives as reasons, newest first."""
    numbers = Entry.objects.order_by("-id").values_list("pk", flat=True)[:20]
    return [line(number=number).reason for number in numbers]
