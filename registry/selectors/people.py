"""Who holds which role, who is there, who acts for whom; all as of an instant."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from registry.models import Delegation, Leave, RoleAssignment, System, User
from registry.selectors.compiled import compiled
from registry.selectors.units import units_above

Held = tuple[str, UUID | None, UUID | None]
Place = tuple[UUID, UUID | None]
"""A unit, and a system where its own roles count too."""


UNITS_NEAR = """
WITH RECURSIVE below(id) AS (
    SELECT unit_id FROM registry_roleassignment
    WHERE user_id = %s AND unit_id IS NOT NULL
      AND from_at <= %s AND (until_at IS NULL OR until_at > %s)
    UNION
    SELECT unit.id FROM registry_unit unit JOIN below ON unit.parent_id = below.id
), above(id, parent_id) AS (
    SELECT id, parent_id FROM registry_unit WHERE id = %s
    UNION
    SELECT unit.id, unit.parent_id FROM registry_unit unit JOIN above ON unit.id = above.parent_id
) SELECT id FROM below UNION SELECT id FROM above
"""


def in_force(at: datetime) -> Q:
    """Return the condition that [from_at, until_at) holds the instant; no end is for ever."""
    return Q(from_at__lte=at) & (Q(until_at__isnull=True) | Q(until_at__gt=at))


def people_with_role(
    *, role: str, unit_id: UUID, system_id: UUID | None = None, at: datetime
) -> list[User]:
    """Return who holds a role for the unit, a unit above, or the system: nearest first.

    Only active people whose assignment is in force; each once; by name within one distance.
    """
    place = (unit_id, system_id)
    return people_with_role_in(role=role, places=[place], at=at)[place]


def people_with_role_in(
    *, role: str, places: Collection[Place], at: datetime
) -> dict[Place, list[User]]:
    """Return who holds a role in each place (a unit, perhaps a system of it), asked for at once."""
    above = {unit: units_above(unit_id=unit) for unit in {unit for unit, _ in places}}
    systems = {system for _, system in places if system is not None}
    scope = Q(unit_id__in={one for units in above.values() for one in units})
    if systems:
        scope |= Q(system_id__in=systems)
    rows = (
        RoleAssignment.objects.filter(in_force(at), scope, role=role)
        .filter(user__is_active=True, user__kind=User.Kind.PERSON)
        .select_related("user")
    )
    given: defaultdict[UUID | None, list[RoleAssignment]] = defaultdict(list)
    for row in rows:
        for scoped in {row.unit_id, row.system_id} - {None}:
            given[scoped].append(row)
    return {
        (unit, system): _nearest_first(
            [row for one in (*above[unit], *([system] if system else [])) for row in given[one]],
            above[unit],
        )
        for unit, system in places
    }


def _nearest_first(rows: Iterable[RoleAssignment], above: Sequence[UUID]) -> list[User]:
    distance = {unit: step for step, unit in enumerate(above, start=1)}
    ordered = sorted(
        rows,
        key=lambda row: (distance.get(row.unit_id, 0), row.user.name, str(row.user_id)),  # type: ignore[arg-type]
    )
    return list({row.user_id: row.user for row in ordered}.values())


def roles_of(*, user_id: UUID, at: datetime) -> set[Held]:
    """Return the roles of an active person as (role, unit, system); nothing is inherited here."""
    return set(roles_asked(user_id=user_id, at=at))


def roles_asked(*, user_id: UUID, at: datetime) -> QuerySet[RoleAssignment, Any]:
    """Return the question which roles an active person holds: role, unit and system."""
    rows = RoleAssignment.objects.filter(in_force(at), user_id=user_id, user__is_active=True)
    return rows.values_list("role", "unit_id", "system_id")


def named_roles_of(*, user_id: UUID, at: datetime) -> list[dict[str, str | None]]:
    """Return the roles of an active person with the names of unit and system, for reading."""
    rows = RoleAssignment.objects.filter(in_force(at), user_id=user_id, user__is_active=True)
    values = rows.order_by("role", "unit__name", "system__slug").values_list(
        "role", "unit__name", "system__slug"
    )
    return [{"role": role, "unit": unit, "system": slug} for role, unit, slug in values]


def has_role(*, user_id: UUID, role: str, system: System, at: datetime) -> bool:
    """Whether an active person holds a role for the system, its unit or a unit above."""
    return role in roles_for_system(user_id=user_id, system=system, at=at)


def roles_for_system(*, user_id: UUID, system: System, at: datetime) -> set[str]:
    """Return what an active person is to a system: roles for it, 'owner', 'deputy'."""
    scope = Q(unit_id__in=units_above(unit_id=system.unit_id)) | Q(system_id=system.pk)
    rows = RoleAssignment.objects.filter(in_force(at), scope, user_id=user_id, user__is_active=True)
    people = {"owner": system.owner_id, "deputy": system.deputy_id}
    own = {word for word, person in people.items() if person == user_id}
    if own and not User.objects.filter(pk=user_id, is_active=True).exists():
        return set()
    return own | set(rows.values_list("role", flat=True))


def roles_for_unit(*, user_id: UUID, unit_id: UUID, at: datetime) -> set[str]:
    """Return the roles that an active person holds for a unit, inherited ones included."""
    rows = RoleAssignment.objects.filter(
        in_force(at),
        user_id=user_id,
        user__is_active=True,
        unit_id__in=units_above(unit_id=unit_id),
    )
    return set(rows.values_list("role", flat=True))


def available(*, user_id: UUID, at: datetime) -> bool:
    """Whether a person is active and not on leave."""
    away = Leave.objects.filter(user_id=user_id, from_at__lte=at, until_at__gt=at)
    return User.objects.filter(pk=user_id, is_active=True).exists() and not away.exists()


def unavailable(*, user_ids: Collection[UUID], at: datetime) -> set[UUID]:
    """Return who of some people is deactivated or on leave."""
    away = Leave.objects.filter(user_id__in=user_ids, from_at__lte=at, until_at__gt=at)
    active = User.objects.filter(pk__in=user_ids, is_active=True).values_list("pk", flat=True)
    return (set(user_ids) - set(active)) | set(away.values_list("user_id", flat=True))


def delegates_of(*, user_id: UUID, system: System | None = None, at: datetime) -> list[User]:
    """Return the active people who act for a person at the instant, by name.

    With a system also those who act for the person in it or its unit only.
    """
    rows = Delegation.objects.filter(
        in_force(at), principal_id=user_id, delegate__is_active=True
    ).select_related("delegate")
    return _by_name(row.delegate for row in rows if covers(row, system))


def principals_of(*, user_id: UUID, system: System | None = None, at: datetime) -> list[User]:
    """Return the active people for whom a person acts at the instant, by name. One hop only.

    Without a system only those for whom they act in everything.
    """
    rows = delegations_held(user_id=user_id, at=at)
    return _by_name(row.principal for row in rows if covers(row, system))


def delegations_held(*, user_id: UUID, at: datetime) -> list[Delegation]:
    """Return the delegations under which a person acts, of active principals, in any scope."""
    held = [key for (key,) in _delegations(user_id=user_id, at=at)]
    # Asked on every page, and nearly always nobody has lent anything.
    rows = Delegation.objects.filter(pk__in=held).select_related("principal") if held else ()
    return sorted(rows, key=lambda row: (row.principal.name, str(row.pk)))


def delegations_to(*, user_id: UUID, at: datetime) -> QuerySet[Delegation]:
    """Return the delegations under which a person acts, of active principals, to be asked for."""
    rows: QuerySet[Delegation] = Delegation.objects.filter(
        in_force(at), delegate_id=user_id, principal__is_active=True
    )
    return rows


@compiled(user_id=UUID, at=datetime)
def _delegations(user_id: UUID, at: datetime) -> QuerySet[Delegation, Any]:
    return delegations_to(user_id=user_id, at=at).values_list("pk")


def covers(row: Delegation, system: System | None) -> bool:
    """Whether a delegation holds for a system; without one, whether it holds for everything."""
    if row.unit_id is None and row.system_id is None:
        return True
    if system is None:
        return False
    if row.system_id is not None:
        return row.system_id == system.pk
    return row.unit_id in units_above(unit_id=system.unit_id)


def _by_name(people: Iterable[User]) -> list[User]:
    once = {person.pk: person for person in people}
    return sorted(once.values(), key=lambda person: (person.name, str(person.pk)))


def active_people(ids: Iterable[UUID]) -> list[User]:
    """Return the active people of these, by name."""
    rows = User.objects.filter(pk__in=list(ids), is_active=True, kind=User.Kind.PERSON)
    return _by_name(rows)


def people_near(*, user: User, at: datetime) -> list[User]:
    """Return the active people whom a person may name in a form, by name.

    Those of their own unit and the ones above, and of every unit that a role of theirs covers.
    """
    # Asked within the same statement; what is the reader's own goes as parameters.
    near = RawSQL(UNITS_NEAR, [user.pk, at, at, user.unit_id])  # noqa: S611
    rows = User.objects.filter(unit_id__in=near, is_active=True, kind=User.Kind.PERSON)
    return list(rows.order_by("name", "pk"))
