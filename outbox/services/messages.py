"""Messages: queued in the transaction of what they tell, under a key that makes them once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from outbox.models import Message, WebhookEndpoint
from outbox.secrets import encrypt


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
) -> Message:
    """Queue a mail, or return the one queued under this key before."""
    message, _ = Message.objects.get_or_create(
        key=key,
        defaults={
            "channel": "mail",
            "person_id": person_id,
            "address": address,
            "subject": subject,
            "body": body,
            "subject_id": subject_id,
            "next_attempt_at": at,
            "created_at": at,
        },
    )
    return message


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
