"""Which incidents a person may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Subquery, Value

from incidents import readers
from incidents.models import Action, Incident, Participation
from incidents.selectors.attempts import no_such_incident
from incidents.selectors.instances import asked_columns, instances_of
from ledger.selectors.at_once import Question, Rows, at_once
from registry.models import Delegation, System, User
from registry.selectors import systems_visible_to
from registry.selectors.people import covers, delegations_to
from registry.selectors.units import scope_asked, scope_told

LENT = {"": ("id", "principal_id", "unit_id", "system_id")}


@dataclass(frozen=True, slots=True)
class Reach:
    """What a person may see, and by whom: they and everybody for whom they act in everything.

    `lent` are the delegations that they hold.
    """

    people: Sequence[UUID]
    lent: Sequence[Delegation]
    systems: QuerySet[System]
    incidents: QuerySet[Incident]


def incidents_visible_to(*, user: User, at: datetime) -> QuerySet[Incident]:
    """Return the incidents of the systems that a person sees, take part in, or hear above.

    One query before the one that reads them.
    """
    return reach_told(user, at, at_once(reach_asked(user, at))).incidents


def reach_asked(user: User, at: datetime) -> dict[str, Question]:
    """Return what to ask for a person's reach, with ledger.selectors.at_once, for `reach_told`."""
    return {
        "lent": asked_columns(delegations_to(user_id=user.pk, at=at), LENT),
        "scope": scope_asked([user.pk], at, user.pk),
        **readers.asked([user.pk], at),
    }


def reach_told(user: User, at: datetime, answers: Mapping[str, Rows]) -> Reach:
    """Return what a person may see; what they opened in an emergency is noted.

    Who acts for others takes a query more, and one for each unit that a delegation names.
    """
    lent = instances_of(Delegation, LENT, answers["lent"])
    units = scope_told(answers["scope"]) if user.is_active else []
    systems = systems_visible_to(user=user, at=at, lent=lent, units=units)
    heard = readers.told([user.pk], answers)
    others = sorted({row.principal_id for row in lent if covers(row, None)} - {user.pk})
    if others:
        heard |= readers.condition(others, at)
    people = [user.pk, *others]
    seen = incidents_of_people(people=people, systems=systems, at=at, heard=heard)
    return Reach(people, lent, systems, seen)


def incidents_of_people(
    *, people: Sequence[UUID], systems: QuerySet[System], at: datetime, heard: Q | None = None
) -> QuerySet[Incident]:
    """Return the incidents of these systems, and those in which one of the people has a part.

    `heard` is the condition of what they hear, where the caller knows it.
    """
    rows: QuerySet[Incident] = Incident.objects.filter(
        Q(system__in=systems.values("pk"))
        | Q(owner_id__in=people)
        | Q(deputy_id__in=people)
        | taken_part_in(people=people, at=at, heard=heard)
    )
    return rows


def taken_part_in(*, people: Sequence[UUID], at: datetime, heard: Q | None = None) -> Q:
    """Return the condition that one of the people has a part in it, or hears it; not as owner.

    Asked of each incident: of one case the database then looks for it alone, where `in` would have
    it read all that somebody ever took part in. For long lists it still reads those at once.
    """
    taken = Participation.objects.filter(incident_id=OuterRef("pk"), person_id__in=people)
    executing = Action.objects.filter(incident_id=OuterRef("pk"), executor_id__in=people)
    heard = readers.condition(people, at) if heard is None else heard
    return Q(Exists(taken)) | Q(Exists(executing)) | heard


def is_among(visible: QuerySet[Incident], *, of: str = "incident_id") -> Q:
    """Return the condition that the incident of a row is one of these.

    It is looked up row by row, in the order of the rows: for a page of a few of them, where `in`
    may have every incident read first.
    """
    own = visible.filter(pk=OuterRef(of)).order_by().values(seen=Value(value=True))
    return Q(Subquery(own[:1], output_field=BooleanField()))


def systems_among(visible: QuerySet[Incident]) -> QuerySet[System]:
    """Return the systems that have one of these incidents, by name.

    Each is looked up by itself, between its key and its key: by equality the database may take the
    rows to be as good as any, and read all of them for a system that has none.
    """
    own = visible.filter(system_id__gte=OuterRef("pk"), system_id__lte=OuterRef("pk"))
    first = own.order_by("system_id").values(seen=Value(value=True))[:1]
    rows: QuerySet[System] = System.objects.filter(Subquery(first, output_field=BooleanField()))
    return rows.order_by("name")


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
