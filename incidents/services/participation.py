"""Parts that floors above write into an incident's history: seated, voted, chaired, recused."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from incidents.models import Incident, Participation


@transaction.atomic
def record_participation(
    *,
    incident: Incident,
    person_id: UUID,
    act: str,
    at: datetime,
    as_delegate_of: UUID | None = None,
) -> Participation:
    """Write the part of a person in the present cycle; the caller writes the ledger entry.

    Acts that segregation knows stand in incidents.rules.segregation.PARTS_OF; others only let the
    person see the incident.
    """
    return Participation.objects.create(
        incident=incident,
        cycle=incident.cycle,
        person_id=person_id,
        act=act,
        as_delegate_of_id=as_delegate_of,
        at=at,
    )
