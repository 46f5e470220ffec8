"""The systems and incidents of who searches, as conditions for one statement.

The rule is that of governance.selectors.pages.visibility: by role, or by a part in a case.
"""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from incidents.models import Incident
from incidents.selectors.visibility import taken_part_in
from registry.selectors.people import covers
from registry.selectors.search_reader import Reader


def people_of(reader: Reader) -> list[UUID]:
    """Return who searches, and those for whom they act in everything."""
    return [reader.user.pk, *(one.principal_id for one in reader.lent if covers(one, None))]


def cases_taken_part_in(reader: Reader) -> QuerySet[Incident]:
    """Return the incidents that they see by a part in them alone."""
    rows: QuerySet[Incident] = Incident.objects.filter(_owned(reader) | reader.once(_taken))
    return rows


def incidents_seen(reader: Reader) -> Q:
    """Return the condition on incidents that they see them, for the statement of a search."""
    if reader.sees_all:
        return Q()
    return reader.of_seen | _owned(reader) | Q(pk__in=reader.once(_parts))


def on_incidents_seen(reader: Reader, path: str = "incident") -> Q:
    """Return the condition that there is an incident at `path`, and one that they see."""
    if reader.sees_all:
        return Q(**{f"{path}__isnull": False})
    systems = reader.shared("seen_systems", reader.systems)
    mine = _owned(reader, f"{path}__") | Q(**{f"{path}__in": reader.once(_parts)})
    return Q(**{f"{path}__system__in": systems}) | mine


def systems_seen(reader: Reader) -> Q:
    """Return the condition on systems that they see them, also by a case alone."""
    if reader.sees_all:
        return Q()
    taken = reader.once(_systems_of_parts)
    owned = Incident.objects.filter(_owned(reader)).values("system_id")
    return reader.within | Q(pk__in=taken) | Q(pk__in=owned)


def _owned(reader: Reader, path: str = "") -> Q:
    people = reader.once(people_of)
    return Q(**{f"{path}owner_id__in": people}) | Q(**{f"{path}deputy_id__in": people})


def _taken(reader: Reader) -> Q:
    return taken_part_in(people=reader.once(people_of), at=reader.at)


def _parts(reader: Reader) -> RawSQL:
    """Return the incidents in which they have a part: each way to one by the index that it has."""
    return _of_parts(reader, "pk")


def _systems_of_parts(reader: Reader) -> RawSQL:
    """Return the systems of these incidents, read with them: thousands of cases are not joined."""
    return _of_parts(reader, "system_id")


def _of_parts(reader: Reader, column: str) -> RawSQL:
    ways = _alternatives(reader.once(_taken))
    first, *others = (Incident.objects.filter(one).values("pk", "system_id") for one in ways)
    return reader.shared("cases_of_part", first.union(*others), "system_id", column=column)


def _alternatives(whole: Q) -> Iterator[Q]:
    """Take a condition apart where it says 'or': together they would read every row."""
    if whole.connector != Q.OR or whole.negated:
        yield whole
        return
    for child in whole.children:
        if isinstance(child, Q):
            yield from _alternatives(child)
        else:
            yield Q(child)
