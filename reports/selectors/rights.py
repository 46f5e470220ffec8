"""What a reader may do, as conditions on rows: the table of permits said to the database."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from registry.rules.permits import OWNERS, PERMITS
from reports.selectors.cases import RolesBySystem

NOBODY = Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Rights:
    """A reader with their roles; `near` are they and everybody for whom they act."""

    person: UUID
    near: frozenset[UUID]
    roles: RolesBySystem

    def permitted(self, act: str, path: str = "system__") -> Q:
        """Return the condition that PERMITS lets the reader do this to the system at `path`."""
        permit = PERMITS[act]
        found = self.holding(permit.roles - OWNERS, path)
        for word in sorted(permit.roles & OWNERS):
            found |= Q(**{f"{path}{word}_id": self.person})
        for word in sorted(permit.barred):
            found &= ~Q(**{f"{path}{word}_id": self.person})
        return found

    def apart(self, path: str = "system__") -> Q:
        """Return the condition that the reader stands on nobody's side of the system's owners."""
        return ~Q(**{f"{path}owner_id__in": self.near}) & ~Q(**{f"{path}deputy_id__in": self.near})

    def owning(self, path: str = "system__") -> Q:
        """Return the condition that the reader is owner or deputy of the system."""
        return Q(**{f"{path}owner_id": self.person}) | Q(**{f"{path}deputy_id": self.person})

    def holding(self, roles: Collection[str], path: str = "system__") -> Q:
        """Return the condition that the reader holds one of these roles for the system."""
        units, systems = self.roles.reach(roles)
        return Q(**{f"{path}unit_id__in": units}) | Q(**{f"{path}pk__in": systems})

    def in_unit(self, act: str, path: str = "unit_id") -> Q:
        """Return the condition that the reader may do this within the unit at `path`."""
        units, _ = self.roles.reach(PERMITS[act].roles)
        return Q(**{f"{path}__in": units})

    def anywhere(self, act: str) -> bool:
        """Whether the reader may do what concerns the whole organisation."""
        return bool(self.roles.any() & PERMITS[act].roles)
