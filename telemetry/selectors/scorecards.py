"""Scorecards: what stands on them now, who may answer for a line, what is missing."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from registry.models import RoleAssignment, System, User
from registry.selectors.people import in_force
from registry.selectors.units import units_above
from telemetry.models import Kpi, Scorecard, ScorecardLine
from telemetry.rules.scorecards import Finding, Known, Line, findings_of


def scorecard_lines(*, system_id: UUID) -> QuerySet[ScorecardLine]:
    """Return the lines of a system's scorecard in their order; none where nobody made one."""
    rows = ScorecardLine.objects.filter(system_id=system_id, until_at__isnull=True)
    return rows.select_related("kpi__counter_metric", "owner").order_by("position", "kpi_id")


def current_lines(*, system_ids: Collection[UUID]) -> dict[UUID, list[ScorecardLine]]:
    """Return the lines of many scorecards by system; one query, systems without one left out."""
    found: dict[UUID, list[ScorecardLine]] = {}
    rows = ScorecardLine.objects.filter(system_id__in=system_ids, until_at__isnull=True)
    for row in rows.select_related("kpi", "owner").order_by("position", "kpi_id"):
        found.setdefault(row.system_id, []).append(row)
    return found


def scorecard_version(*, system_id: UUID) -> int:
    """Return how often the scorecard of a system was set, 0 where it has none."""
    found = Scorecard.objects.filter(pk=system_id).values_list("version", flat=True).first()
    return found or 0


def as_line(row: ScorecardLine) -> Line:
    """Return a row as the rules know it."""
    return Line(
        kpi=row.kpi_id,
        perspective=row.perspective,
        owner_id=row.owner_id,
        on_breach=row.on_breach,
        target=row.target,
    )


def scorecard_findings(rows: Sequence[ScorecardLine]) -> tuple[Finding, ...]:
    """Return what is missing from a scorecard, or too much on it.

    The rows come with their KPI and its counter-metric, as `scorecard_lines` reads them.
    """
    kpis = [row.kpi for row in rows]
    kpis += [row.kpi.counter_metric for row in rows if row.kpi.counter_metric is not None]
    return findings_of([as_line(row) for row in rows], known={one.pk: _known(one) for one in kpis})


def answerable_people(*, system: System, at: datetime) -> QuerySet[User]:
    """Return the people who may answer for a KPI of a system, by name.

    Its owner and deputy, and whoever holds a role for it, its unit or a unit above.
    """
    units = units_above(unit_id=system.unit_id)
    held = RoleAssignment.objects.filter(in_force(at)).filter(Q(system=system) | Q(unit__in=units))
    people = User.objects.filter(is_active=True, kind=User.Kind.PERSON)
    mine = Q(pk__in=[system.owner_id, system.deputy_id]) | Q(pk__in=held.values("user_id"))
    found: QuerySet[User] = people.filter(mine).order_by("name", "pk")
    return found


def _known(kpi: Kpi) -> Known:
    return Known(name=kpi.name, category=kpi.category, counter=kpi.counter_metric_id)
