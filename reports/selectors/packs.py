"""Packs: who may have which, what waits to be built, what one is about."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from ledger.rules.refusals import Forbidden, Missing
from ledger.services.entries import VERSION
from registry.models import System, User
from registry.rules.permits import in_words
from registry.selectors.people import people_with_role, roles_for_system
from registry.selectors.systems import systems_visible_to
from reports.models import Pack
from reports.rules.things import Scope

MAY_HAVE = frozenset({"owner", "compliance", "auditor", "executive"})


def pack_by_number(number: str) -> Pack:
    """Return a pack with its system and who asked for it. Raises Missing."""
    rows = Pack.objects.select_related("system__owner", "system__unit", "requested_by")
    found = rows.filter(number=number).first()
    if found is None:
        raise Missing("unknown_pack", f"There is no pack {number!r} that you may see.")
    return found


def refusal_for_packs(*, user_id: UUID, system: System, at: datetime) -> Forbidden | None:
    """Return why a person may not have packs of a system, None if they may."""
    if roles_for_system(user_id=user_id, system=system, at=at) & MAY_HAVE:
        return None
    return Forbidden(
        "role_missing",
        f"You cannot have an evidence pack of {system.name}: that takes {in_words(MAY_HAVE)}.",
        who_can=who_can(system=system, at=at),
        recorded=True,
        subject=("system", str(system.pk), system.name),
    )


def who_can(*, system: System, at: datetime) -> list[str]:
    """Return the names of those who may have packs of a system."""
    names = [system.owner.name] if system.owner.is_active else []
    for role in sorted(MAY_HAVE - {"owner"}):
        people = people_with_role(role=role, unit_id=system.unit_id, system_id=system.pk, at=at)
        names += [person.name for person in people]
    return list(dict.fromkeys(names))


def systems_for_packs(*, user: User, at: datetime) -> list[System]:
    """Return the systems of which a person may have packs, by name."""
    visible = systems_visible_to(user=user, at=at).select_related("owner", "unit")
    return [
        system
        for system in visible.order_by("name")
        if roles_for_system(user_id=user.pk, system=system, at=at) & MAY_HAVE
    ]


def packs_of(*, systems: Iterable[System], limit: int = 50) -> list[Pack]:
    """Return the newest packs of these systems."""
    rows = Pack.objects.filter(system__in=list(systems)).select_related("system", "requested_by")
    return list(rows.order_by("-requested_at", "-number")[:limit])


def waiting(*, at: datetime) -> QuerySet[Pack]:
    """Return the packs that somebody must build now, the oldest request first.

    A pack that is being built is among them when its worker has let the lease run out.
    """
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    states = (Pack.State.QUEUED, Pack.State.BUILDING)
    return Pack.objects.filter(free, state__in=states).order_by("requested_at", "id")


def scope_of(pack: Pack) -> Scope:
    """Return what a pack is about, as its files print it."""
    return Scope(
        number=pack.number,
        organisation=settings.ORGANISATION,
        system_id=str(pack.system_id),
        system=pack.system.name,
        slug=pack.system.slug,
        since=pack.since,
        until=pack.until,
        as_of=pack.as_of or pack.requested_at,
        newest_entry=pack.newest_entry,
        request_entry=pack.request_entry,
        requested_by=pack.requested_by.name,
        requested_by_title=pack.requested_by.title,
        zone=settings.SEAT_ZONE,
        generator=f"Countersign {VERSION}",
    )
