"""Who may do what on an incident and why not, person by person and command by command.

The same checks as the command's own; what does not depend on the person is asked once.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from incidents.models import Incident, Participation
from incidents.rules.parties import PARTY_WORDS, Command, Party
from incidents.rules.plan import FrozenPlan, from_text
from incidents.rules.segregation import PART_WORDS, PARTS_OF, WORDS, Clash, MatrixRow, matrix
from incidents.rules.transitions import COMMANDS, sources_of
from incidents.selectors.attempts import Attempt, attempt_of, clash_of
from incidents.selectors.cast import Cast
from incidents.selectors.guards import guard
from incidents.selectors.kin import family_of
from ledger.rules.actors import Actor
from ledger.rules.worded import either, joined, term, word, worded
from registry.models import User
from registry.rules.recorded_roles import role_told

BESIDE = {
    "added_evidence": word("added evidence"),
    "answered": word("answered"),
    "called": word("called a vote"),
    "raised": word("raised it"),
    "recused": word("recused"),
}
"""What somebody did that gives them no part."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One person and one command: whether they may, else why not, as a clause about them."""

    person: User
    command: Command
    may: bool
    why: str
    acting_for: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A command of the present state: what stands against it whoever acts, and everybody's cell."""

    command: Command
    stands: str
    cells: Sequence[Cell]

    @property
    def able(self) -> list[Cell]:
        """Who may."""
        return [cell for cell in self.cells if cell.may]

    @property
    def unable(self) -> list[tuple[str, list[str]]]:
        """Why others may not, those with one reason together."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for cell in self.cells:
            if not cell.may:
                found[cell.why].append(cell.person.name)
        return list(found.items())


@dataclass(frozen=True, slots=True)
class PersonParts:
    """One person: what they are here, what they may do, and why not the rest."""

    person: User
    role: str
    may: list[str]
    may_not: list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class PastPart:
    """An act on record: by whom, for whom, where and when, and the parts that it makes."""

    name: str
    principal: str
    words: str
    parts: tuple[str, ...]
    incident: str
    cycle: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the page of an incident's parts shows."""

    steps: Sequence[Step]
    people: Sequence[PersonParts]
    history: Sequence[PastPart]
    matrix: Sequence[MatrixRow]
    dealt: Sequence[tuple[str, str]]


def parts_of_incident(*, incident: Incident, at: datetime) -> Parts:
    """Return who may do what now and why not, who did what, and which parts exclude which.

    A constant number of queries for the people, one guard for each command of the present state.
    """
    plan = from_text(incident.plan)
    cast = Cast(incident, at)
    people = _people(cast)
    names = _names(cast, people)
    steps = [_step(name, incident, plan, cast, people, names) for name in _commands(incident)]
    return Parts(
        steps=steps,
        people=[_of_person(person, steps, cast) for person in people],
        history=_history(incident),
        matrix=matrix(plan.segregation.extra_pairs),
        dealt=_delegations(cast, people, names),
    )


def _commands(incident: Incident) -> list[str]:
    return [
        name
        for name, command in COMMANDS.items()
        if incident.state in sources_of(name) and not command.by_engine_only
    ]


def _people(cast: Cast) -> list[User]:
    """Every active person with a role here, a part in it, or a principal who has one."""
    parties: set[Party] = {party for one in COMMANDS.values() for party in one.who}
    parties.add("auditor")
    found = {person.pk: person for party in parties for person in cast.holders(party)}
    others = {*cast.roles, *(act.person for act in cast.history)} - set(found)
    for person in User.objects.filter(pk__in=others, is_active=True):
        found[person.pk] = person
    return sorted(found.values(), key=lambda one: (one.name, str(one.pk)))


def _names(cast: Cast, people: Sequence[User]) -> dict[UUID, str]:
    known = {person.pk: person.name for person in people}
    side = {key for person in people for key in cast.owners_side_of(person.pk)}
    missing = {*side, *(act.person for act in cast.history)} - set(known)
    return known | dict(User.objects.filter(pk__in=missing).values_list("pk", "name"))


def _step(
    name: str,
    incident: Incident,
    plan: FrozenPlan,
    cast: Cast,
    people: Sequence[User],
    names: dict[UUID, str],
) -> Step:
    stands = guard(name, incident, plan, cast.at)
    cells = [_cell(name, incident, plan, cast, person, names) for person in people]
    if stands is not None:
        cells = [replace(cell, may=False, why=cell.why or stands.reason) for cell in cells]
    return Step(COMMANDS[name], stands.reason if stands else "", cells)


def _cell(
    name: str,
    incident: Incident,
    plan: FrozenPlan,
    cast: Cast,
    person: User,
    names: dict[UUID, str],
) -> Cell:
    attempt = attempt_of(
        command=name,
        incident=incident,
        plan=plan,
        actor=Actor(kind="person", id=str(person.pk), name=person.name),
        at=cast.at,
        user=person,
        cast=cast,
    )
    why = _why_not(attempt, names)
    acting_for = attempt.principal.name if attempt.principal else ""
    return Cell(person, attempt.command, not why, why, acting_for)


def _why_not(attempt: Attempt, names: dict[UUID, str]) -> str:
    """Why not, as a clause about the person: their history first, then their role."""
    found = clash_of(attempt)
    if found is not None:
        return _clause(found, names)
    if not attempt.parties & set(attempt.command.who):
        if "auditor" in attempt.parties:
            return term("reads everything and changes nothing, as an auditor")
        who = [term(PARTY_WORDS[party]) for party in attempt.command.who if party != "engine"]
        return worded("is not {who}", who=either(who))
    waiting = attempt.cast.open_lines(attempt.plan) if attempt.line else ()
    if attempt.line and waiting and attempt.line not in waiting:
        return worded("has no review left to sign: {line} has signed", line=term(attempt.line))
    return ""


def _clause(found: Clash, names: dict[UUID, str]) -> str:
    return found.reason(second_person=False, name=names.get(found.whose, "somebody"))


def _of_person(person: User, steps: Sequence[Step], cast: Cast) -> PersonParts:
    cells = [cell for step in steps for cell in step.cells if cell.person.pk == person.pk]
    why: defaultdict[str, list[str]] = defaultdict(list)
    for cell in cells:
        if not cell.may:
            why[cell.why].append(cell.command.words)
    may = [
        worded("{act} (for {name})", act=term(cell.command.words), name=cell.acting_for)
        if cell.acting_for
        else cell.command.words
        for cell in cells
        if cell.may
    ]
    return PersonParts(person, _role(person, cast), may, list(why.items()))


def _role(person: User, cast: Cast) -> str:
    incident = cast.incident
    if person.pk in (incident.owner_id, incident.deputy_id):
        return role_told("owner" if person.pk == incident.owner_id else "deputy")
    roles = [role_told(one) for one in sorted(cast.roles.get(person.pk, frozenset()))]
    principals = [worded("for {name}", name=one.name) for one in cast.principals(person.pk)]
    return joined(", ", [*roles, *principals]) or person.title


def _history(incident: Incident) -> list[PastPart]:
    rows = Participation.objects.filter(family_of(incident)).select_related(
        "person", "as_delegate_of", "incident"
    )
    return [
        PastPart(
            name=row.person.name,
            principal=row.as_delegate_of.name if row.as_delegate_of else "",
            words=_told(row.act),
            parts=tuple(PART_WORDS[part] for part in PARTS_OF.get(row.act, ())),
            incident="" if row.incident_id == incident.pk else row.incident.number,
            cycle=row.cycle,
            at=row.at,
        )
        for row in rows.order_by("at", "id")
    ]


def _told(act: str) -> str:
    return WORDS[act][1] if act in WORDS else BESIDE.get(act, act.replace("_", " "))


def _delegations(
    cast: Cast, people: Sequence[User], names: dict[UUID, str]
) -> list[tuple[str, str]]:
    """Who counts as the owner's side by a delegation in the incident's life (SEG-01)."""
    return [
        (person.name, names.get(principal, ""))
        for person in people
        for principal in sorted(cast.owners_side_of(person.pk), key=str)
    ]
