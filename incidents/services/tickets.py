"""Telling another system of an incident: a ticket there decides nothing here."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from incidents.models import Incident
from incidents.selectors.tickets import MAY_OPEN, may_open
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import worded
from outbox.models import Ticket
from outbox.rules.tickets import PREFIX
from outbox.services.tickets import TicketSubject, open_ticket
from registry.rules.permits import in_words


@transaction.atomic
def open_incident_ticket(*, incident_id: UUID, system: str, actor: Actor, at: datetime) -> Ticket:
    """Ask a system by its name ('jira') for a ticket about an incident, once.

    Raises Missing, Forbidden, Invalid for a system that is not set up.
    """
    rows = Incident.objects.select_related("system")
    incident: Incident | None = rows.filter(pk=incident_id).first()
    if incident is None:
        raise Missing("not_found", "There is no such incident that you may see.")
    if actor.person is None or not may_open(incident=incident, user_id=actor.person, at=at):
        who = in_words(MAY_OPEN)
        raise Forbidden(
            "role_missing",
            worded(
                "You cannot open a ticket about {number}: that takes {who}.",
                number=incident.number,
                who=who,
            ),
            who_can=[who],
            recorded=True,
            subject=("incident", str(incident.pk), incident.number),
        )
    return open_ticket(
        about=TicketSubject(
            id=incident.pk,
            number=incident.number,
            title=incident.title,
            severity=incident.severity,
            url=f"{settings.PUBLIC_URL}/incidents/{incident.number}/",
            system_id=incident.system_id,
        ),
        endpoint_name=f"{PREFIX}{system}",
        answers_at=f"{settings.PUBLIC_URL}/api/v1/tickets/{{ticket}}/notes",
        actor=actor,
        at=at,
    )
