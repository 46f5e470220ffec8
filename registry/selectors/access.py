"""Who has access to what: the units and people that somebody may look into, and what they hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import IntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL

from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import worded
from registry.models import Delegation, Leave, RoleAssignment, System, Unit, User
from registry.rules.permits import PERMITS, in_words
from registry.selectors.holders import holds_role_within
from registry.selectors.people import in_force
from registry.selectors.units import units_above, units_below

READERS = PERMITS["people.read"].roles
ADMINISTRATORS = PERMITS["administer"].roles
COUNTED = 10_000
"""Nobody counts beyond it: what is more is shown as more."""
# A unit can come by two ways, of which one lets administer.
REACH = """
WITH RECURSIVE below(id, administers) AS (
    SELECT unit_id, role = ANY(%(administrators)s) FROM registry_roleassignment
    WHERE user_id = %(person)s AND unit_id IS NOT NULL AND role = ANY(%(readers)s)
      AND from_at <= %(at)s AND (until_at IS NULL OR until_at > %(at)s)
    UNION
    SELECT unit.id, below.administers
    FROM registry_unit unit JOIN below ON unit.parent_id = below.id
) SELECT id, bool_or(administers) FROM below GROUP BY id
"""
# What belongs to a unit, one more than COUNTED at most.
WORKING = """(SELECT count(*) FROM (
    SELECT 1 FROM registry_user one
    WHERE one.unit_id = registry_unit.id AND one.is_active AND one.kind = 'person' LIMIT %s
) AS counted)"""
STANDING = """(SELECT count(*) FROM (
    SELECT 1 FROM registry_system one WHERE one.unit_id = registry_unit.id LIMIT %s
) AS counted)"""


@dataclass(frozen=True, slots=True)
class Reach:
    """The units whose people somebody may look into, and those of them that they administer."""

    units: list[UUID]
    administered: list[UUID]


def reach_of(*, user: User, at: datetime) -> Reach:
    """Return where somebody looks into people and where they administer: one query."""
    given: dict[str, Any] = {"person": user.pk, "at": at, "readers": list(READERS | ADMINISTRATORS)}
    rows: list[tuple[UUID, bool]] = []
    if user.is_active:
        with connection.cursor() as cursor:
            cursor.execute(REACH, given | {"administrators": list(ADMINISTRATORS)})
            rows = cursor.fetchall()
    return Reach([unit for unit, _ in rows], [unit for unit, administers in rows if administers])


def require_reach(*, user: User, at: datetime) -> Reach:
    """Return where somebody looks into people. Raises Forbidden where that is nowhere."""
    reach = reach_of(user=user, at=at)
    if not reach.units:
        raise _sees_nobody()
    return reach


def units_seen_by(*, user: User, at: datetime, roles: frozenset[str] = READERS) -> list[UUID]:
    """Return the units whose people and roles somebody may look into, with all below them."""
    if not user.is_active:
        return []
    held = RoleAssignment.objects.filter(
        in_force(at), user_id=user.pk, role__in=roles, unit__isnull=False
    )
    return units_below(unit_ids=[unit for unit in held.values_list("unit_id", flat=True) if unit])


def require_reader(*, user: User, at: datetime) -> list[UUID]:
    """Return the units that somebody may look into. Raises Forbidden where there is none."""
    units = units_seen_by(user=user, at=at)
    if units:
        return units
    raise _sees_nobody()


def _sees_nobody() -> Forbidden:
    words = in_words(READERS)
    return Forbidden(
        "role_missing",
        worded("You cannot see who has access: that takes {words}.", words=words),
        who_can=[words],
    )


def units_administered_by(*, user: User, at: datetime) -> list[UUID]:
    """Return the units that somebody administers, with all below them."""
    return units_seen_by(user=user, at=at, roles=ADMINISTRATORS)


def people_seen_by(
    *, user: User, at: datetime, units: Sequence[UUID] | None = None
) -> QuerySet[User]:
    """Return the accounts that somebody may look into: themselves, and those of their units.

    That is who works there, and who holds a role or answers for a system there. `units` are those
    that they look into, where they are known.
    """
    units = units_seen_by(user=user, at=at) if units is None else units
    rows: QuerySet[User] = User.objects.all()
    if not units:
        return rows.filter(pk=user.pk, is_active=True)
    systems = System.objects.filter(unit_id__in=units)
    return rows.filter(
        Q(pk=user.pk)
        | Q(unit_id__in=units)
        | Q(pk__in=systems.values("owner_id"))
        | Q(pk__in=systems.values("deputy_id"))
        | holds_role_within(units, at=at)
    )


def people_to_choose(*, user: User, at: datetime, beside: Sequence[UUID] = ()) -> QuerySet[User]:
    """Return the active persons whom somebody may name in a form, by name.

    Who looks into units names the people there; everybody names who works in their own unit, above
    or below it, and answers for the systems that they see. `beside` are shown whatever their unit.
    """
    near = set(units_seen_by(user=user, at=at))
    if user.unit_id:
        near |= {*units_above(unit_id=user.unit_id), *units_below(unit_ids=[user.unit_id])}
    rows: QuerySet[User] = User.objects.filter(kind=User.Kind.PERSON, is_active=True)
    held = RoleAssignment.objects.filter(in_force(at), unit_id__in=near)
    found = rows.filter(
        Q(unit_id__in=near) | Q(pk__in=held.values("user_id")) | Q(pk__in=[user.pk, *beside])
    )
    return found.order_by("name", "pk")


def person_seen_by(*, person_id: UUID, user: User, at: datetime) -> User:
    """Return an account that somebody may look into. Raises Missing."""
    rows = people_seen_by(user=user, at=at).select_related("unit")
    found: User | None = rows.filter(pk=person_id).first()
    if found is None:
        raise Missing("unknown_person", "There is no such person whom you may look up.")
    return found


def unit_seen_by(*, unit_id: UUID, user: User, at: datetime) -> Unit:
    """Return a unit that somebody may look into. Raises Missing."""
    if unit_id not in units_seen_by(user=user, at=at):
        raise Missing("unknown_unit", "There is no such unit that you may look into.")
    return Unit.objects.select_related("parent", "calendar").get(pk=unit_id)


@dataclass(frozen=True, slots=True)
class Node:
    """A unit in the tree, with how deep it stands and what belongs to it."""

    unit: Unit
    depth: int
    people: int
    systems: int


def tree_of(units: Sequence[UUID]) -> list[Node]:
    """Return these units as a tree in reading order, each below its parent: one query.

    Of people and systems COUNTED + 1 are counted at most.
    """
    most = [COUNTED + 1]
    counted = Unit.objects.filter(pk__in=units).annotate(
        at_work=RawSQL(WORKING, most, output_field=IntegerField()),  # noqa: S611  a constant
        standing=RawSQL(STANDING, most, output_field=IntegerField()),  # noqa: S611  a constant
    )
    rows = list(counted.order_by("name"))
    people = {row.pk: row.at_work for row in rows}
    systems = {row.pk: row.standing for row in rows}
    known = {row.pk for row in rows}
    below: dict[UUID | None, list[Unit]] = {}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    return list(_walk(below, people, systems))


def _walk(
    below: dict[UUID | None, list[Unit]], people: dict[UUID, int], systems: dict[UUID, int]
) -> list[Node]:
    found: list[Node] = []
    waiting = [(unit, 0) for unit in reversed(below.get(None, []))]
    while waiting:
        unit, depth = waiting.pop()
        found.append(Node(unit, depth, people.get(unit.pk, 0), systems.get(unit.pk, 0)))
        waiting += [(one, depth + 1) for one in reversed(below.get(unit.pk, []))]
    return found


RELATED = ("user__unit", "unit", "system", "granted_by", "confirmed_by")


def access_in(*, units: Sequence[UUID], at: datetime) -> QuerySet[RoleAssignment]:
    """Return the roles that hold, or will, in some units and their systems: the review of access.

    Longest unconfirmed first.
    """
    rows: QuerySet[RoleAssignment] = RoleAssignment.objects.filter(
        Q(unit_id__in=units) | Q(system__unit_id__in=units), user__is_active=True
    ).filter(Q(until_at__isnull=True) | Q(until_at__gt=at))
    return rows.select_related(*RELATED)


def inherited_by(*, unit: Unit, at: datetime) -> QuerySet[RoleAssignment]:
    """Return the roles that hold in a unit because they hold above it."""
    above = units_above(unit_id=unit.pk)[1:]
    rows: QuerySet[RoleAssignment] = RoleAssignment.objects.filter(
        in_force(at), unit_id__in=above, user__is_active=True
    )
    return rows.select_related(*RELATED).order_by("role", "user__name")


def roles_held_by(*, person: User, at: datetime) -> QuerySet[RoleAssignment]:
    """Return every role of a person, those that hold first, then by when they ended."""
    rows: QuerySet[RoleAssignment] = RoleAssignment.objects.filter(user=person)
    ended = rows.filter(until_at__lte=at)
    return (
        rows.select_related(*RELATED)
        .alias(over=Q(pk__in=ended.values("pk")))
        .order_by("over", "-from_at", "role")
    )


@dataclass(frozen=True, slots=True)
class Move:
    """Who gains and who loses which role in a unit and all below it, if it is moved."""

    gains: list[RoleAssignment] = field(default_factory=list)
    loses: list[RoleAssignment] = field(default_factory=list)
    systems: int = 0
    units: int = 0


def effect_of_move(*, unit: Unit, parent: Unit, at: datetime) -> Move:
    """Return what a move changes: a role counts once, whichever unit above it comes from."""
    before = units_above(unit_id=unit.pk)[1:]
    after = units_above(unit_id=parent.pk)
    own = RoleAssignment.objects.filter(in_force(at), unit_id=unit.pk)
    kept = set(own.values_list("user_id", "role"))
    had, has = _held(before, at), _held(after, at)
    below = units_below(unit_ids=[unit.pk])
    return Move(
        gains=[row for pair, row in has.items() if pair not in had and pair not in kept],
        loses=[row for pair, row in had.items() if pair not in has and pair not in kept],
        systems=System.objects.filter(unit_id__in=below).count(),
        units=len(below) - 1,
    )


def _held(units: Sequence[UUID], at: datetime) -> dict[tuple[UUID, str], RoleAssignment]:
    rows = RoleAssignment.objects.filter(
        in_force(at), unit_id__in=units, user__is_active=True
    ).select_related(*RELATED)
    return {(row.user_id, row.role): row for row in rows.order_by("user__name", "role")}


def leaves_of(*, person: User, at: datetime) -> QuerySet[Leave]:
    """Return the leaves of a person that are not over."""
    rows: QuerySet[Leave] = Leave.objects.filter(user=person, until_at__gt=at)
    return rows.order_by("from_at")


def delegations_around(*, person: User, at: datetime) -> QuerySet[Delegation]:
    """Return the delegations of a person in both directions that are not over."""
    rows: QuerySet[Delegation] = Delegation.objects.filter(
        Q(principal=person) | Q(delegate=person), until_at__gt=at
    )
    related = ("principal", "delegate", "unit", "system", "approved_by")
    return rows.select_related(*related).order_by("from_at", "pk")


def away(*, people: Sequence[UUID], at: datetime) -> dict[UUID, datetime]:
    """Return until when those of some people are away who are on leave at the instant."""
    return dict(away_of(people=people, at=at))


def away_of(*, people: Sequence[UUID], at: datetime) -> QuerySet[Leave, tuple[UUID, datetime]]:
    """Return who of some people is on leave at the instant, and until when; the last one counts."""
    rows = Leave.objects.filter(user_id__in=people, from_at__lte=at, until_at__gt=at)
    return rows.order_by("until_at").values_list("user_id", "until_at")


def role_seen_by(*, role_id: UUID, user: User, at: datetime) -> RoleAssignment:
    """Return a role of somebody whom the reader may look into. Raises Missing."""
    units = units_seen_by(user=user, at=at)
    rows = RoleAssignment.objects.filter(
        Q(user=user) | Q(unit_id__in=units) | Q(system__unit_id__in=units)
    )
    found = rows.select_related(*RELATED).filter(pk=role_id).first()
    if found is None:
        raise Missing("unknown_role", "There is no such role that you may look up.")
    return found


def leave_seen_by(*, leave_id: UUID, user: User, at: datetime) -> Leave:
    """Return a leave of somebody whom the reader may look into. Raises Missing."""
    seen = people_seen_by(user=user, at=at)
    rows = Leave.objects.filter(user__in=seen.values("pk")).select_related("user")
    found = rows.filter(pk=leave_id).first()
    if found is None:
        raise Missing("unknown_leave", "There is no such leave that you may look up.")
    return found


def delegation_seen_by(*, delegation_id: UUID, user: User, at: datetime) -> Delegation:
    """Return a delegation by or to somebody whom the reader may look into. Raises Missing."""
    seen = people_seen_by(user=user, at=at).values("pk")
    rows = Delegation.objects.filter(Q(principal__in=seen) | Q(delegate=user))
    related = ("principal", "delegate", "unit", "system", "approved_by")
    found = rows.select_related(*related).filter(pk=delegation_id).first()
    if found is None:
        raise Missing("unknown_delegation", "There is no such delegation that you may look up.")
    return found
