"""Setting up: until a first system is live, one person may do what takes two (SEG-06, I7)."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from registry.models import LifecycleChange, SetupException, System, User
from registry.rules.permits import OWNERS, PERMITS
from registry.selectors.people import active_people, people_with_role
from registry.selectors.systems import systems_visible_to
from registry.selectors.units import units_in_scope

LIVE = ("pilot", "production", "suspended")


def in_set_up() -> bool:
    """Whether no system of the organisation has ever been live, not even for a limited group."""
    systems: QuerySet[System] = System.objects.exclude(kind=System.Kind.RECORD)
    if systems.filter(lifecycle__in=LIVE).exists():
        return False
    ran = LifecycleChange.objects.filter(to_state__in=LIVE).exclude(system__kind=System.Kind.RECORD)
    return not ran.exists()


def second_persons(
    *, roles: frozenset[str], first_id: UUID, unit_id: UUID, system: System | None, at: datetime
) -> list[User]:
    """Return who is another person, with one of the roles, than who did the first half.

    Owner and deputy are one side: the one is no second person for the other (SEG-12).
    """
    sides = {system.owner_id, system.deputy_id} if system else set()
    apart = sides if first_id in sides else {first_id}
    system_id = system.pk if system else None
    found = [
        person
        for role in sorted(roles - OWNERS)
        for person in people_with_role(role=role, unit_id=unit_id, system_id=system_id, at=at)
    ]
    if system and roles & OWNERS:
        found += active_people([system.owner_id, system.deputy_id])
    return list({person.pk: person for person in found if person.pk not in apart}.values())


def may_approve_own(
    *,
    act: str,
    version: int,
    person_id: UUID,
    unit_id: UUID,
    system: System | None = None,
    roles: frozenset[str] | None = None,
    at: datetime,
) -> bool:
    """Whether a person may approve the first version of their own: nobody else could (SEG-06).

    `roles` are those that may approve; those of the act in PERMITS unless given.
    """
    wanted = PERMITS[act].roles if roles is None else roles
    return (
        version == 1
        and in_set_up()
        and not second_persons(
            roles=wanted, first_id=person_id, unit_id=unit_id, system=system, at=at
        )
    )


def exceptions_seen_by(*, user: User, at: datetime) -> QuerySet[SetupException]:
    """Return what was approved alone, of the units and systems that a person sees; newest first."""
    units = units_in_scope(user_ids=[user.pk], at=at)
    rows: QuerySet[SetupException] = SetupException.objects.filter(
        Q(person=user)
        | Q(unit_id__in=units, system__isnull=True)
        | Q(system__in=systems_visible_to(user=user, at=at).values("pk"))
    )
    related = ("person", "unit", "system", "confirmed_by")
    return rows.select_related(*related).order_by("confirmed_at", "-at", "pk")


def exceptions_open() -> bool:
    """Whether anything that was approved alone waits for a second person."""
    return SetupException.objects.filter(confirmed_at__isnull=True).exists()
