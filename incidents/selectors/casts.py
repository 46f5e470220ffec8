"""The casts of many incidents at once: a constant number of queries, however many they are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from incidents.models import Incident, Participation
from incidents.rules.segregation import PastAct
from incidents.selectors.cast import Cast, Known, began
from incidents.selectors.instances import asked_columns, instances_of, most_columns
from incidents.selectors.kin import of_families
from ledger.selectors.at_once import Question, Rows, at_once
from registry.models import Delegation, RoleAssignment, Unit, User
from registry.selectors.people import in_force
from registry.selectors.units import these_and_above

PERSON = most_columns(User, "password")
GIVEN = {"": most_columns(RoleAssignment), "user": PERSON}
LENT = {"": most_columns(Delegation), "delegate": PERSON, "principal": PERSON}
ACT = ("incident_id", "incident__parent_id", "person_id", "act", "as_delegate_of_id")


def casts_of(*, incidents: Sequence[Incident], at: datetime) -> dict[UUID, Cast]:
    """Return who has or may have a part in each of some incidents: one query for all."""
    if not incidents:
        return {}
    return casts_told(incidents, at_once(casts_asked(incidents, at)), at)


def casts_asked(incidents: Sequence[Incident], at: datetime) -> dict[str, Question]:
    """Return what is asked for the casts of some incidents, to ask it beside something else."""
    above = these_and_above({one.unit_id for one in incidents})
    given = RoleAssignment.objects.filter(
        in_force(at),
        Q(unit_id__in=above) | Q(system_id__in={one.system_id for one in incidents}),
        user__is_active=True,
    )
    heads = {one.parent_id or one.pk for one in incidents} | {one.pk for one in incidents}
    since = min(began(one) for one in incidents)
    lent = Delegation.objects.filter(from_at__lte=at, until_at__gt=since)
    return {
        "units": Unit.objects.values_list("id", "parent_id"),
        "assignments": asked_columns(given.order_by("pk"), GIVEN),
        "acts": Participation.objects.filter(of_families(heads)).order_by("id").values_list(*ACT),
        "lent": asked_columns(lent.order_by("pk"), LENT),
    }


def casts_told(
    incidents: Sequence[Incident], answers: Mapping[str, Rows], at: datetime
) -> dict[UUID, Cast]:
    """Return the casts of incidents from what was answered, by incident."""
    above = _above_each(answers["units"])
    given = instances_of(RoleAssignment, GIVEN, answers["assignments"])
    acts = _histories(incidents, answers["acts"])
    lent = instances_of(Delegation, LENT, answers["lent"])
    return {
        one.pk: Cast(
            one,
            at,
            Known(
                above=above[one.unit_id],
                assignments=[
                    row
                    for row in given
                    if row.unit_id in above[one.unit_id] or row.system_id == one.system_id
                ],
                history=acts[one.pk],
                delegations=[
                    row for row in lent if row.until_at > began(one) and _covers(row, one, above)
                ],
            ),
        )
        for one in incidents
    }


def _above_each(units: Rows) -> Mapping[UUID, list[UUID]]:
    """Every unit with itself and those above it, nearest first."""
    parents = {UUID(unit): UUID(parent) if parent else None for unit, parent in units}
    found: dict[UUID, list[UUID]] = {}
    for unit in parents:
        here: UUID | None = unit
        found[unit] = []
        while here is not None and here not in found[unit]:
            found[unit].append(here)
            here = parents.get(here)
    return found


def _histories(incidents: Sequence[Incident], rows: Rows) -> Mapping[UUID, list[PastAct]]:
    """The acts of each incident and of its family, in all cycles (incidents.selectors.kin)."""
    by_head: defaultdict[UUID, list[tuple[int, PastAct]]] = defaultdict(list)
    for number, (incident, parent, person, act, principal) in enumerate(rows):
        done = PastAct(UUID(person), act, UUID(principal) if principal else None)
        for head in {incident, parent} - {None}:
            by_head[UUID(head)].append((number, done))
    return {one.pk: _merged(by_head, {one.pk, one.parent_id or one.pk}) for one in incidents}


def _merged(by_head: Mapping[UUID, list[tuple[int, PastAct]]], heads: set[UUID]) -> list[PastAct]:
    once = {number: act for head in heads for number, act in by_head.get(head, [])}
    return [once[number] for number in sorted(once)]


def _covers(row: Delegation, incident: Incident, above: Mapping[UUID, list[UUID]]) -> bool:
    """Whether a delegation holds for the system of an incident (registry.selectors.people)."""
    if row.system_id is not None:
        return row.system_id == incident.system_id
    return row.unit_id is None or row.unit_id in above[incident.system.unit_id]
