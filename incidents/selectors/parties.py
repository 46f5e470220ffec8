"""What somebody is to an incident when they give a command, and what part it makes of them."""

from collections.abc import Collection
from uuid import UUID

from incidents.rules.plan import FrozenPlan
from incidents.rules.transitions import Command, Party
from incidents.rules.turns import ASKED, step_of
from incidents.selectors.cast import Cast
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden
from registry.models import User

ENGINES = ("system", "task", "command")


def parties_of(
    command: Command, cast: Cast, actor: Actor, user: User | None, on_behalf_of: UUID | None
) -> tuple[frozenset[Party], User | None]:
    """Return what somebody is, in their own right or for the principal that makes it possible."""
    if user is None:
        return _parties_of_machine(actor), None
    if on_behalf_of is not None:
        principal = _principal(cast, user, on_behalf_of)
        return cast.own_parties(principal.pk, command.who) - {"chair"}, principal
    own = cast.own_parties(user.pk, command.who)
    if own & set(command.who):
        return own, None
    for principal in cast.principals(user.pk):
        # A seat has a substitute and no proxy: nobody is the chair for somebody else.
        theirs = cast.own_parties(principal.pk, command.who) - {"chair"}
        if theirs & set(command.who):
            return theirs, principal
    return own, None


def turn_of(command: Command, cast: Cast, people: Collection[UUID | None]) -> Command:
    """Return a command as it stands for who gives it: to ask, or to agree to what was asked.

    `people` are the person and whom they act for; nobody agrees to what one of them asked for.
    """
    if command.name not in ASKED:
        return command
    asked = cast.asked_for(command.name)
    askers = {asked.person_id, asked.on_behalf_of_id} - {None} if asked is not None else set()
    agrees = asked is not None and askers.isdisjoint(people)
    return step_of(command, cast.incident.state, agrees=agrees)


def _parties_of_machine(actor: Actor) -> frozenset[Party]:
    if actor.kind in ENGINES:
        return frozenset({"engine"})
    return frozenset({"gateway"}) if actor.kind == "token" else frozenset()


def _principal(cast: Cast, user: User, on_behalf_of: UUID) -> User:
    for principal in cast.principals(user.pk):
        if principal.pk == on_behalf_of:
            return principal
    raise Forbidden(
        "no_delegation",
        "You hold no delegation from this person now, so you cannot act for them.",
        recorded=True,
        subject=("incident", str(cast.incident.pk), cast.incident.number),
    )


def act_of(command: Command, plan: FrozenPlan, cast: Cast, person: User | None) -> tuple[str, str]:
    """Return (act, line): a validation is of one line, a second dismissal is an agreement."""
    if command.name == "validate" and person is not None:
        line = _line(plan, cast, person)
        return f"validated_{line}", line
    if command.name == "dismiss" and cast.proposal is not None:
        return "agreed_dismissal", ""
    return command.act, ""


def _line(plan: FrozenPlan, cast: Cast, person: User) -> str:
    held = cast.roles.get(person.pk, frozenset())
    for line in (*cast.open_lines(plan), "compliance", "risk"):
        if line in held:
            return line
    return "compliance"
