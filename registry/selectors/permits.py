"""Why somebody may not, and who could instead."""

from datetime import datetime
from uuid import UUID

from ledger.rules.actors import Actor
from ledger.rules.commitments import Label
from ledger.rules.refusals import Forbidden
from ledger.rules.worded import term, worded
from registry.models import System
from registry.rules.permits import PERMITS, in_words, why_not
from registry.selectors.people import (
    people_with_role,
    roles_for_system,
    roles_for_unit,
    roles_of,
)

MACHINES = ("system", "command", "task")


def refusal_for_system(*, act: str, system: System, actor: Actor, at: datetime) -> Forbidden | None:
    """Return why an actor may not do something to a system, None if they may."""
    if actor.kind in MACHINES:
        return None
    subject = ("system", str(system.pk), system.name)
    if actor.person is None:
        return person_needed(act, subject)
    held = roles_for_system(user_id=actor.person, system=system, at=at)
    reason = why_not(act, held)
    if reason is None:
        return None
    who = who_can(act=act, system=system, at=at)
    return Forbidden("role_missing", reason, who_can=who, recorded=True, subject=subject)


def refusal_for_unit(
    *, act: str, unit_id: UUID | None, actor: Actor, at: datetime, subject: tuple[str, str, Label]
) -> Forbidden | None:
    """Return why an actor may not do something within a unit, None if they may.

    Without a unit (the top of the organisation) only the product's own commands may.
    """
    if actor.kind in MACHINES:
        return None
    if actor.person is None:
        return person_needed(act, subject)
    held: set[str] = set()
    if unit_id is not None:
        held = roles_for_unit(user_id=actor.person, unit_id=unit_id, at=at)
    reason = why_not(act, held)
    if reason is None:
        return None
    who = [in_words(PERMITS[act].roles)]
    return Forbidden("role_missing", reason, who_can=who, recorded=True, subject=subject)


def refusal_anywhere(
    *, act: str, actor: Actor, at: datetime, subject: tuple[str, str, Label]
) -> Forbidden | None:
    """Return why an actor may not do what concerns the whole organisation, None if they may.

    A role for any unit or system is enough.
    """
    if actor.kind in MACHINES:
        return None
    if actor.person is None:
        return person_needed(act, subject)
    held = {role for role, _, _ in roles_of(user_id=actor.person, at=at)}
    reason = why_not(act, held)
    if reason is None:
        return None
    who = [in_words(PERMITS[act].roles)]
    return Forbidden("role_missing", reason, who_can=who, recorded=True, subject=subject)


def whole_needed(act: str, subject: tuple[str, str, Label]) -> Forbidden:
    """Refuse what binds the whole organisation to who holds the role for a part of it alone."""
    who = in_words(PERMITS[act].roles)
    reason = worded(
        "You cannot {words}: it binds the whole organisation, so that takes {who} with all of its "
        "systems in reach.",
        words=term(PERMITS[act].words),
        who=who,
    )
    return Forbidden("role_missing", reason, who_can=[who], recorded=True, subject=subject)


def person_needed(act: str, subject: tuple[str, str, Label]) -> Forbidden:
    """Return the refusal for a token, or for nobody, where a person must act."""
    words = worded(
        "A service token cannot {words}: that is a person's act.", words=PERMITS[act].words
    )
    return Forbidden(
        "person_needed",
        words,
        who_can=[in_words(PERMITS[act].roles)],
        recorded=True,
        subject=subject,
    )


def who_can(*, act: str, system: System, at: datetime) -> list[str]:
    """Return the names of the people who may do something to a system."""
    permit = PERMITS[act]
    people = {"owner": [system.owner], "deputy": [system.deputy]}
    names: list[str] = []
    barred = {person.pk for word in permit.barred for person in people.get(word, [])}
    for role in sorted(permit.roles):
        holders = people.get(role) or people_with_role(
            role=role, unit_id=system.unit_id, system_id=system.pk, at=at
        )
        names += [person.name for person in holders if person.is_active and person.pk not in barred]
    return list(dict.fromkeys(names)) or [in_words(permit.roles)]
