"""Mails of many at once: queued at once, told once under their keys like any other."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from outbox.contacts import Contact
from outbox.languages import RECORD, mailed
from outbox.models import Message
from outbox.rules.mails import Mail, traced
from outbox.services.messages import copy_to_chat
from outbox.set_inserts import insert_rows


@transaction.atomic
def queue_mails(*, mails: Sequence[Mail], contacts: Mapping[UUID, Contact], at: datetime) -> None:
    """Queue mails as `queue_mail` does; those under a known key stay as they were queued.

    `contacts` says how their readers are reached: who wants a copy by chat gets it.
    """
    rows = [_row(mailed(mail, _language(mail, contacts)), at) for mail in mails]
    insert_rows(Message, rows, skip_known=True)
    copied = [
        row["id"] for mail, row in zip(mails, rows, strict=True) if _goes_to_chat(mail, contacts)
    ]
    if copied:
        # Those that were queued before are not there under these ids.
        for message in Message.objects.filter(pk__in=copied):
            copy_to_chat(message=message, kinds=frozenset({message.kind}), at=at)


def _language(mail: Mail, contacts: Mapping[UUID, Contact]) -> str:
    contact = contacts.get(mail.person_id) if mail.person_id else None
    return contact.language if contact else RECORD


def _row(mail: Mail, at: datetime) -> dict[str, Any]:
    row = {"id": uuid.uuid4(), "key": mail.key, **mail.columns(at)}
    if mail.url:
        row["body"] = mail.body.replace(mail.url, traced(mail.url, row["id"]))
    return row


def _goes_to_chat(mail: Mail, contacts: Mapping[UUID, Contact]) -> bool:
    if not (mail.kind and mail.urgent) or mail.person_id is None:
        return False
    contact = contacts.get(mail.person_id, Contact())
    return bool(contact.chat) and mail.kind in contact.by_chat
