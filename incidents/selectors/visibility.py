"""Which incidents a person may see."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from incidents import readers
from incidents.models import Action, Incident, Participation
from incidents.selectors.attempts import no_such_incident
from registry.models import System, User
from registry.selectors import systems_visible_to
from registry.selectors.people import covers, delegations_held


def incidents_visible_to(*, user: User, at: datetime) -> QuerySet[Incident]:
    """Return the incidents of the systems that a person sees, take part in, or hear above."""
    lent = delegations_held(user_id=user.pk, at=at)
    people = [user.pk, *dict.fromkeys(row.principal_id for row in lent if covers(row, None))]
    systems = systems_visible_to(user=user, at=at, lent=lent)
    return incidents_of_people(people=people, systems=systems, at=at)


def incidents_of_people(
    *, people: Sequence[UUID], systems: QuerySet[System], at: datetime
) -> QuerySet[Incident]:
    """Return the incidents of these systems, and those in which one of the people has a part."""
    rows: QuerySet[Incident] = Incident.objects.filter(
        Q(system__in=systems.values("pk"))
        | Q(owner_id__in=people)
        | Q(deputy_id__in=people)
        | taken_part_in(people=people, at=at)
    )
    return rows


def taken_part_in(*, people: Sequence[UUID], at: datetime) -> Q:
    """Return the condition that one of the people has a part in it, or hears it; not as owner."""
    taken = Participation.objects.filter(person_id__in=people).values("incident_id")
    executing = Action.objects.filter(executor_id__in=people).values("incident_id")
    return Q(pk__in=taken) | Q(pk__in=executing) | readers.condition(people, at)


def incidents_of(systems: QuerySet[System]) -> QuerySet[Incident]:
    """Return the incidents of some systems, as a service token sees them."""
    rows: QuerySet[Incident] = Incident.objects.filter(system__in=systems.values("pk"))
    return rows


def incident_by_number(*, number: str, visible: QuerySet[Incident]) -> Incident:
    """Return one incident of those that the caller may see. Raises Missing."""
    rows = visible.select_related(
        "system", "unit", "owner", "deputy", "live_version", "recurs_from", "duplicate_of"
    )
    incident: Incident | None = rows.filter(number=number).first()
    if incident is None:
        raise no_such_incident()
    return incident
