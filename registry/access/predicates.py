"""Object rules by name: `user.has_perm("registry.view_system", system)`.

The one source of truth is PERMITS with the selectors that read who holds what; here they only get
the names by which templates and doors ask. `registry.view_<thing>` says who sees it; every act of
PERMITS is `registry.<act>` for a system, for a unit, or, without an object, anywhere.
"""

from typing import Any

import rules as rules_package

from outbox import clock
from registry.models import System, Unit, User
from registry.rules.permits import PERMITS, why_not
from registry.selectors.access import people_seen_by, units_seen_by
from registry.selectors.people import roles_for_system, roles_for_unit, roles_of
from registry.selectors.systems import systems_visible_to

# The package has no types of its own.
rules: Any = rules_package


def held_for(user: Any, thing: System | Unit | None) -> frozenset[str]:
    """Return what a person is to a system, a unit, or anywhere; nothing for who is no person."""
    if not isinstance(user, User) or not user.is_active or user.kind != User.Kind.PERSON:
        return frozenset()
    at = clock.now()
    if isinstance(thing, System):
        return frozenset(roles_for_system(user_id=user.pk, system=thing, at=at))
    if isinstance(thing, Unit):
        return frozenset(roles_for_unit(user_id=user.pk, unit_id=thing.pk, at=at))
    return frozenset(role for role, _, _ in roles_of(user_id=user.pk, at=at))


@rules.predicate  # type: ignore[untyped-decorator]
def is_owner_of(user: Any, system: System) -> bool:
    """Whether a person is the owner of a system."""
    return "owner" in held_for(user, system)


@rules.predicate  # type: ignore[untyped-decorator]
def is_deputy_of(user: Any, system: System) -> bool:
    """Whether a person is the deputy of a system."""
    return "deputy" in held_for(user, system)


@rules.predicate  # type: ignore[untyped-decorator]
def sees_system(user: Any, system: System) -> bool:
    """Whether a person sees a system: by role, as owner or deputy, for another, or behind glass."""
    if not isinstance(user, User) or not isinstance(system, System):
        return False
    return systems_visible_to(user=user, at=clock.now()).filter(pk=system.pk).exists()


@rules.predicate  # type: ignore[untyped-decorator]
def sees_unit(user: Any, unit: Unit) -> bool:
    """Whether a person sees a unit with its people."""
    if not isinstance(user, User) or not isinstance(unit, Unit):
        return False
    return unit.pk in units_seen_by(user=user, at=clock.now())


@rules.predicate  # type: ignore[untyped-decorator]
def sees_person(user: Any, person: User) -> bool:
    """Whether a person sees what another one holds."""
    if not isinstance(user, User) or not isinstance(person, User):
        return False
    return people_seen_by(user=user, at=clock.now()).filter(pk=person.pk).exists()


def holds_role_for(*roles: str) -> Any:
    """Return the predicate that a person holds one of these roles for the object."""
    wanted = frozenset(roles)

    def holds(user: Any, thing: Any) -> bool:
        return bool(held_for(user, thing) & wanted)

    return rules.predicate(holds, name=f"holds_role_for({', '.join(sorted(wanted))})")


def may(act: str) -> Any:
    """Return the predicate that PERMITS lets a person do an act to the object."""

    def permitted(user: Any, thing: Any) -> bool:
        return bool(held := held_for(user, thing)) and why_not(act, held) is None

    return rules.predicate(permitted, name=f"may({act})")


rules.add_perm("registry.view_system", sees_system)
rules.add_perm("registry.view_unit", sees_unit)
rules.add_perm("registry.view_user", sees_person)
for _act in PERMITS:
    rules.add_perm(f"registry.{_act}", may(_act))
