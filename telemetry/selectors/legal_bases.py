"""On which legal basis a system's groups of persons are told apart, as it stands on record."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from telemetry.models import Computation
from telemetry.rules.fairness_kpis import GAPS


@dataclass(frozen=True, slots=True)
class LegalBases:
    """What is on record: (system, KPI, attribute, basis) of each active computation of a gap."""

    rows: Collection[tuple[UUID, str, str, str]]

    def of(self, system_id: UUID, kpi: str, segment: str) -> str:
        """Return the basis for a gap's attribute, '' without one.

        A gap of a segment names its attribute, and any gap by that attribute will do; the widest
        of all groups names none, so it needs a computation of its own KPI.
        """
        attribute = segment.partition("=")[0]
        for system, known, by, basis in self.rows:
            if system == system_id and (by == attribute if segment else known == kpi):
                return basis
        return ""


def legal_bases(*, system_ids: Collection[UUID]) -> LegalBases:
    """Return the legal bases on record of these systems; one query."""
    rows = Computation.objects.filter(system_id__in=system_ids, kpi__in=GAPS, active=True)
    named = rows.exclude(legal_basis="").order_by("kpi_id", "attribute", "pk")
    return LegalBases(list(named.values_list("system_id", "kpi_id", "attribute", "legal_basis")))
