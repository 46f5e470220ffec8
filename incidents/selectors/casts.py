"""The casts of many incidents at once: a constant number of queries, however many they are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from incidents.models import Incident, Participation
from incidents.rules.segregation import PastAct
from incidents.selectors.cast import Cast, Known, began
from incidents.selectors.kin import of_families
from registry.models import Delegation, RoleAssignment, Unit
from registry.selectors.people import in_force


def casts_of(*, incidents: Sequence[Incident], at: datetime) -> dict[UUID, Cast]:
    """Return who has or may have a part in each of some incidents: four queries for all."""
    if not incidents:
        return {}
    above = _above_each()
    given = _assignments(incidents, above, at)
    acts = _histories(incidents)
    since = min(began(one) for one in incidents)
    lent = list(
        Delegation.objects.filter(from_at__lte=at, until_at__gt=since).select_related(
            "delegate", "principal"
        )
    )
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


def _above_each() -> Mapping[UUID, list[UUID]]:
    """Every unit with itself and those above it, nearest first."""
    parents: dict[UUID, UUID | None] = dict(Unit.objects.values_list("id", "parent_id"))
    found: dict[UUID, list[UUID]] = {}
    for unit in parents:
        here: UUID | None = unit
        found[unit] = []
        while here is not None and here not in found[unit]:
            found[unit].append(here)
            here = parents.get(here)
    return found


def _assignments(
    incidents: Sequence[Incident], above: Mapping[UUID, list[UUID]], at: datetime
) -> list[RoleAssignment]:
    units = {unit for one in incidents for unit in above[one.unit_id]}
    systems = {one.system_id for one in incidents}
    rows = RoleAssignment.objects.filter(
        in_force(at), Q(unit_id__in=units) | Q(system_id__in=systems), user__is_active=True
    )
    return list(rows.select_related("user"))


def _histories(incidents: Sequence[Incident]) -> Mapping[UUID, list[PastAct]]:
    """The acts of each incident and of its family, in all cycles (incidents.selectors.kin)."""
    heads = {one.parent_id or one.pk for one in incidents} | {one.pk for one in incidents}
    rows = Participation.objects.filter(of_families(heads)).order_by("id")
    named = ("incident_id", "incident__parent_id", "person_id", "act", "as_delegate_of_id")
    by_head: defaultdict[UUID, list[tuple[int, PastAct]]] = defaultdict(list)
    for number, (incident, parent, person, act, principal) in enumerate(rows.values_list(*named)):
        for head in {incident, parent} - {None}:
            by_head[head].append((number, PastAct(person, act, principal)))
    return {one.pk: _merged(by_head, {one.pk, one.parent_id or one.pk}) for one in incidents}


def _merged(by_head: Mapping[UUID, list[tuple[int, PastAct]]], heads: set[UUID]) -> list[PastAct]:
    once = {number: act for head in heads for number, act in by_head.get(head, [])}
    return [once[number] for number in sorted(once)]


def _covers(row: Delegation, incident: Incident, above: Mapping[UUID, list[UUID]]) -> bool:
    """Whether a delegation holds for the system of an incident (registry.selectors.people)."""
    if row.system_id is not None:
        return row.system_id == incident.system_id
    return row.unit_id is None or row.unit_id in above[incident.system.unit_id]
