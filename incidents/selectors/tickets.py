"""Tickets of an incident in other systems, with what those last said."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch

from incidents.models import Incident
from outbox.models import Ticket, TicketNote, WebhookEndpoint
from outbox.rules.tickets import PREFIX, system_of
from registry.selectors.people import roles_for_system

MAY_OPEN = frozenset({"owner", "deputy", "engineer", "compliance", "risk"})


def may_open(*, incident: Incident, user_id: UUID, at: datetime) -> bool:
    """Whether a person may ask another system for a ticket about an incident."""
    held = roles_for_system(user_id=user_id, system=incident.system, at=at)
    return may_open_with(held) or user_id in (incident.owner_id, incident.deputy_id)


def may_open_with(held: Collection[str]) -> bool:
    """Whether who is this to an incident's system may ask another system for a ticket."""
    return not MAY_OPEN.isdisjoint(held)


def tickets_of(incident: Incident) -> list[Ticket]:
    """Return the tickets of an incident, oldest first, each with its notes, newest first."""
    notes = Prefetch("notes", TicketNote.objects.order_by("-received_at", "-id"), to_attr="said")
    rows = Ticket.objects.filter(subject_id=incident.pk).select_related("endpoint")
    return list(rows.prefetch_related(notes).order_by("opened_at", "id"))


def ticket_systems(*, without: list[Ticket]) -> list[str]:
    """Return the names of the systems that are set up for tickets and have none of these."""
    known = {ticket.endpoint_id for ticket in without}
    rows = WebhookEndpoint.objects.filter(name__startswith=PREFIX, active=True)
    return [system_of(row.name) for row in rows.order_by("name") if row.pk not in known]
