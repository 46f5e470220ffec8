"""Messages: queued in the transaction of what they tell, under a key that makes them once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self
from uuid import UUID, uuid4

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.worded import Worded, term
from ledger.services.entries import append_entry
from outbox.contacts import Contact, contact_of
from outbox.languages import mailed, spoken_to
from outbox.models import Message, WebhookEndpoint
from outbox.rules.addresses import PAGERDUTY, named
from outbox.rules.mails import Mail, marked, traced
from outbox.secrets import encrypt

PAGE_STALE = timedelta(minutes=30)
CHAT_STALE = timedelta(days=1)


class _Reader:
    """Whom a message is for; how they are reached is read once, and only where it is asked."""

    def __init__(self, person_id: UUID | None) -> None:
        self._person_id = person_id

    @cached_property
    def contact(self) -> Contact:
        return contact_of(self._person_id)


@dataclass(frozen=True, slots=True)
class _Words:
    """What somebody is told, about what, until when."""

    key: str
    person_id: UUID | None
    subject: str
    body: str
    at: datetime
    subject_id: UUID | None
    drill: bool
    due_at: datetime | None
    url: str

    def spoken(self, reader: _Reader) -> Self:
        """The same in its reader's language; what nobody worded stays as it is."""
        if not isinstance(self.subject, Worded) and not isinstance(self.body, Worded):
            return self
        language = reader.contact.language
        return replace(
            self,
            subject=marked(spoken_to(self.subject, language), drill=self.drill, language=language),
            body=spoken_to(self.body, language),
        )

    def row(self) -> dict[str, Any]:
        """The columns that every channel fills alike."""
        return {
            "person_id": self.person_id,
            "subject": marked(self.subject, drill=self.drill),
            "body": self.body,
            "subject_id": self.subject_id,
            "drill": self.drill,
            "due_at": self.due_at,
            "url": self.url,
            "next_attempt_at": self.at,
            "created_at": self.at,
        }


@transaction.atomic
def queue_mail(
    *,
    key: str,
    person_id: UUID | None,
    address: str,
    subject: str,
    body: str,
    at: datetime,
    subject_id: UUID | None = None,
    kind: str = "",
    urgent: bool = False,
    drill: bool = False,
    due_at: datetime | None = None,
    url: str = "",
    group: str = "",
) -> Message:
    """Queue a mail, or return the one queued under this key before.

    With a `kind` (see outbox.rules.notices) it is a notice: unless it is `urgent` it waits to be
    bundled with others of the same reader, and may become a line of a digest. Without one it goes
    at once. `url` (in the body too) tells by its opening that the notice was seen; of one `group`
    a reader hears at most every quarter of an hour. A `drill` says so in its subject.
    """
    mail = Mail(
        key=key,
        person_id=person_id,
        address=address,
        subject=subject,
        body=body,
        subject_id=subject_id,
        kind=kind,
        urgent=urgent,
        drill=drill,
        due_at=due_at,
        url=url,
        group=group,
    )
    return queue(mail, at=at)


@transaction.atomic
def queue(mail: Mail, *, at: datetime) -> Message:
    """Queue a mail as `queue_mail` does, in its reader's language."""
    reader = _Reader(mail.person_id)
    if isinstance(mail.subject, Worded) or isinstance(mail.body, Worded):
        mail = mailed(mail, reader.contact.language)
    message, made = Message.objects.get_or_create(key=mail.key, defaults=_traced(mail.columns(at)))
    if made and mail.kind and mail.urgent:
        _copy_to_chat(message, frozenset({mail.kind}), reader.contact, at=at)
    return message


@transaction.atomic
def queue_page(
    *,
    key: str,
    person_id: UUID | None,
    subject: str,
    body: str,
    at: datetime,
    address: str = "",
    subject_id: UUID | None = None,
    severity: str = "severe",
    page_key: str = "",
    drill: bool = False,
    due_at: datetime | None = None,
    url: str = "",
) -> Message:
    """Page somebody at once, or return the page queued under this key before.

    Without an address it is the person's own; who has none is mailed at once instead, so that
    nobody is silently left out. Pages of one `page_key` (the key, unless given) are one alarm on
    the other side; `end_page` ends it. `severity` is an incident's.
    """
    reader = _Reader(person_id)
    words = _Words(key, person_id, subject, body, at, subject_id, drill, due_at, url)
    words = words.spoken(reader)
    target = address or reader.contact.page
    if not target:
        return _mail_instead(words, reader)
    payload = {"event": "trigger", "page_key": page_key or key, "severity": severity}
    return _queue_secretly("page", target, words, payload, expires_at=at + PAGE_STALE)


@transaction.atomic
def end_page(
    *, key: str, page_key: str, person_id: UUID | None, at: datetime, address: str = ""
) -> Message | None:
    """End an alarm on the other side, or return None where that knows no end of alarms."""
    reader = _Reader(person_id)
    target = address or reader.contact.page
    if not target.startswith(PAGERDUTY):
        return None
    words = _Words(key, person_id, term("Answered"), "", at, None, False, None, "").spoken(reader)
    payload = {"event": "resolve", "page_key": page_key, "severity": "minor"}
    return _queue_secretly("page", target, words, payload, expires_at=at + PAGE_STALE)


@transaction.atomic
def queue_chat(
    *,
    key: str,
    person_id: UUID | None,
    subject: str,
    body: str,
    at: datetime,
    address: str = "",
    subject_id: UUID | None = None,
    drill: bool = False,
    due_at: datetime | None = None,
    url: str = "",
) -> Message:
    """Queue a chat message, or return the one queued under this key before.

    Without an address it is the person's own; who has none is mailed instead.
    """
    reader = _Reader(person_id)
    words = _Words(key, person_id, subject, body, at, subject_id, drill, due_at, url)
    words = words.spoken(reader)
    target = address or reader.contact.chat
    if not target:
        return _mail_instead(words, reader)
    return _queue_secretly("chat", target, words, {}, expires_at=at + CHAT_STALE)


def copy_to_chat(*, message: Message, kinds: frozenset[str], at: datetime) -> None:
    """Send to the reader's chat what goes by mail, where they chose that for one of the kinds."""
    _copy_to_chat(message, kinds, contact_of(message.person_id), at=at)


def _copy_to_chat(
    message: Message, kinds: frozenset[str], contact: Contact, *, at: datetime
) -> None:
    if not contact.chat or not kinds & contact.by_chat:
        return
    words = _Words(
        f"chat:{message.pk}",
        message.person_id,
        message.subject,
        message.body,
        at,
        message.subject_id,
        message.drill,
        message.due_at,
        "",
    )
    _queue_secretly("chat", contact.chat, words, {"copy": True}, expires_at=at + CHAT_STALE)


def mail_for_failed(*, message: Message, at: datetime) -> Message | None:
    """Mail at once what a page or a chat could not tell; None for what was mailed anyway."""
    told = message.payload or {}
    if told.get("copy") or told.get("event") == "resolve" or message.person_id is None:
        return None
    return _mail_instead(
        _Words(
            f"instead:{message.pk}",
            message.person_id,
            message.subject,
            message.body,
            at,
            message.subject_id,
            message.drill,
            message.due_at,
            "",
        ),
        _Reader(message.person_id),
    )


def _mail_instead(words: _Words, reader: _Reader) -> Message:
    row = words.row() | {"channel": "mail", "urgent": True}
    row["address"] = reader.contact.mail
    message, _ = Message.objects.get_or_create(key=words.key, defaults=_traced(row))
    return message


def _queue_secretly(
    channel: str, target: str, words: _Words, payload: Mapping[str, Any], *, expires_at: datetime
) -> Message:
    row = words.row() | {
        "channel": channel,
        "address": named(target),
        "sealed_address": encrypt([target]),
        "payload": dict(payload),
        "urgent": True,
        "short_schedule": channel == "page",
        "expires_at": expires_at,
    }
    message, _ = Message.objects.get_or_create(key=words.key, defaults=_traced(row))
    return message


def _traced(row: Mapping[str, Any]) -> dict[str, Any]:
    """Name the row, and have its address within the text tell by its opening that it was read."""
    named_row = {"id": uuid4(), **row}
    if row["url"]:
        named_row["body"] = row["body"].replace(row["url"], traced(row["url"], named_row["id"]))
    return named_row


@transaction.atomic
def queue_webhook(
    *,
    key: str,
    endpoint_id: UUID,
    payload: Mapping[str, Any],
    at: datetime,
    subject_id: UUID | None = None,
    short_schedule: bool = False,
    expires_at: datetime | None = None,
) -> Message:
    """Queue a signed webhook, or return the one queued under this key before."""
    endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
    message, _ = Message.objects.get_or_create(
        key=key,
        defaults={
            "channel": "webhook",
            "endpoint": endpoint,
            "address": endpoint.url,
            "subject": str(payload.get("type", "")),
            "payload": dict(payload),
            "subject_id": subject_id,
            "short_schedule": short_schedule,
            "expires_at": expires_at,
            "next_attempt_at": at,
            "created_at": at,
        },
    )
    return message


@transaction.atomic
def save_endpoint(
    *, name: str, url: str, secret: str, actor: Actor, at: datetime
) -> WebhookEndpoint:
    """Make or change where webhooks go; a former secret keeps signing beside the new one."""
    endpoint = WebhookEndpoint.objects.select_for_update().filter(name=name).first()
    if endpoint is None:
        endpoint = WebhookEndpoint(name=name, created_at=at, secrets=encrypt([secret]))
    else:
        endpoint.secrets = encrypt([secret, *endpoint.newest_secrets(1)])
    endpoint.url = url
    endpoint.save()
    append_entry(
        verb="webhook_endpoint.saved",
        actor=actor,
        at=at,
        subject=("webhook_endpoint", str(endpoint.pk), name),
        after={"url": url},
    )
    return endpoint
