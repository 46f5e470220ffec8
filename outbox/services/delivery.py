"""Delivery: sort what waits, claim by lease, send outside any transaction, write what came of it.

A process killed between claim and answer leaves a lease; when it ends, the message goes out
again under the same id, which the receiver knows.
"""

import random
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from ledger.context import current_actor
from ledger.rules.actors import machine
from ledger.services.entries import append_entry
from outbox.channels import chat, mail, page, webhook
from outbox.channels.outcome import Outcome
from outbox.channels.webhook import LEASE
from outbox.models import DeliveryAttempt, Message
from outbox.rules.backoff import KILL_SWITCH, WEBHOOK, next_attempt_at
from outbox.services.hints import nudge
from outbox.services.messages import mail_for_failed
from outbox.services.sorting import sort_notices

LONGEST = timedelta(days=400)
CHANNELS = {"mail": mail.send, "webhook": webhook.send, "page": page.send, "chat": chat.send}
ON_RECORD = ("webhook", "page")
MAILED_INSTEAD = ("page", "chat")
# What one process takes at a time: it has to be sent before the lease ends.
HANDFUL = 20
log = structlog.get_logger(__name__)


def deliver_due(*, at: datetime, batch: int = 200) -> int:
    """Send what is due, urgent first, and return how many messages went out."""
    sort_notices(at=at)
    sent = taken = 0
    while taken < batch:
        messages = claim(at=at, batch=min(HANDFUL, batch - taken))
        if not messages:
            break
        taken += len(messages)
        sent += sum(_deliver(message, at) for message in messages)
    return sent


@transaction.atomic
def claim(*, at: datetime, batch: int) -> list[Message]:
    """Take a lease on due messages; rows that another process holds are left to it."""
    due = (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=Message.State.QUEUED, next_attempt_at__lte=at)
        .filter(held=False, carried_by=None)
        .order_by("-urgent", "next_attempt_at", "id")[:batch]
    )
    messages = list(due)
    for message in messages:
        message.attempts += 1
        message.leased_until = at + LEASE
        message.next_attempt_at = at + LEASE
        message.save(update_fields=["attempts", "leased_until", "next_attempt_at"])
    return messages


def _deliver(message: Message, at: datetime) -> bool:
    if message.expires_at is not None and message.expires_at <= at:
        outcome = Outcome(ok=False, permanent=True, response="its time had passed")
    else:
        outcome = _send(message)
    record_outcome(message=message, outcome=outcome, at=at)
    return outcome.ok


def _send(message: Message) -> Outcome:
    try:
        return CHANNELS[message.channel](message)
    except Exception as error:  # noqa: BLE001  whatever a channel throws is a failed attempt
        log.exception("delivery_failed", message=str(message.pk))
        return Outcome(ok=False, response=f"{type(error).__name__}: {error}"[:500])


@transaction.atomic
def record_outcome(*, message: Message, outcome: Outcome, at: datetime) -> None:
    """Write the attempt, and the message's new state with it."""
    DeliveryAttempt.objects.create(
        message=message,
        number=message.attempts,
        at=at,
        ok=outcome.ok,
        status=outcome.status,
        response=outcome.response[:2000],
    )
    changes = _next_state(message, outcome, at)
    Message.objects.filter(pk=message.pk).update(**changes)
    if "state" in changes and message.form != Message.Form.SINGLE:
        Message.objects.filter(carried_by=message.pk).exclude(state=Message.State.CANCELLED).update(
            **changes
        )
    if changes.get("state") == Message.State.FAILED and message.channel in MAILED_INSTEAD:
        mail_for_failed(message=message, at=at)
    if message.channel in ON_RECORD and (outcome.ok or outcome.permanent):
        append_entry(
            verb="message.delivered" if outcome.ok else "message.failed",
            actor=current_actor() or machine("delivery"),
            at=at,
            subject=("message", str(message.pk), f"{message.subject} to {message.address}"),
            details={"attempt": message.attempts, "status": outcome.status},
            reason="" if outcome.ok else outcome.response,
        )


def _next_state(message: Message, outcome: Outcome, at: datetime) -> dict[str, object]:
    if outcome.ok and outcome.delivered:
        told = {"state": Message.State.DELIVERED, "sent_at": at, "delivered_at": at}
        return told | {"leased_until": None}
    if outcome.ok:
        return {"state": Message.State.SENT, "sent_at": at, "leased_until": None}
    if outcome.permanent:
        return {"state": Message.State.FAILED, "leased_until": None}
    again = next_attempt_at(
        KILL_SWITCH if message.short_schedule else WEBHOOK,
        failures=message.attempts,
        failed_at=at,
        jitter=random.random(),  # noqa: S311  spreads retries, protects nothing
        until=message.expires_at or at + LONGEST,
    )
    if again is None:
        return {"state": Message.State.FAILED, "leased_until": None}
    if message.short_schedule:
        nudge("sweep", after=(again - at).total_seconds())
    return {"next_attempt_at": again, "leased_until": None}
