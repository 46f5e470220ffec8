"""Who may have which pack: of a system, of a unit, of the whole organisation, of named matters."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from governance.models import AuthorityRequest, RequestScope
from ledger.rules.refusals import Forbidden
from ledger.rules.worded import worded
from registry.models import System, Unit, User
from registry.rules.permits import in_words
from registry.selectors.people import (
    people_with_role,
    roles_for_system,
    roles_for_unit,
)
from reports.models import Pack
from reports.rules.asked import OF_A_SYSTEM, OF_MANY
from reports.selectors.cases import RolesBySystem
from reports.selectors.packs import systems_of
from reports.selectors.report_rights import rights_of
from reports.selectors.rights import Rights

Systems = Sequence[UUID] | QuerySet[System, Any]
"""The keys of systems, or the query of them."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Of what a person may have packs."""

    systems: Sequence[System] = field(default_factory=list)
    units: Sequence[Unit] = field(default_factory=list)
    whole: bool = False


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


def reach_for_packs(*, user: User, at: datetime, held: RolesBySystem | None = None) -> Reach:
    """Return of what a person may have packs, by name; four queries.

    Two where `held`, the person's roles, are known to the caller.
    """
    if not user.is_active:
        return Reach()
    rights = _rights(user, at, held)
    within = rights.roles.reach(OF_MANY)[0]
    systems = _systems_of(user, rights).select_related("owner", "unit")
    return Reach(
        systems=list(systems.order_by("name")),
        units=list(Unit.objects.filter(pk__in=within).order_by("name")),
        whole=_is_whole(rights, within),
    )


def _rights(user: User, at: datetime, held: RolesBySystem | None) -> Rights:
    return Rights(user.pk, frozenset({user.pk}), held) if held else rights_of(user, at)


def _systems_of(user: User, rights: Rights) -> QuerySet[System]:
    # Who holds a role for a system, or owns it, sees it; samples are no part of anything.
    mine = rights.holding(OF_MANY, path="") | Q(owner=user)
    rows: QuerySet[System] = System.objects.filter(mine, sample=System.Sample.NONE)
    return rows


def _is_whole(rights: Rights, within: Collection[UUID]) -> bool:
    tops = rights.roles.tops()
    return bool(tops) and tops <= set(within)


def _requests_of(systems: Systems) -> QuerySet[AuthorityRequest]:
    """Return the requests of authorities that are about these systems alone."""
    elsewhere = RequestScope.objects.exclude(system_id__in=systems).values("request_id")
    about = RequestScope.objects.filter(system_id__in=systems).values("request_id")
    return AuthorityRequest.objects.filter(pk__in=about).exclude(pk__in=elsewhere)


def packs_for(
    *, user: User, at: datetime, limit: int = 50, held: RolesBySystem | None = None
) -> list[Pack]:
    """Return the newest packs that a person may have; four queries at most, two with `held`."""
    if not user.is_active:
        return []
    rights = _rights(user, at, held)
    within = rights.roles.reach(OF_MANY)[0]
    query = _systems_of(user, rights)
    systems: Systems = query.values("pk")
    if not rights.roles.any() & OF_MANY:
        # Mostly none at all: then no pack is looked at, where a query would walk through all.
        systems = list(query.values_list("pk", flat=True))
    rows = _packs_of(systems, within, whole=_is_whole(rights, within))
    return list(rows.order_by("-requested_at", "-pk")[:limit])


def packs_within(reach: Reach) -> QuerySet[Pack]:
    """Return the packs that are of what somebody reaches."""
    systems = [system.pk for system in reach.systems]
    return _packs_of(systems, [unit.pk for unit in reach.units], whole=reach.whole)


def _packs_of(systems: Systems, units: Sequence[UUID], *, whole: bool) -> QuerySet[Pack]:
    mine = Q(breadth="system", system__in=systems) | Q(breadth="unit", unit__in=units)
    mine |= Q(breadth="matters", incident__system__in=systems)
    mine |= Q(breadth="matters", request__in=_requests_of(systems).values("pk"))
    if whole:
        mine |= Q(breadth="organisation")
    return Pack.objects.filter(mine).select_related(
        "system", "unit", "incident", "request", "requested_by"
    )


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
