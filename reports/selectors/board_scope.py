"""What a report is about: its systems and its time, as the parts of it read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from incidents.models import Incident
from registry.models import System, Unit
from registry.selectors.law import seat_day
from registry.selectors.units import units_below
from reports.rules.quarters import Quarter


@dataclass(frozen=True)
class Ground:
    """The systems of a report and its quarter; nothing after `at` is told of.

    `until` is the end of the quarter, or `at` while the quarter runs.
    """

    systems: tuple[System, ...]
    quarter: Quarter
    at: datetime

    @property
    def since(self) -> datetime:
        """The instant at which the quarter begins."""
        return self.quarter.since(settings.SEAT_ZONE)

    @property
    def until(self) -> datetime:
        """The instant up to which it is told."""
        return min(self.quarter.until(settings.SEAT_ZONE), self.at)

    @property
    def last_day(self) -> date:
        """The day at the seat whose factors count."""
        return min(self.quarter.last_day, seat_day(self.at))

    @cached_property
    def ids(self) -> Sequence[UUID]:
        """The ids of the systems."""
        return [one.pk for one in self.systems]

    @cached_property
    def by_id(self) -> Mapping[UUID, System]:
        """The systems by id."""
        return {one.pk: one for one in self.systems}

    @property
    def incidents(self) -> QuerySet[Incident]:
        """The incidents of the systems, without rehearsals."""
        rows: QuerySet[Incident] = Incident.objects.filter(system_id__in=self.ids, drill=False)
        return rows


def ground_of(
    *, system: System | None, unit: Unit | None, quarter: Quarter, at: datetime
) -> Ground:
    """Return what a report is about: one system, a unit with all below, or everything."""
    rows = System.objects.filter(registered_at__lt=at).select_related("owner", "unit")
    if system is not None:
        rows = rows.filter(pk=system.pk)
    elif unit is not None:
        rows = rows.filter(unit_id__in=units_below(unit_ids=[unit.pk]))
    return Ground(tuple(rows.order_by("name", "slug")), quarter, at)
