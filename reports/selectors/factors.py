"""Consequence factors: which hold for a series, and what a person may read of them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from ledger.rules.refusals import Missing
from registry.models import System, Unit, User
from reports.models import ConsequenceFactor
from reports.rules.consequence import Factor
from reports.selectors.report_rights import rights_of
from reports.selectors.rights import Rights

State = ConsequenceFactor.State


class Factors:
    """The factors in force of some KPIs; two queries for any number of systems."""

    def __init__(self, kpis: Iterable[str]) -> None:
        rows = ConsequenceFactor.objects.filter(state=State.IN_FORCE, kpi_id__in=set(kpis))
        self._rows = list(rows.order_by("measures", "pk"))
        self._parents: dict[UUID, UUID | None] = dict(Unit.objects.values_list("id", "parent_id"))

    def of(self, kpi: str, system: System, day: date) -> list[Factor]:
        """Return what translates a KPI of a system on a day: its own, else the nearest unit's."""
        found: dict[str, Factor] = {}
        own = [row for row in self._rows if row.kpi_id == kpi and row.system_id == system.pk]
        places = [own, *(self._of_unit(kpi, unit) for unit in self._above(system.unit_id))]
        for rows in places:
            for row in rows:
                factor = as_factor(row)
                if factor.holds_on(day):
                    found.setdefault(row.measures, factor)
        return list(found.values())

    def _of_unit(self, kpi: str, unit: UUID) -> list[ConsequenceFactor]:
        return [row for row in self._rows if row.kpi_id == kpi and row.unit_id == unit]

    def _above(self, unit: UUID) -> list[UUID]:
        found: list[UUID] = []
        here: UUID | None = unit
        while here is not None and here not in found:
            found.append(here)
            here = self._parents.get(here)
        return found


def as_factor(row: ConsequenceFactor) -> Factor:
    """Return a factor as the rules see it."""
    return Factor(
        id=str(row.pk),
        version=row.version,
        measures=row.measures,
        amount=row.amount,
        currency=row.currency,
        direction=row.direction,
        words=row.words,
        source=row.source,
        source_words=row.source_words,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def factors_visible_to(
    *, user: User, at: datetime, known: Rights | None = None
) -> QuerySet[ConsequenceFactor]:
    """Return the factors of the systems and units whose reports a person may read.

    `known` are their rights, where the caller has them.
    """
    rights = known or rights_of(user, at)
    mine = rights.permitted("report.read") | rights.in_unit("report.read")
    rows = ConsequenceFactor.objects.filter(mine)
    return rows.select_related("kpi", "system", "unit", "author", "approved_by").order_by(
        "kpi__name", "measures", "-version", "pk"
    )


def factor_seen(factor_id: UUID, *, user: User, at: datetime) -> ConsequenceFactor:
    """Return a factor that a person may read. Raises Missing."""
    found = factors_visible_to(user=user, at=at).filter(pk=factor_id).first()
    if found is None:
        raise Missing("unknown_factor", "There is no such factor that you may see.")
    return found


def versions_of(row: ConsequenceFactor) -> Sequence[ConsequenceFactor]:
    """Return every version of a factor, the newest first."""
    rows = ConsequenceFactor.objects.filter(
        kpi_id=row.kpi_id, system=row.system, unit=row.unit, measures=row.measures
    )
    return list(rows.select_related("author", "approved_by").order_by("-version"))
