"""Recipients: whom an expression of the ladder means now, and who takes the place of the absent.

The chain: who is named, then delegate or deputy, then who holds the role, then the next role up,
then the secretary; last the mailbox that the policy names. Away, deactivated, without an address
that works, or in conflict is not reached.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from governance.models import Committee
from governance.selectors.asked import Asked
from incidents.models import Incident
from incidents.rules.segregation import clash
from incidents.selectors.cast import Cast
from ledger.rules.commitments import Label
from registry.models import User

ON_CALL = "on_call"
MAILBOX = "mailbox"
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


class Reached(tuple[Recipient, ...]):
    """Who is reached by a step, and what the firing and the ledger keep of them, made once."""

    @cached_property
    def plain(self) -> list[dict[str, str]]:
        """What the firing keeps of them."""
        return [one.plain for one in self]

    @cached_property
    def on_record(self) -> list[dict[str, Label]]:
        """What the ledger keeps of them."""
        return [one.on_record for one in self]


def resolve(
    *, expression: str, incident: Incident, at: datetime, asked: Asked | None = None
) -> list[Recipient]:
    """Return who is reached by an expression now, from the first tier that reaches anybody.

    Delegates are told beside nobody: they stand in for a person who is away. [] is unroutable.
    """
    asked = asked or Asked([incident], at)
    for how, people in _tiers(expression, incident, asked):
        reached = _reached(how, people, asked)
        if reached:
            return reached
    return []


def _reached(how: str, people: list[User], asked: Asked) -> list[Recipient]:
    reached = [Recipient(person, how) for person in asked.reachable(people)]
    return list({one.person.pk: one for one in reached}.values())


def resolve_all(
    *, expressions: Sequence[str], incident: Incident, at: datetime, asked: Asked | None = None
) -> Reached:
    """Return who is reached by the expressions of a step now, each once. [] is unroutable.

    `on_call` beside others adds who is on call; only where those reach nobody does somebody stand
    in for an empty rota. `asked` keeps the answers of other steps that fire at this instant.
    """
    asked = asked or Asked([incident], at)
    others = [one for one in expressions if one not in (MAILBOX, ON_CALL)]
    found = [
        one
        for expression in others
        for one in resolve(expression=expression, incident=incident, at=at, asked=asked)
    ]
    if ON_CALL in expressions:
        on_duty = _reached(ON_CALL, asked.on_call(incident.unit_id), asked)
        found = [*found, *on_duty]
        found = found or resolve(expression=ON_CALL, incident=incident, at=at, asked=asked)
    return Reached({one.person.pk: one for one in found}.values())


def depends_on(*, expressions: Sequence[str], incident: Incident, asked: Asked) -> Hashable:
    """Return what the answer of `resolve_all` depends on beside the instant.

    None where it depends on more: on who carries out what, or who took which part in the case.
    """
    acts = "responsible" in expressions
    if acts and (incident.state == "EXECUTION" or incident.state in ACT_OF_STATE):
        return None
    decides = acts and incident.state == "DECISION"
    hears = decides or any(one.startswith("committee.") for one in expressions)
    body = asked.body(incident) if hears else None
    people = (incident.owner_id, incident.deputy_id)
    return (expressions, incident.unit_id, incident.system_id, people, decides, body and body.pk)


def body_in_charge(*, incident: Incident) -> Committee | None:
    """Return the body of the newest round of this cycle, else the one that decides first."""
    return Asked([incident], incident.detected_at).body(incident)


def _tiers(expression: str, incident: Incident, asked: Asked) -> Iterator[Tier]:
    """Yield, one after the other, how people are found and who they are."""
    named = list(_named(expression, incident, asked))
    yield expression, named
    yield f"delegate for {expression}", _delegates(named, incident, asked)
    if expression in ("owner", "deputy", "responsible", "owner.delegate", ON_CALL):
        yield "owner or deputy", [incident.owner, incident.deputy]
    if expression.startswith("role:"):
        yield "next role up", _next_role(expression.removeprefix("role:"), incident, asked)
    yield "executive", asked.role("executive", incident)
    yield "secretary", asked.role("secretary", incident)


def _named(expression: str, incident: Incident, asked: Asked) -> list[User]:
    if expression.startswith("role:"):
        return asked.role(expression.removeprefix("role:"), incident)
    if expression.startswith("committee."):
        return _of_committee(expression.removeprefix("committee."), incident, asked)
    return NAMED[expression](incident, asked) if expression in NAMED else []


def _of_committee(part: str, incident: Incident, asked: Asked) -> list[User]:
    committee = asked.body(incident)
    if committee is None:
        return []
    if part == "chair":
        return asked.leaders(committee)
    if part == "secretary":
        return asked.secretaries(committee)
    seats = asked.seats(committee, part.removeprefix("seat:"))
    people = [person for seat in seats for person in (seat.person, seat.substitute)]
    return [person for person in people if person is not None]


def _responsible(incident: Incident, asked: Asked) -> list[User]:
    """Who must act now: it follows the state."""
    if incident.state == "DECISION":
        committee = asked.body(incident)
        return asked.leaders(committee) if committee else []
    if incident.state == "EXECUTION":
        return asked.executors(incident)
    if incident.state in ACT_OF_STATE:
        people = asked.role("compliance", incident) + asked.role("risk", incident)
        return _without_conflict(people, incident, ACT_OF_STATE[incident.state], asked.at)
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


def _next_role(role: str, incident: Incident, asked: Asked) -> list[User]:
    return asked.role("board" if role == "executive" else "executive", incident)


def _delegates(people: list[User], incident: Incident, asked: Asked) -> list[User]:
    return [one for person in people for one in asked.delegates(person.pk, incident)]


NAMED: dict[str, Callable[[Incident, Asked], list[User]]] = {
    "responsible": _responsible,
    "owner": lambda incident, asked: [incident.owner],
    "owner.delegate": lambda incident, asked: asked.delegates(incident.owner_id, incident),
    "deputy": lambda incident, asked: [incident.deputy],
    ON_CALL: lambda incident, asked: asked.on_call(incident.unit_id),
    "unit.head": lambda incident, asked: (
        asked.heads(incident.unit_id) or asked.role("executive", incident)
    ),
}


def acknowledged(*, people: Sequence[Recipient], having: set[UUID]) -> list[Recipient]:
    """Return those who have not said that they have it."""
    return [one for one in people if one.person.pk not in having]
