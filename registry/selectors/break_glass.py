"""Accesses in an emergency: who must review them, which run, which wait for their review."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from ledger.rules.refusals import Invalid, Missing
from registry.models import BreakGlass, RoleAssignment, System, Unit, User
from registry.selectors.people import in_force, people_with_role
from registry.selectors.units import units_below

RELATED = ("person", "unit", "system__unit", "reviewed_by")


def reviewers_of(*, glass: BreakGlass, at: datetime) -> list[User]:
    """Return the compliance officers who may review an access, nearest first."""
    unit_id = glass.system.unit_id if glass.system else glass.unit_id
    assert unit_id is not None
    found = people_with_role(role="compliance", unit_id=unit_id, system_id=glass.system_id, at=at)
    return [person for person in found if person.pk != glass.person_id]


def glasses_seen_by(*, user: User, at: datetime) -> QuerySet[BreakGlass]:
    """Return the accesses that a person may see: their own, and those to what they answer for.

    Compliance, auditors, executives and administrators see those to their units.
    """
    roles = RoleAssignment.objects.filter(
        in_force(at),
        user_id=user.pk,
        user__is_active=True,
        role__in=("compliance", "auditor", "executive", "administrator"),
    )
    held = list(roles.values_list("unit_id", "system_id"))
    units = units_below(unit_ids=[unit for unit, _ in held if unit is not None])
    rows: QuerySet[BreakGlass] = BreakGlass.objects.filter(
        Q(person=user)
        | Q(unit_id__in=units)
        | Q(system__unit_id__in=units)
        | Q(system_id__in=[system for _, system in held if system is not None])
    )
    return rows.select_related(*RELATED).order_by("-from_at", "pk")


def glass_by_id(*, glass_id: UUID, user: User, at: datetime) -> BreakGlass:
    """Return an access that a person may see. Raises Missing."""
    found = glasses_seen_by(user=user, at=at).filter(pk=glass_id).first()
    if found is None:
        raise Missing("unknown_glass", "There is no such access that you may see.")
    return found


def open_glasses_of(*, user: User, at: datetime) -> QuerySet[BreakGlass]:
    """Return what a person has opened and has not ended."""
    rows: QuerySet[BreakGlass] = BreakGlass.objects.filter(
        person=user, from_at__lte=at, until_at__gt=at
    )
    return rows.select_related(*RELATED).order_by("until_at", "pk")


def glasses_to_review(*, user: User, at: datetime) -> QuerySet[BreakGlass]:
    """Return the accesses that wait for a compliance officer's review, the nearest due first."""
    roles = RoleAssignment.objects.filter(in_force(at), user_id=user.pk, role="compliance")
    held = list(roles.values_list("unit_id", "system_id"))
    units = units_below(unit_ids=[unit for unit, _ in held if unit is not None])
    rows: QuerySet[BreakGlass] = BreakGlass.objects.filter(
        Q(unit_id__in=units)
        | Q(system__unit_id__in=units)
        | Q(system_id__in=[system for _, system in held if system is not None]),
        reviewed_at__isnull=True,
    ).exclude(person=user)
    return rows.select_related(*RELATED).order_by("review_due_at", "pk")


def target_named(text: str) -> dict[str, UUID | None]:
    """Return the system or unit that somebody names exactly, as service arguments.

    Raises Invalid, beside the field `what`, where there is none or more than one.
    """
    named = text.strip()
    systems = System.objects.filter(Q(slug__iexact=named) | Q(name__iexact=named))
    found = list(systems.values_list("pk", flat=True)[:2])
    if len(found) == 1:
        return {"system_id": found[0], "unit_id": None}
    unit = Unit.objects.filter(name__iexact=named).values_list("pk", flat=True).first()
    if unit is not None and not found:
        return {"system_id": None, "unit_id": unit}
    words = (
        "Several systems have this name: take the short name."
        if found
        else ("There is no system or unit of exactly this name.")
    )
    raise Invalid("unknown_target", words, fields={"what": words})
