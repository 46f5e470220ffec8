"""When people last did something on an incident: entries of theirs, looking left out."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from ledger.models import Entry


def last_acts(*, incident_id: UUID, people: Iterable[UUID]) -> dict[UUID, datetime]:
    """Return when each of these people last had an entry on the incident; who had none is absent.

    What was refused is no act, nor is what was only read.
    """
    found = last_acts_on(incident_ids=[incident_id], people=people)
    return {person: last for (_, person), last in found.items()}


def last_acts_on(
    *, incident_ids: Collection[UUID], people: Iterable[UUID]
) -> dict[tuple[UUID, UUID], datetime]:
    """Return when people last had an entry on incidents, by (incident, person)."""
    rows = (
        Entry.objects.filter(
            incident_id__in=incident_ids, actor_id__in=[str(one) for one in people]
        )
        .exclude(verb="request.refused")
        .exclude(verb__startswith="ledger.")
        .values("incident_id", "actor_id")
        .annotate(last=Max("at"))
    )
    return {(row["incident_id"], UUID(row["actor_id"])): row["last"] for row in rows}
