"""What somebody may read of the ledger, as a condition on its entries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, OuterRef, Q, QuerySet, Subquery, Value

MOST_COUNTED = 10_000
# Where each entry's case has to be looked up, a count looks no further than this.
MOST_LOOKED_UP = 300


@dataclass(frozen=True, slots=True)
class Reach:
    """What somebody may read: the systems and incidents named, or all of them, and their own acts.

    An entry with an incident goes by the incident alone, one without by its system; one with
    neither belongs to the organisation. `incidents` is the query of the incidents where they are
    too many to name: each entry's own is then looked up in it, and `more_systems` are those that
    only such an incident lets them see; with `all_systems` they are all of them.
    """

    actor_id: str
    all_systems: bool = False
    organisation: bool = False
    system_ids: Sequence[UUID] = ()
    incident_ids: Sequence[UUID] = ()
    incidents: QuerySet[Any, Any] | None = field(default=None, compare=False)
    more_systems: QuerySet[Any, Any] | None = field(default=None, compare=False)

    @property
    def most_counted(self) -> int:
        """How far entries are counted for a page."""
        return MOST_COUNTED if self.incidents is None else MOST_LOOKED_UP

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the ledger is out of reach."""
        return self.all_systems and self.organisation

    @property
    def condition(self) -> Q:
        """The condition on entries."""
        if self.is_whole:
            return Q()
        nowhere = Q(incident_id__isnull=True, system_id__isnull=True)
        allowed = Q(actor_id=self.actor_id)
        if self.organisation:
            allowed |= nowhere
        if self.all_systems:
            return allowed | Q(incident_id__isnull=False) | Q(system_id__isnull=False)
        if self.incidents is None:
            allowed |= Q(incident_id__in=list(self.incident_ids))
        else:
            # Looked up row by row, where EXISTS would have every incident read and hashed first.
            own = self.incidents.filter(pk=OuterRef("incident_id")).values(seen=Value(value=True))
            allowed |= Q(Subquery(own[:1], output_field=BooleanField()))
        if self.more_systems is not None:
            allowed |= Q(incident_id__isnull=True, system_id__in=self.more_systems)
        return allowed | Q(incident_id__isnull=True, system_id__in=list(self.system_ids))
