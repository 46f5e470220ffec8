"""Who may do what in an incident now, and why not; the same checks as the command's."""

from dataclasses import dataclass
from datetime import datetime

from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.tables import clockwork, containment, families, turns
from incidents.rules.transitions import COMMANDS, PARTY_WORDS, Command, Party, sources_of
from incidents.selectors.attempts import (
    Attempt,
    attempt_of,
    clash_of,
    line_signed,
    not_permitted,
    not_permitted_quietly,
    not_separate,
    refusal_of,
    unseen,
)
from incidents.selectors.cast import Cast
from incidents.selectors.guards import guard
from ledger.rules.actors import Actor
from ledger.rules.refusals import Refused
from ledger.rules.worded import either, joined, term, word, worded
from registry.models import User

BESIDE = frozenset(
    {
        "add_evidence",
        "raise_severity",
        *(
            command.name
            for table in (containment, turns, clockwork, families)
            for command in table.COMMANDS
        ),
    }
)
"""Commands that are possible in every state and stand beside the step that waits."""
SILENCED = frozenset({"answer_silenced"})
"""Commands of a case that opened in a silence."""


@dataclass(frozen=True, slots=True)
class GateRow:
    """One person at the gate: whether they may act now, and in words what, or why not."""

    person: User
    role: str
    may: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Possible:
    """A command of the present state, and why the reader may not give it; None if they may."""

    command: Command
    refusal: Refused | None


def refusal_for(*, command: str, incident: Incident, user: User, at: datetime) -> Refused | None:
    """Return why `execute` would refuse a person, None where only the fields remain to be read.

    Raises KeyError for a command that does not exist.
    """
    return refusal_of(_attempt(command, incident, user, Cast(incident, at)))


def refusal_before_signing(
    *, command: str, incident: Incident, user: User, at: datetime
) -> Refused | None:
    """Return why a person may not give a command at all, so that nobody signs in vain."""
    attempt = _attempt(command, incident, user, Cast(incident, at))
    return unseen(attempt) or not_permitted(attempt) or not_separate(attempt)


def possible_commands(*, incident: Incident, user: User, at: datetime) -> list[Possible]:
    """Return every command that a person could give in this state, with the refusal if any."""
    cast = Cast(incident, at)
    return [
        Possible(COMMANDS[name], refusal_of(_attempt(name, incident, user, cast)))
        for name in _commands_at(incident, beside=True)
    ]


def who_may_act(*, incident: Incident, at: datetime) -> list[GateRow]:
    """Return who may act now, then whom one might expect to and why they may not.

    People on record as parties of the present step, and everybody who took part.
    """
    cast = Cast(incident, at)
    commands = _commands_at(incident, beside=False)
    people = _people(cast, commands)
    rows = [_row(person, commands, incident, cast) for person in people]
    return sorted(rows, key=lambda row: (not row.may, row.person.name))


def _commands_at(incident: Incident, *, beside: bool) -> list[str]:
    return [
        name
        for name, command in COMMANDS.items()
        if incident.state in sources_of(name)
        and not command.by_engine_only
        and (beside or name not in BESIDE)
        and (incident.suppressed or name not in SILENCED)
    ]


def _people(cast: Cast, commands: list[str]) -> list[User]:
    parties: set[Party] = {party for name in commands for party in COMMANDS[name].who}
    found = {person.pk: person for party in parties for person in cast.holders(party)}
    taken = {act.person for act in cast.history} - set(found)
    for person in User.objects.filter(pk__in=taken, is_active=True):
        found[person.pk] = person
    return list(found.values())


def _row(person: User, commands: list[str], incident: Incident, cast: Cast) -> GateRow:
    attempts = [_attempt(name, incident, person, cast) for name in commands]
    able = [one.command.words for one in attempts if _may(one)]
    role = _role(person, incident, cast)
    if able:
        return GateRow(person, role, may=True, reason=joined(", ", map(term, able)))
    reason = _reason(attempts[0]) if attempts else word("nothing waits for a person here")
    return GateRow(person, role, may=False, reason=reason)


def _may(attempt: Attempt) -> bool:
    if not_permitted_quietly(attempt) is not None or clash_of(attempt) is not None:
        return False
    if line_signed(attempt) is not None:
        return False
    return guard(attempt.command.name, attempt.incident, attempt.plan, attempt.at) is None


def _reason(attempt: Attempt) -> str:
    """Why not, as a clause about somebody else."""
    found = clash_of(attempt)
    if found is not None:
        name = "" if found.himself else User.objects.get(pk=found.whose).name
        return found.reason(second_person=False, name=name)
    if not_permitted_quietly(attempt) is not None:
        who = [term(PARTY_WORDS[party]) for party in attempt.command.who if party != "engine"]
        return worded("this takes {who}", who=either(who, between=" or "))
    refusal = line_signed(attempt) or guard(
        attempt.command.name, attempt.incident, attempt.plan, attempt.at
    )
    return refusal.reason if refusal else ""


def _role(person: User, incident: Incident, cast: Cast) -> str:
    if person.pk in (incident.owner_id, incident.deputy_id):
        return "owner" if person.pk == incident.owner_id else "deputy"
    roles = sorted(cast.roles.get(person.pk, frozenset()))
    if roles:
        return ", ".join(roles)
    principals = cast.principals(person.pk)
    return f"for {principals[0].name}" if principals else person.title


def _attempt(command: str, incident: Incident, user: User, cast: Cast) -> Attempt:
    return attempt_of(
        command=command,
        incident=incident,
        plan=from_text(incident.plan),
        actor=Actor(kind="person", id=str(user.pk), name=user.name),
        at=cast.at,
        user=user,
        cast=cast,
    )
