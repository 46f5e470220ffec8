"""Tickets: a subject of ours is told to somebody else's system, whose answers are noted.

Out goes a signed webhook with a stable id; back come notes signed with the same secret. A note
shows what the other system says. It changes no state here: a ticket that was closed there is not a
decision (workflow section 6, external sync).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Forbidden, Invalid, Missing
from ledger.services.entries import append_entry
from outbox.models import Ticket, TicketNote, WebhookEndpoint
from outbox.rules.tickets import PREFIX, system_of
from outbox.services.hints import nudge
from outbox.services.messages import queue_webhook

GIVE_UP = timedelta(days=3)
LONGEST_STATUS, LONGEST_TEXT, LONGEST_ID, LONGEST_URL = 60, 2000, 120, 500


@dataclass(frozen=True, slots=True)
class TicketSubject:
    """What a ticket is about: words for the other side, and ids for the entry."""

    id: UUID
    number: str
    title: str
    severity: str
    url: str
    system_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What came back: headers of the signature and the raw body that was signed."""

    headers: Mapping[str, str]
    body: bytes
    payload: Mapping[str, Any]


@transaction.atomic
def open_ticket(
    *, about: TicketSubject, endpoint_name: str, answers_at: str, actor: Actor, at: datetime
) -> Ticket:
    """Ask another system for a ticket, once per subject and system; the id stays the same.

    `answers_at` is the address, with '{ticket}' in it, to which notes are sent. Raises Invalid for
    a system that is not set up.
    """
    endpoint = WebhookEndpoint.objects.filter(
        name=endpoint_name, name__startswith=PREFIX, active=True
    ).first()
    if endpoint is None:
        raise Invalid(
            "unknown_ticket_system",
            "There is no such system for tickets.",
            fields={"system": "Choose one that is set up."},
        )
    known = Ticket.objects.filter(subject_id=about.id, endpoint=endpoint).first()
    if known is not None:
        return known
    made = Ticket(
        subject_id=about.id,
        endpoint=endpoint,
        title=f"{about.number}: {about.title}"[:300],
        opened_by=UUID(actor.id),
        opened_at=at,
    )
    made.save(force_insert=True)
    append_entry(
        verb="ticket.opened",
        actor=actor,
        at=at,
        subject=("ticket", str(made.pk), made.title),
        after={"system": system_of(endpoint.name)},
        incident_id=about.id,
        system_id=about.system_id,
    )
    queue_webhook(
        key=f"ticket:{made.pk}",
        endpoint_id=endpoint.pk,
        payload={
            "type": "ticket.opened",
            "ticket": str(made.pk),
            "number": about.number,
            "title": about.title,
            "severity": about.severity,
            "url": about.url,
            "answers_at": answers_at.replace("{ticket}", str(made.pk)),
            "opened_at": at.isoformat(),
        },
        subject_id=about.id,
        expires_at=at + GIVE_UP,
        at=at,
    )
    nudge("sweep")
    return made


@transaction.atomic
def note_ticket(*, ticket_id: UUID, said: Said, at: datetime) -> TicketNote:
    """Note what the other system says, once per message of its.

    The first note may name the ticket's id and address over there; both stay as first told.
    Raises Missing, Forbidden for a signature that does not hold, Invalid.
    """
    rows = Ticket.objects.select_for_update(no_key=True, of=("self",)).select_related("endpoint")
    ticket = rows.filter(pk=ticket_id).first()
    if ticket is None:
        raise Missing("no_ticket", "There is no such ticket.")
    _verify(ticket.endpoint, said)
    webhook_id = said.headers["webhook-id"][:LONGEST_ID]
    known = TicketNote.objects.filter(ticket=ticket, webhook_id=webhook_id).first()
    if known is not None:
        return known
    values = _values(said.payload)
    linked = _link(ticket, values)
    number = _enter(ticket, values["status"], linked, at)
    note = TicketNote(
        ticket=ticket,
        webhook_id=webhook_id,
        status=values["status"],
        text=values["text"],
        received_at=at,
        entry_number=number,
    )
    note.save(force_insert=True)
    return note


def _enter(ticket: Ticket, status: str, linked: Mapping[str, str], at: datetime) -> int:
    """Write the entry under the other system's name: its signature says who speaks."""
    actor = machine(system_of(ticket.endpoint.name), channel="webhook")
    with acting_as(actor):
        return append_entry(
            verb="ticket.noted",
            actor=actor,
            at=at,
            subject=("ticket", str(ticket.pk), ticket.title),
            after={"status": status, **linked},
            incident_id=ticket.subject_id,
            touched=[f"outbox_ticket:{ticket.pk}"] if linked else [],
        )


def _verify(endpoint: WebhookEndpoint, said: Said) -> None:
    """Check the signature (Standard Webhooks: id, instant within 300 s, body). Raises Forbidden."""
    for secret in endpoint.newest_secrets(2):
        try:
            Webhook(secret).verify(said.body, dict(said.headers))
        except (WebhookVerificationError, ValueError, KeyError):
            continue
        return
    raise Forbidden("bad_signature", "The signature of this note does not hold.")


def _values(payload: Mapping[str, Any]) -> dict[str, str]:
    """Read a note; a text that is too long is cut, an address that is none refused."""
    wanted = {
        "status": LONGEST_STATUS,
        "text": LONGEST_TEXT,
        "external_id": LONGEST_ID,
        "url": LONGEST_URL,
    }
    given = {name: payload.get(name, "") for name in wanted}
    faults = {
        name: "Text is needed here." for name, one in given.items() if not isinstance(one, str)
    }
    found = {
        name: str(one).replace("\x00", "").strip()[: wanted[name]] for name, one in given.items()
    }
    if not found["status"]:
        faults["status"] = "Say the status over there, such as 'in progress'."
    if found["url"] and not _is_web_address(found["url"]):
        faults["url"] = "This is no web address."
    if faults:
        raise Invalid("bad_note", "This note cannot be read.", fields=faults)
    return found


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname)


def _link(ticket: Ticket, values: Mapping[str, str]) -> dict[str, str]:
    """Keep the id and address over there when they are first told, and return what is new."""
    news = {
        name: values[name]
        for name in ("external_id", "url")
        if values[name] and not getattr(ticket, name)
    }
    for name, value in news.items():
        setattr(ticket, name, value)
    if news:
        ticket.save(update_fields=list(news))
    return news
