"""Who searches: what decides on everything that they may open, asked once for all kinds."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from registry.models import Delegation, System, Unit, User
from registry.rules.permits import OWNERS, PERMITS
from registry.selectors.people import Held, delegations_held, roles_of
from registry.selectors.systems import systems_visible_to

T = TypeVar("T")
NONE = "SELECT {} WHERE false"


class Reader:
    """A person at an instant, with roles, units and systems; each question goes out once.

    What is said here is what the pages say by their own selectors; tests hold the two together.
    """

    def __init__(self, *, user: User, at: datetime) -> None:
        self.user = user
        self.at = at
        self._kept: dict[Callable[..., Any], Any] = {}
        self.written: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def once(self, ask: Callable[["Reader"], T]) -> T:
        """Return what a source asks of this reader, asked the first time only."""
        if ask not in self._kept:
            self._kept[ask] = ask(self)
        found: T = self._kept[ask]
        return found

    def shared(self, name: str, rows: QuerySet[Any], *more: str, column: str = "pk") -> RawSQL:
        """Return the ids of rows, for the conditions of several sources, read once a statement.

        `name` is what the statement calls them; a search writes them before it. `more` are other
        ids that are read with them; `column` is which of all these is returned.
        """
        columns = ("pk", *more)
        try:
            self.written[name] = rows.order_by().values(*columns).query.sql_with_params()
        except EmptyResultSet:
            nothing = ", ".join(f"NULL::uuid AS {one}" for one in columns)
            self.written[name] = (NONE.format(nothing), ())
        return RawSQL(f"SELECT {name}.{column} FROM {name}", ())  # noqa: S608, S611  names of ours

    @cached_property
    def held(self) -> set[Held]:
        """The roles that are in force, as (role, unit, system); none of who is deactivated."""
        return roles_of(user_id=self.user.pk, at=self.at)

    @cached_property
    def lent(self) -> list[Delegation]:
        """The delegations under which they act."""
        return delegations_held(user_id=self.user.pk, at=self.at)

    @cached_property
    def sees_all(self) -> bool:
        """Whether a role of theirs stands above every unit: no system is hidden from them."""
        return bool(self.tops) and self.tops <= {unit for _, unit, _ in self.held}

    @cached_property
    def tops(self) -> set[UUID]:
        """The units that have none above them."""
        return {unit for unit, (parent, _) in self._units.items() if parent is None}

    @cached_property
    def systems(self) -> QuerySet[System]:
        """The systems that they see (registry.selectors.systems)."""
        return systems_visible_to(user=self.user, at=self.at, lent=self.lent)

    @cached_property
    def within(self) -> Q:
        """The condition on systems that they see them, for the statement of a search."""
        if self.sees_all:
            return Q()
        return Q(pk__in=self.shared("seen_systems", self.systems))

    @cached_property
    def of_seen(self) -> Q:
        """The condition on what has a `system` that they see it, for the statement of a search."""
        if self.sees_all:
            return Q(system__isnull=False)
        return Q(system__in=self.shared("seen_systems", self.systems))

    @cached_property
    def _units(self) -> dict[UUID, tuple[UUID | None, bool]]:
        """Every unit with the one above it, and whether a system stands there that they see."""
        there = Exists(self.systems.filter(unit_id=OuterRef("pk")))
        rows = Unit.objects.values_list("pk", "parent_id", there)
        return {unit: (parent, seen) for unit, parent, seen in rows}

    def above(self, start: Collection[UUID]) -> set[UUID]:
        """Return these units and every one above them."""
        found: set[UUID] = set()
        for unit in start:
            place: UUID | None = unit
            while place is not None and place not in found:
                found.add(place)
                place = self._units.get(place, (None, False))[0]
        return found

    def units(self, roles: Collection[str] | None = None) -> list[UUID]:
        """Return the units for which one of these roles is held (None: any), and all below."""
        held = {unit for role, unit, _ in self.held if unit and (roles is None or role in roles)}
        return [unit for unit in self._units if held & self.above([unit])]

    def named(self, roles: Collection[str]) -> list[UUID]:
        """Return the systems for which one of these roles is held by name."""
        return [system for role, _, system in self.held if role in roles and system is not None]

    def permitted(self, act: str, path: str = "system__") -> Q:
        """Return the condition that PERMITS lets them do this to the system at `path`."""
        return self.holding(PERMITS[act].roles, path)

    def holding(self, roles: Collection[str], path: str = "system__") -> Q:
        """Return the condition that they are one of these to the system at `path`."""
        plain = frozenset(roles) - OWNERS
        found = Q(**{f"{path}unit_id__in": self.units(plain)})
        found |= Q(**{f"{path}pk__in": self.named(plain)})
        for word in sorted(frozenset(roles) & OWNERS):
            found |= Q(**{f"{path}{word}_id": self.user.pk})
        return found

    def of_all(self, roles: Collection[str]) -> bool:
        """Whether one of these roles is held for every unit at the top."""
        return bool(self.tops) and self.tops <= set(self.units(roles))

    @property
    def lived_in(self) -> set[UUID]:
        """The units of the systems that they see."""
        return {unit for unit, (_, seen) in self._units.items() if seen}

    @property
    def works_here(self) -> Q:
        """The condition that they hold any role, or own a system (registry.selectors.documents)."""
        if not self.user.is_active:
            return Q(pk__in=[])
        if self.held:
            return Q()
        own = System.objects.filter(Q(owner=self.user) | Q(deputy=self.user))
        return Q(Exists(own))
