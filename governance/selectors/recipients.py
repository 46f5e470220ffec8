"""Recipients: whom an expression of the ladder means now, and who takes the place of the absent.

The chain: who is named, then delegate or deputy, then who holds the role, then the next role up,
then the secretary. Away, deactivated, without an address, or in conflict is not reached.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.models import Committee, Decision
from governance.selectors.committees import (
    first_body,
    leaders_of,
    seats_in_force,
    secretaries_of,
)
from incidents.models import Action, Incident
from incidents.rules.segregation import clash
from incidents.selectors.cast import Cast
from ledger.rules.commitments import Label
from registry.models import RoleAssignment, User
from registry.selectors.people import (
    available,
    delegates_of,
    in_force,
    people_with_role,
)

Tier = tuple[str, list[User]]
ACT_OF_STATE = {"VALIDATION": "validated_compliance", "VERIFICATION": "verified"}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell: the person, where, and how they were found."""

    person: User
    how: str

    @property
    def plain(self) -> dict[str, str]:
        """What the firing keeps of it."""
        return {"person": str(self.person.pk), "name": self.person.name, "how": self.how}

    @property
    def on_record(self) -> dict[str, Label]:
        """What the ledger keeps of it."""
        return {**self.plain, "name": self.person.on_record}


def resolve(*, expression: str, incident: Incident, at: datetime) -> list[Recipient]:
    """Return who is reached by an expression now, from the first tier that reaches anybody.

    Delegates are told beside nobody: they stand in for a person who is away. [] is unroutable.
    """
    for how, people in _tiers(expression, incident, at):
        reached = [Recipient(person, how) for person in people if _reachable(person, at)]
        if reached:
            return list({one.person.pk: one for one in reached}.values())
    return []


def body_in_charge(*, incident: Incident) -> Committee | None:
    """Return the body of the newest round of this cycle, else the one that decides first."""
    newest = (
        Decision.objects.filter(incident=incident, cycle=incident.cycle)
        .select_related("committee")
        .order_by("-created_at", "-round")
        .first()
    )
    return newest.committee if newest else first_body(incident=incident)


def _tiers(expression: str, incident: Incident, at: datetime) -> Iterator[Tier]:
    """Yield, one after the other, how people are found and who they are."""
    named = list(_named(expression, incident, at))
    yield expression, named
    yield f"delegate for {expression}", _delegates(named, incident, at)
    if expression in ("owner", "deputy", "responsible", "owner.delegate"):
        yield "owner or deputy", [incident.owner, incident.deputy]
    if expression.startswith("role:"):
        yield "next role up", _next_role(expression.removeprefix("role:"), incident, at)
    yield "executive", _role("executive", incident, at)
    yield "secretary", _role("secretary", incident, at)


def _named(expression: str, incident: Incident, at: datetime) -> list[User]:
    if expression.startswith("role:"):
        return _role(expression.removeprefix("role:"), incident, at)
    if expression.startswith("committee."):
        return _of_committee(expression.removeprefix("committee."), incident, at)
    return NAMED[expression](incident, at) if expression in NAMED else []


def _of_committee(part: str, incident: Incident, at: datetime) -> list[User]:
    committee = body_in_charge(incident=incident)
    if committee is None:
        return []
    if part == "chair":
        return leaders_of(committee=committee, at=at)
    if part == "secretary":
        return secretaries_of(committee=committee, at=at)
    seats = seats_in_force(committee=committee, at=at).filter(
        function__iexact=part.removeprefix("seat:")
    )
    people = [person for seat in seats for person in (seat.person, seat.substitute)]
    return [person for person in people if person is not None]


def _responsible(incident: Incident, at: datetime) -> list[User]:
    """Who must act now: it follows the state."""
    if incident.state == "DECISION":
        committee = body_in_charge(incident=incident)
        return leaders_of(committee=committee, at=at) if committee else []
    if incident.state == "EXECUTION":
        waiting = Action.objects.filter(incident=incident, cycle=incident.cycle).exclude(
            state__in=(Action.State.CONFIRMED, Action.State.CANCELLED)
        )
        return [action.executor for action in waiting.select_related("executor")]
    if incident.state in ACT_OF_STATE:
        people = _role("compliance", incident, at) + _role("risk", incident, at)
        return _without_conflict(people, incident, ACT_OF_STATE[incident.state], at)
    return [incident.owner]


def _without_conflict(people: list[User], incident: Incident, act: str, at: datetime) -> list[User]:
    cast = Cast(incident, at)
    return [
        person
        for person in people
        if clash(
            act=act,
            history=cast.history,
            person=person.pk,
            delegate_of=cast.owners_side_of(person.pk),
        )
        is None
    ]


def _role(role: str, incident: Incident, at: datetime) -> list[User]:
    return people_with_role(
        role=role, unit_id=incident.unit_id, system_id=incident.system_id, at=at
    )


def _head_of_unit(incident: Incident, at: datetime) -> list[User]:
    rows = RoleAssignment.objects.filter(
        in_force(at), role="executive", unit_id=incident.unit_id, user__is_active=True
    )
    return [row.user for row in rows.select_related("user")] or _role("executive", incident, at)


def _next_role(role: str, incident: Incident, at: datetime) -> list[User]:
    return _role("board" if role == "executive" else "executive", incident, at)


def _delegates(people: list[User], incident: Incident, at: datetime) -> list[User]:
    return [
        one
        for person in people
        for one in delegates_of(user_id=person.pk, system=incident.system, at=at)
    ]


def _reachable(person: User, at: datetime) -> bool:
    return bool(person.email) and available(user_id=person.pk, at=at)


def _delegates_of_owner(incident: Incident, at: datetime) -> list[User]:
    return delegates_of(user_id=incident.owner_id, system=incident.system, at=at)


NAMED: dict[str, Callable[[Incident, datetime], list[User]]] = {
    "responsible": _responsible,
    "owner": lambda incident, at: [incident.owner],
    "owner.delegate": _delegates_of_owner,
    "deputy": lambda incident, at: [incident.deputy],
    "unit.head": _head_of_unit,
}


def acknowledged(*, people: list[Recipient], having: set[UUID]) -> list[Recipient]:
    """Return those who have not said that they have it."""
    return [one for one in people if one.person.pk not in having]
