"""Who may have which pack: of a system, of a unit, of the whole organisation, of named matters."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from governance.models import AuthorityRequest, RequestScope
from ledger.rules.refusals import Forbidden
from ledger.rules.worded import worded
from registry.models import System, Unit, User
from registry.rules.permits import in_words
from registry.selectors.people import (
    people_with_role,
    roles_for_system,
    roles_for_unit,
    roles_of,
)
from registry.selectors.systems import systems_visible_to
from registry.selectors.units import units_below
from reports.models import Pack
from reports.rules.asked import OF_A_SYSTEM, OF_MANY
from reports.selectors.packs import systems_of


def refusal_for_system(*, user_id: UUID, system: System, at: datetime) -> Forbidden | None:
    """Return why a person may not have packs of a system, None if they may."""
    if roles_for_system(user_id=user_id, system=system, at=at) & OF_A_SYSTEM:
        return None
    return Forbidden(
        "role_missing",
        worded(
            "You cannot have an evidence pack of {system_name}: that takes {of_a_system}.",
            system_name=system.name,
            of_a_system=in_words(OF_A_SYSTEM),
        ),
        who_can=who_can(system=system, at=at),
        recorded=True,
        subject=("system", str(system.pk), system.name),
    )


def refusal_for_unit(*, user_id: UUID, unit: Unit, at: datetime) -> Forbidden | None:
    """Return why a person may not have packs of a unit and all below it, None if they may."""
    if roles_for_unit(user_id=user_id, unit_id=unit.pk, at=at) & OF_MANY:
        return None
    return Forbidden(
        "role_missing",
        worded(
            "You cannot have an evidence pack of {unit_name} and all below it: "
            "that takes {of_many} of that unit or of one above it.",
            unit_name=unit.name,
            of_many=in_words(OF_MANY),
        ),
        who_can=_holders([unit], at),
        recorded=True,
        subject=("unit", str(unit.pk), unit.name),
    )


def refusal_for_organisation(*, user_id: UUID, at: datetime) -> Forbidden | None:
    """Return why a person may not have packs of the whole organisation, None if they may.

    It takes a role that reaches every system: of every unit at the top.
    """
    tops = list(Unit.objects.filter(parent__isnull=True).order_by("name"))
    if tops and all(
        roles_for_unit(user_id=user_id, unit_id=top.pk, at=at) & OF_MANY for top in tops
    ):
        return None
    return Forbidden(
        "role_missing",
        worded(
            "You cannot have an evidence pack of the whole organisation: that "
            "takes {of_many} with all of its systems in reach.",
            of_many=in_words(OF_MANY),
        ),
        who_can=_holders(tops, at),
        recorded=True,
        subject=("organisation", "organisation", settings.ORGANISATION),
    )


def refusal_for_systems(
    *, user_id: UUID, systems: Iterable[System], at: datetime
) -> Forbidden | None:
    """Return the first refusal for packs of some systems, None if a person may have all."""
    for system in systems:
        refusal = refusal_for_system(user_id=user_id, system=system, at=at)
        if refusal is not None:
            return refusal
    return None


def refusal_for_pack(*, user_id: UUID, pack: Pack, at: datetime) -> Forbidden | None:
    """Return why a person may not have this pack, None if they may."""
    if pack.breadth == "organisation":
        return refusal_for_organisation(user_id=user_id, at=at)
    if pack.breadth == "unit" and pack.unit is not None:
        return refusal_for_unit(user_id=user_id, unit=pack.unit, at=at)
    ids = [item.id for item in systems_of(pack)]
    rows = System.objects.filter(pk__in=ids).select_related("owner", "unit").order_by("name")
    return refusal_for_systems(user_id=user_id, systems=rows, at=at)


def who_can(*, system: System, at: datetime) -> list[str]:
    """Return the names of those who may have packs of a system."""
    names = [system.owner.name] if system.owner.is_active else []
    for role in sorted(OF_MANY):
        people = people_with_role(role=role, unit_id=system.unit_id, system_id=system.pk, at=at)
        names += [person.name for person in people]
    return list(dict.fromkeys(names))


def systems_for_packs(*, user: User, at: datetime) -> list[System]:
    """Return the systems of which a person may have packs, by name."""
    visible = systems_visible_to(user=user, at=at).select_related("owner", "unit")
    return [
        system
        for system in visible.order_by("name")
        if roles_for_system(user_id=user.pk, system=system, at=at) & OF_A_SYSTEM
    ]


def units_for_packs(*, user: User, at: datetime) -> list[Unit]:
    """Return the units of which a person may have packs, by name."""
    held = roles_of(user_id=user.pk, at=at)
    own = [unit for role, unit, _ in held if role in OF_MANY and unit is not None]
    return list(Unit.objects.filter(pk__in=units_below(unit_ids=own)).order_by("name"))


def whole_for_packs(*, user: User, at: datetime) -> bool:
    """Whether a person may have packs of the whole organisation."""
    return refusal_for_organisation(user_id=user.pk, at=at) is None


def requests_for_packs(*, systems: Sequence[System], limit: int = 100) -> list[AuthorityRequest]:
    """Return the requests of authorities that are about these systems alone, the newest first."""
    own = [system.pk for system in systems]
    elsewhere = RequestScope.objects.exclude(system_id__in=own).values("request_id")
    rows = AuthorityRequest.objects.filter(scopes__system_id__in=own).exclude(pk__in=elsewhere)
    return list(rows.distinct().order_by("-received_at", "-number")[:limit])


def packs_for(*, user: User, at: datetime, limit: int = 50) -> list[Pack]:
    """Return the newest packs that a person may have."""
    systems = systems_for_packs(user=user, at=at)
    units = units_for_packs(user=user, at=at)
    mine = Q(breadth="system", system__in=systems) | Q(breadth="unit", unit__in=units)
    mine |= Q(breadth="matters", incident__system__in=systems)
    mine |= Q(breadth="matters", request__in=requests_for_packs(systems=systems, limit=1000))
    if whole_for_packs(user=user, at=at):
        mine |= Q(breadth="organisation")
    rows = Pack.objects.filter(mine).select_related(
        "system", "unit", "incident", "request", "requested_by"
    )
    return list(rows.order_by("-requested_at", "-number")[:limit])


def _holders(units: Sequence[Unit], at: datetime) -> list[str]:
    """Return who holds a role for all of these units, by role and name."""
    found: list[set[str]] = []
    for unit in units:
        found.append(
            {
                person.name
                for role in sorted(OF_MANY)
                for person in people_with_role(role=role, unit_id=unit.pk, at=at)
            }
        )
    return sorted(set.intersection(*found)) if found else []
