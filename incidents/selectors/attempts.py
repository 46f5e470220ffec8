"""An attempt: one person, one command, one incident, and why it would be refused.

`refusal_of` makes the checks of `execute` in its order, but for what only a command has (replayed
key, expected version, required fields), so that pages say beforehand what the command would say.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from incidents.models import Incident
from incidents.rules.plan import FrozenPlan
from incidents.rules.segregation import Clash, clash
from incidents.rules.transitions import (
    COMMANDS,
    PARTY_WORDS,
    STATE_WORDS,
    Command,
    Party,
    sources_of,
)
from incidents.selectors.cast import Cast
from incidents.selectors.guards import guard
from incidents.selectors.parties import act_of, parties_of, turn_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Missing, Refused
from ledger.rules.worded import either, joined, term, worded
from registry.models import User


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries what: `principal` is whom the person acts for, `act` the part it would make.

    `line` is the line of a validation, compliance or risk.
    """

    incident: Incident
    plan: FrozenPlan
    command: Command
    cast: Cast
    actor: Actor
    at: datetime
    user: User | None = None
    principal: User | None = None
    parties: frozenset[Party] = frozenset()
    act: str = ""
    line: str = ""

    @property
    def subject(self) -> tuple[str, str, str]:
        """What a refusal is about."""
        return ("incident", str(self.incident.pk), self.incident.number)


def attempt_of(
    *,
    command: str,
    incident: Incident,
    plan: FrozenPlan,
    actor: Actor,
    at: datetime,
    user: User | None,
    on_behalf_of: UUID | None = None,
    cast: Cast | None = None,
) -> Attempt:
    """Return the attempt with what the person is to the incident. Raises KeyError, Forbidden."""
    cast = cast or Cast(incident, at)
    person = user.pk if user else None
    known = turn_of(COMMANDS[command], cast, (person, on_behalf_of))
    parties, principal = parties_of(known, cast, actor, user, on_behalf_of)
    if principal is not None and on_behalf_of is None:
        known = turn_of(COMMANDS[command], cast, (person, principal.pk))
        parties, principal = parties_of(known, cast, actor, user, None)
    act, line = act_of(known, plan, cast, principal or user)
    return Attempt(incident, plan, known, cast, actor, at, user, principal, parties, act, line)


def refusal_of(attempt: Attempt) -> Refused | None:
    """Return why the attempt would be refused, None where only its fields remain to be read."""
    return (
        unseen(attempt)
        or impossible(attempt)
        or not_permitted(attempt)
        or not_separate(attempt)
        or line_signed(attempt)
        or guard(attempt.command.name, attempt.incident, attempt.plan, attempt.at)
    )


def unseen(attempt: Attempt) -> Refused | None:
    """Say that there is nothing, to somebody who may not see it; whoever is a party sees it."""
    if attempt.user is None or attempt.parties & set(attempt.command.who):
        return None
    if attempt.cast.sees(attempt.user.pk):
        return None
    return no_such_incident()


def no_such_incident() -> Missing:
    """Return the refusal for an incident that is not there or not the caller's to see."""
    return Missing("not_found", "There is no such incident that you may see.")


def impossible(attempt: Attempt) -> Refused | None:
    """Refuse what the present state does not allow."""
    state, sources = attempt.incident.state, sources_of(attempt.command.name)
    if state in sources:
        return None
    where = either(term(STATE_WORDS[source]) for source in sources)
    return Conflict(
        "state_does_not_allow",
        worded(
            "You cannot {words} {number} now: it stands at {state_words}, and "
            "this is possible at {where} only.",
            words=term(attempt.command.words),
            number=attempt.incident.number,
            state_words=term(STATE_WORDS[state]),
            where=where,
        ),
        subject=attempt.subject,
        extra={"present": present(attempt.incident)},
    )


def present(incident: Incident) -> dict[str, str | int]:
    """Return where an incident stands now, for a caller who is late."""
    return {
        "number": incident.number,
        "state": incident.state,
        "state_words": STATE_WORDS[incident.state],
        "version": incident.version,
    }


def not_permitted(attempt: Attempt) -> Refused | None:
    """Refuse whoever is not a party of the command, auditors with their own reason.

    Whoever also took a part that forbids it is told that: it stays true whatever role they get.
    """
    if attempt.parties & set(attempt.command.who):
        return None
    return not_separate(attempt) or Forbidden(
        "auditor_reads_only" if is_auditor(attempt) else "not_your_part",
        _why_not(attempt),
        who_can=who_can(attempt),
        recorded=True,
        subject=attempt.subject,
    )


def not_separate(attempt: Attempt) -> Refused | None:
    """Refuse whoever took a part that the act must be kept apart from."""
    found = clash_of(attempt)
    if found is None:
        return None
    reason = found.reason(second_person=True, name=_name(attempt, found.whose))
    return Forbidden(
        "not_separate",
        worded(
            "You cannot {words} this: {reason}.", words=term(attempt.command.words), reason=reason
        ),
        who_can=who_can(attempt),
        recorded=True,
        subject=attempt.subject,
    )


def line_signed(attempt: Attempt) -> Refused | None:
    """Refuse a second review by a line that has signed these findings already."""
    if not attempt.line:
        return None
    waiting = attempt.cast.open_lines(attempt.plan)
    if attempt.line in waiting or not waiting:
        return None
    return Conflict(
        "already_validated",
        worded(
            "{line} has signed these findings; {waiting} is still to sign, in another person.",
            line=term(attempt.line.capitalize()),
            waiting=joined(" and ", [term(one.capitalize(), lowered=True) for one in waiting]),
        ),
        who_can=who_can(attempt),
        subject=attempt.subject,
    )


def clash_of(attempt: Attempt) -> Clash | None:
    """Return what stands against the attempt in the incident's history, None if nothing."""
    if attempt.user is None or not attempt.act:
        return None
    return clash(
        act=attempt.act,
        history=attempt.cast.history,
        person=attempt.user.pk,
        acting_for=attempt.principal.pk if attempt.principal else None,
        delegate_of=attempt.cast.owners_side_of(attempt.user.pk),
        extra_pairs=attempt.plan.segregation.extra_pairs,
    )


def who_can(attempt: Attempt) -> list[str]:
    """Return the names of those who could give the command now, else which roles could."""
    names = [person.name for person in people_who_can(attempt)]
    return names[:6] or [PARTY_WORDS[party] for party in attempt.command.who]


def people_who_can(attempt: Attempt) -> list[User]:
    """Return the people who could give the command now: of its parties and kept apart."""
    candidates = {
        person.pk: person for party in attempt.command.who for person in attempt.cast.holders(party)
    }
    return [
        person
        for person in candidates.values()
        if (other := _other(attempt, person)) is not None
        and other.command.act == attempt.command.act
        and not_permitted_quietly(other) is None
        and clash_of(other) is None
        and (not other.line or other.line in attempt.cast.open_lines(attempt.plan))
    ]


def not_permitted_quietly(attempt: Attempt) -> str | None:
    """Return why somebody is no party, in words, without naming who is."""
    return None if attempt.parties & set(attempt.command.who) else _why_not(attempt)


def _other(attempt: Attempt, person: User) -> Attempt | None:
    """The same attempt by another person."""
    return attempt_of(
        command=attempt.command.name,
        incident=attempt.incident,
        plan=attempt.plan,
        actor=Actor(kind="person", id=str(person.pk), name=person.name),
        at=attempt.at,
        user=person,
        cast=attempt.cast,
    )


def _why_not(attempt: Attempt) -> str:
    act = {"act": term(attempt.command.words), "number": attempt.incident.number}
    if attempt.command.by_engine_only:
        return worded(
            "You cannot {act} {number}: that follows from a decision or from readings, nobody does "
            "it by hand.",
            **act,
        )
    if attempt.actor.kind == "token":
        return worded("You cannot {act} {number}: a service token cannot act as a person.", **act)
    if is_auditor(attempt):
        return worded(
            "You cannot {act} {number}: an auditor reads everything and changes nothing.", **act
        )
    parties = [term(PARTY_WORDS[party]) for party in attempt.command.who if party != "engine"]
    return worded("You cannot {act} {number}: that takes {who}.", **act, who=either(parties))


def is_auditor(attempt: Attempt) -> bool:
    """Whether who attempts it holds the role of an auditor for the case."""
    if attempt.user is None:
        return False
    return "auditor" in attempt.cast.roles.get(attempt.user.pk, frozenset())


def _name(attempt: Attempt, person: UUID) -> str:
    if attempt.user is not None and person == attempt.user.pk:
        return attempt.user.name
    # Asked for again and again on a page of one case: most who have a part were read for it.
    known = attempt.cast.known_people.get(person)
    if known is not None:
        return known.name
    return str(User.objects.values_list("name", flat=True).get(pk=person))
