"""Which entries of the ledger somebody may read: the one rule of its pages, files and API.

An entry about an incident goes by who sees the incident, one about a system by who sees the system.
What belongs to the organisation alone (people, roles, sign-ins, keys) is for those who audit or
answer for it as a whole: auditor, compliance, executive, administrator, by a role for a unit that
has none above it. Everybody reads what they did themselves.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import OuterRef, Q, QuerySet, Subquery, UUIDField, Value

from incidents.models import Incident
from incidents.selectors.visibility import incidents_of, incidents_of_people
from ledger.rules.refusals import Forbidden
from ledger.rules.worded import worded
from ledger.selectors.at_once import at_once
from ledger.selectors.reach import Reach
from registry.models import Delegation, RoleAssignment, ServiceToken, System, Unit, User
from registry.rules.permits import in_words
from registry.selectors.people import delegations_to, in_force
from registry.selectors.systems import systems_of_people
from registry.selectors.tokens import token_systems
from registry.selectors.units import units_above

# More incidents than these stand as a query, not one by one.
MOST_NAMED = 1_000
READS_ORGANISATION = frozenset({"auditor", "compliance", "executive", "administrator"})


def reach_of(*, user: User, at: datetime) -> Reach:
    """Return what a person may read: one query for who sees the whole, a few more for others."""
    nothing = Reach(actor_id=str(user.pk))
    if not user.is_active:
        return nothing
    asked = at_once({"held": _held_at_the_top(user, at), "lent": _lent_to(user, at)})
    held = [frozenset(one or ()) for (one,) in asked["held"]]
    organisation = any(roles & READS_ORGANISATION for roles in held)
    if held and all(held):
        every = System.objects.order_by().values("pk")
        return Reach(str(user.pk), all_systems=True, organisation=organisation, more_systems=every)
    people = [user.pk, *(UUID(principal) for (principal,) in asked["lent"])]
    systems = systems_of_people(people=people, at=at)
    incidents = incidents_of_people(people=people, systems=systems, at=at)
    return _named(str(user.pk), systems, incidents, organisation=organisation)


def reach_of_token(token: ServiceToken) -> Reach:
    """Return what a service token may read: its systems, their incidents, its own acts."""
    systems = token_systems(token)
    return _named(str(token.user.pk), systems, incidents_of(systems))


def roles_at_the_top(*, user: User, at: datetime) -> list[frozenset[str]]:
    """Return the roles that a person holds for each unit that has none above it."""
    return [frozenset(found or ()) for (found,) in _held_at_the_top(user, at)]


def _held_at_the_top(user: User, at: datetime) -> QuerySet[Unit, Any]:
    roles = RoleAssignment.objects.filter(in_force(at), user_id=user.pk, unit_id=OuterRef("pk"))
    held = roles.order_by().values("unit_id").annotate(all=ArrayAgg("role")).values("all")
    rows = Unit.objects.filter(parent__isnull=True).annotate(held=Subquery(held))
    found: QuerySet[Unit, Any] = rows.values_list("held")
    return found


def _lent_to(user: User, at: datetime) -> QuerySet[Delegation, Any]:
    """Return whom the person acts for in everything."""
    rows = delegations_to(user_id=user.pk, at=at).filter(unit__isnull=True, system__isnull=True)
    found: QuerySet[Delegation, Any] = rows.order_by().values_list("principal_id").distinct()
    return found


def may_read_organisation(*, user: User, at: datetime) -> bool:
    """Whether a person audits or answers for the organisation as a whole."""
    held = roles_at_the_top(user=user, at=at)
    return user.is_active and any(roles & READS_ORGANISATION for roles in held)


def _named(
    actor_id: str,
    systems: QuerySet[System],
    incidents: QuerySet[Incident],
    *,
    organisation: bool = False,
) -> Reach:
    """Name the systems and incidents with one query; who sees a case sees its system.

    Incidents are named while they are few: then each has its place in an index of the entries.
    """
    shown = systems.order_by().annotate(incident=Value(None, UUIDField()))
    cases = incidents.order_by().values_list("system_id", "pk")[: MOST_NAMED + 1]
    found = list(shown.values_list("pk", "incident").union(cases, all=True))
    named = sorted({incident for _, incident in found if incident is not None})
    known = sorted({system for system, _ in found})
    if len(named) <= MOST_NAMED:
        return Reach(actor_id, organisation=organisation, system_ids=known, incident_ids=named)
    elsewhere = incidents.filter(_beside(known)).order_by().values("system_id")
    return Reach(
        actor_id,
        organisation=organisation,
        system_ids=known,
        incidents=incidents,
        more_systems=elsewhere,
    )


def _beside(known: Sequence[UUID]) -> Q:
    """Return the condition that an incident is of none of these systems, in order.

    By the spans between them, for which there is an index: for `not in` there is none.
    """
    found = Q(system_id__lt=known[0]) | Q(system_id__gt=known[-1])
    for low, high in pairwise(known):
        found |= Q(system_id__gt=low, system_id__lt=high)
    return found


def require_organisation(*, user: User, words: str, at: datetime) -> None:
    """Let pass who may read of the organisation as a whole. Raises Forbidden."""
    if may_read_organisation(user=user, at=at):
        return
    raise Forbidden(
        "role_missing",
        worded(
            "You cannot {words}: that takes {reads_organisation} for the organisation.",
            words=words,
            reads_organisation=in_words(READS_ORGANISATION),
        ),
        who_can=_readers(user, at),
        recorded=True,
        subject=("ledger", "ledger", "the ledger"),
    )


def require_checkpoints(*, user: User, at: datetime, published: bool) -> None:
    """Let everybody signed in see checkpoints that are published, else the readers of the whole.

    Raises Forbidden.
    """
    if not published:
        require_organisation(user=user, words="see checkpoints", at=at)


def _readers(user: User, at: datetime) -> list[str]:
    """Return who reads the organisation that the person works in; of another they learn no name."""
    above = units_above(unit_id=user.unit_id) if user.unit_id else []
    rows = RoleAssignment.objects.filter(
        in_force(at),
        role__in=READS_ORGANISATION,
        unit_id__in=above,
        unit__parent__isnull=True,
        user__is_active=True,
    )
    names = rows.filter(unit__isnull=False).order_by("user__name")
    return list(dict.fromkeys(names.values_list("user__name", flat=True)))
