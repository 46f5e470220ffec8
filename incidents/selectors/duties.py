"""What a person still has to do with: open cases, orders that are not carried out."""

from uuid import UUID

from django.db.models import Q

from incidents.models import Action, Incident, Participation
from incidents.rules.transitions import ENDED


def open_incidents_of(person_id: UUID) -> list[str]:
    """Return the numbers of open incidents that a person answers for or took a part in."""
    took_part = Participation.objects.filter(person_id=person_id).values("incident_id")
    rows = Incident.objects.exclude(state__in=ENDED).filter(
        Q(owner_id=person_id) | Q(deputy_id=person_id) | Q(pk__in=took_part)
    )
    return sorted(rows.values_list("number", flat=True))


def open_orders_of(person_id: UUID) -> list[str]:
    """Return what a person was ordered to carry out and has not, in words."""
    done = (Action.State.CONFIRMED, Action.State.CANCELLED)
    rows = Action.objects.filter(executor_id=person_id).exclude(state__in=done)
    return list(rows.order_by("due_at").values_list("words", flat=True))


def incidents_with(person_id: UUID) -> list[tuple[UUID, UUID]]:
    """Return (incident, system) of every incident that a person has to do with, ended ones too."""
    took_part = Participation.objects.filter(person_id=person_id).values("incident_id")
    rows = Incident.objects.filter(
        Q(owner_id=person_id) | Q(deputy_id=person_id) | Q(pk__in=took_part)
    )
    return list(rows.values_list("pk", "system_id"))
