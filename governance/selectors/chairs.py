"""Who chairs the body that decides an incident: the chair, else the vice chair, else a level up."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from governance.models import Committee, Decision
from governance.selectors.committees import leaders_of, next_body, seats_in_force
from governance.selectors.electorates import Conflicts, actions_of
from governance.selectors.recipients import body_in_charge
from incidents.models import Incident
from registry.models import User
from registry.selectors.people import available


def chair_of(incident: Incident, at: datetime) -> list[User]:
    """Return who speaks as the chair now: the chair, or the vice chair if the chair is recused.

    Recused is who declared it in the newest round, and who could not vote by rule (SEG-14). Where
    both are, or are away, the body above speaks; never nobody in silence.
    """
    body = body_in_charge(incident=incident)
    newest = _newest(incident)
    conflicts = Conflicts(incident=incident, actions=actions_of(newest) if newest else [], at=at)
    recused = _recused(newest)
    while body is not None:
        for person in _leading(body, at):
            is_out = person.pk in recused or conflicts.reason(person)
            if person.is_active and not is_out and available(user_id=person.pk, at=at):
                return [person]
        body = next_body(unit_id=incident.unit_id, level=body.level)
    return []


def _leading(body: Committee, at: datetime) -> Sequence[User]:
    """The chair, then the vice chair; of a body without seats whoever holds its role."""
    if body.charter.get("electorate", "seats") != "seats":
        return leaders_of(committee=body, at=at)
    seats = list(seats_in_force(committee=body, at=at))
    return [seat.person for seat in seats if seat.chair] + [
        seat.person for seat in seats if seat.vice_chair
    ]


def _newest(incident: Incident) -> Decision | None:
    rows = Decision.objects.filter(incident=incident, cycle=incident.cycle)
    return rows.order_by("-created_at", "-round").first()


def _recused(decision: Decision | None) -> set[UUID]:
    if decision is None:
        return set()
    return set(decision.recusals.values_list("person_id", flat=True))
