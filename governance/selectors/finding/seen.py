"""The systems and incidents of who searches, as conditions for one statement.

The rule is that of governance.selectors.pages.visibility: by role, or by a part in a case.
"""

from uuid import UUID

from django.db.models import Q, QuerySet

from incidents.models import Incident
from incidents.selectors.visibility import incidents_of_people
from registry.models import System
from registry.selectors.people import covers
from registry.selectors.search_reader import Reader


def people_of(reader: Reader) -> list[UUID]:
    """Return who searches, and those for whom they act in everything."""
    return [reader.user.pk, *(one.principal_id for one in reader.lent if covers(one, None))]


def cases_taken_part_in(reader: Reader) -> QuerySet[Incident]:
    """Return the incidents that they see by a part in them alone."""
    return incidents_of_people(
        people=reader.once(people_of), systems=System.objects.none(), at=reader.at
    )


def incidents_seen(reader: Reader) -> Q:
    """Return the condition on incidents that they see them, for the statement of a search."""
    if reader.sees_all:
        return Q()
    return reader.of_seen | Q(pk__in=_parts(reader))


def on_incidents_seen(reader: Reader, path: str = "incident") -> Q:
    """Return the condition that there is an incident at `path`, and one that they see."""
    if reader.sees_all:
        return Q(**{f"{path}__isnull": False})
    systems = reader.shared("seen_systems", reader.systems)
    return Q(**{f"{path}__system__in": systems}) | Q(**{f"{path}__in": _parts(reader)})


def systems_seen(reader: Reader) -> Q:
    """Return the condition on systems that they see them, also by a case alone."""
    if reader.sees_all:
        return Q()
    parts = Incident.objects.filter(pk__in=_parts(reader))
    return reader.within | Q(pk__in=parts.values("system_id"))


def _parts(reader: Reader) -> "object":
    return reader.shared("cases_of_part", reader.once(cases_taken_part_in))
