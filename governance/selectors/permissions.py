"""Who may change the rules of a unit or lead its committee, and the words when they may not."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden
from ledger.rules.worded import term, worded
from registry.rules.permits import in_words
from registry.selectors.people import people_with_role, roles_for_unit

MACHINES = frozenset({"system", "command", "task"})
RULE_WRITERS = ("compliance", "risk", "administrator")
RULE_APPROVERS = ("compliance", "risk", "executive")


def person_of(actor: Actor, *, words: str, subject: tuple[str, str, str]) -> UUID:
    """Return the person who acts. Raises Forbidden for a token or a machine."""
    if actor.person is None:
        raise Forbidden(
            "person_needed",
            worded("A service token cannot {words}: that is a person's act.", words=term(words)),
            who_can=["a person who is signed in"],
            recorded=True,
            subject=subject,
        )
    return actor.person


def require_role(
    *,
    roles: Iterable[str],
    words: str,
    unit_id: UUID,
    actor: Actor,
    at: datetime,
    subject: tuple[str, str, str],
) -> None:
    """Let who holds one of the roles for the unit pass, and the product's own commands.

    Raises Forbidden with the names of who can.
    """
    if actor.kind in MACHINES:
        return
    person = person_of(actor, words=words, subject=subject)
    wanted = tuple(roles)
    if roles_for_unit(user_id=person, unit_id=unit_id, at=at) & set(wanted):
        return
    raise Forbidden(
        "role_missing",
        worded(
            "You cannot {words}: that takes {wanted}.", words=term(words), wanted=in_words(wanted)
        ),
        who_can=names_with_roles(roles=wanted, unit_id=unit_id, at=at) or [in_words(wanted)],
        recorded=True,
        subject=subject,
    )


def names_with_roles(*, roles: Iterable[str], unit_id: UUID, at: datetime) -> list[str]:
    """Return the names of the people who hold one of the roles for a unit."""
    people = [
        person.name
        for role in roles
        for person in people_with_role(role=role, unit_id=unit_id, at=at)
    ]
    return list(dict.fromkeys(people))
