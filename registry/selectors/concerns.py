"""Concerns: who reads them, and which one a receipt belongs to."""

from collections.abc import Sequence
from datetime import datetime
from hmac import compare_digest
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, TextField

from ledger.rules.refusals import Missing
from registry.models import Concern, Delegation, RoleAssignment, System, User
from registry.rules.permits import SECOND_LINE
from registry.rules.receipts import receipt_digest
from registry.selectors.people import covers, delegations_held, in_force
from registry.selectors.units import units_below

PEOPLE = ("raised_by", "read_by", "system", "dismissed_by", "confirmed_by")


def intake_officers(*, at: datetime) -> list[User]:
    """Return who reads what is not tied to a system yet, by name.

    The compliance and risk officers of the units at the top; where none of these has one, those of
    every unit.
    """
    return people_at_top(roles=sorted(SECOND_LINE), at=at)


def people_at_top(*, roles: Sequence[str], at: datetime) -> list[User]:
    """Return the active people who hold one of these roles for a unit at the top, by name.

    Where no unit at the top has one: those of every unit.
    """
    rows = RoleAssignment.objects.filter(
        in_force(at),
        role__in=roles,
        unit__isnull=False,
        user__is_active=True,
        user__kind=User.Kind.PERSON,
    ).select_related("user", "unit")
    held = list(rows)
    top = [row for row in held if row.unit is not None and row.unit.parent_id is None]
    people = {row.user_id: row.user for row in top or held}
    return sorted(people.values(), key=lambda person: (person.name, str(person.pk)))


class Reach(NamedTuple):
    """Units, with all below them, and systems for which a person holds a role."""

    units: Sequence[UUID]
    systems: Sequence[UUID]


def concerns_visible_to(
    *,
    user: User,
    at: datetime,
    reach: Reach | None = None,
    at_top: bool = False,
    lent: Sequence[Delegation] | None = None,
    held: Sequence[RoleAssignment] | None = None,
) -> QuerySet[Concern]:
    """Return the concerns that an officer may read.

    Those tied to a system: officers for it, but never its owner, its deputy or who acts for them.
    The others: the officers of the intake, but for those that name a system of their own. `reach`
    is where the person is an officer, `at_top` that they are for a unit at the top, `lent` the
    delegations and `held` the officer's roles that they hold, where they are known.
    """
    if reach is None:
        held = officer_roles(user=user, at=at) if held is None else held
        reach = _reach_of(held)
    own = _own_systems(user, at, lent)
    seen = Q(system__in=_officer_systems(reach).values("pk"))
    if at_top or _takes_in(user, held, at):
        said = ExpressionWrapper(OuterRef("where"), output_field=TextField())
        named = own.annotate(said=said).filter(said__icontains=F("name"))
        seen |= Q(~Exists(named), system__isnull=True)
    rows: QuerySet[Concern] = Concern.objects.filter(seen)
    return rows.exclude(system__in=own.values("pk")).select_related(*PEOPLE)


def officer_roles(*, user: User, at: datetime) -> list[RoleAssignment]:
    """Return the roles by which a person reads concerns, of any unit or system; with its unit."""
    if not user.is_active:
        return []
    rows = RoleAssignment.objects.filter(in_force(at), user=user, role__in=SECOND_LINE)
    return list(rows.select_related("unit"))


def concern_of_number(*, number: str, user: User, at: datetime) -> Concern:
    """Return a concern that an officer may read. Raises Missing."""
    found = concerns_visible_to(user=user, at=at).filter(number=number).first()
    if found is None:
        raise no_such_concern()
    return found


def concerns_raised_by(*, user: User) -> QuerySet[Concern]:
    """Return the concerns to which a person put their name, the newest first."""
    return Concern.objects.filter(raised_by=user).order_by("-received_at", "-pk")


def concern_of_receipt(*, code: str) -> Concern:
    """Return the concern of a receipt. Raises Missing, in the same words for every other code.

    Only hashes are compared, the last time in constant time; a code of 160 random bits is not
    found by trying.
    """
    digest = receipt_digest(code)
    found = Concern.objects.filter(receipt_sha256=digest).first()
    if found is None or not compare_digest(found.receipt_sha256, digest):
        raise Missing("unknown_receipt", "There is no concern with this receipt.")
    return found


def systems_to_link(*, user: User, at: datetime) -> QuerySet[System]:
    """Return the systems that an officer may tie a concern to, by name."""
    own = _own_systems(user, at)
    reach = _reach_of(officer_roles(user=user, at=at))
    return _officer_systems(reach).exclude(pk__in=own.values("pk")).order_by("name")


def no_such_concern() -> Missing:
    """Return the refusal for a concern that is not there or not the caller's to read."""
    return Missing("unknown_concern", "There is no such concern that you may read.")


def _takes_in(user: User, held: Sequence[RoleAssignment] | None, at: datetime) -> bool:
    """Whether a person is one of the intake officers; without a query where their roles say so."""
    is_top = any(one.unit is not None and one.unit.parent_id is None for one in held or ())
    if is_top and user.kind == User.Kind.PERSON:
        return True
    return any(one.pk == user.pk for one in intake_officers(at=at))


def _officer_systems(reach: Reach) -> QuerySet[System]:
    near = Q(unit_id__in=reach.units) | Q(pk__in=reach.systems)
    systems: QuerySet[System] = System.objects.filter(near, sample="")
    return systems


def _reach_of(held: Sequence[RoleAssignment]) -> Reach:
    units = units_below(unit_ids=[one.unit_id for one in held if one.unit_id])
    return Reach(units, [one.system_id for one in held if one.system_id])


def _own_systems(
    user: User, at: datetime, lent: Sequence[Delegation] | None = None
) -> QuerySet[System]:
    lent = delegations_held(user_id=user.pk, at=at) if lent is None else lent
    people = [user.pk, *(row.principal_id for row in lent if covers(row, None))]
    systems: QuerySet[System] = System.objects.filter(
        Q(owner_id__in=people) | Q(deputy_id__in=people)
    )
    return systems
