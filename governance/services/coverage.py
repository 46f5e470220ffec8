"""Monitoring coverage and policy drift as KPIs of each live system, once a day (TEL-5, TEL-6)."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction

from governance.selectors.coverage import SystemCoverage, coverage_of, live_systems
from governance.selectors.drift import changed_rules
from governance.services.evaluation import judge
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import machine
from registry.models import System
from telemetry.models import Kpi, SeriesState
from telemetry.services.measurements import record_rows
from telemetry.services.series import Identity, series_for
from telemetry.services.states import Row

WATCHMAN = machine("coverage")
COVERAGE, POLICY_DRIFT = "monitoring_coverage", "policy_drift"
DAY = 86400
ENVIRONMENT = "production"
AT_ONCE = 200


@retried
@transaction.atomic
def measure_coverage(at: datetime) -> int:
    """Measure yesterday's coverage and policy drift of live systems; a job of the sweep.

    One reading a day and system, for the day that ended at midnight UTC; another sweep adds none.
    """
    end = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    kpis = set(Kpi.objects.filter(pk__in=[COVERAGE, POLICY_DRIFT]).values_list("pk", flat=True))
    if COVERAGE not in kpis:
        return 0
    systems = _unmeasured(end)
    if not systems:
        return 0
    with acting_as(WATCHMAN):
        figures = _figures(coverage_of(systems=systems, at=at), kpis, at)
        series = series_for(cadences={identity: DAY for identity in figures}, at=at)
        rows: list[Row] = sorted(
            (series[identity], end, 0, value, n, None, None, value is not None)
            for identity, (value, n) in figures.items()
        )
        recorded = record_rows(
            rows=rows,
            kind="computed",
            source="monitoring coverage",
            system_ids=[one.pk for one in systems],
            actor=WATCHMAN,
            at=at,
        )
        judge(recorded=recorded, at=at)
    return len(recorded.inserted)


def _unmeasured(end: datetime) -> list[System]:
    done = SeriesState.objects.filter(
        series__kpi_id=COVERAGE, series__window_seconds=DAY, window_end__gte=end
    ).values("series__system_id")
    rows = live_systems(System.objects.all()).exclude(pk__in=done).filter(registered_at__lt=end)
    return list(rows.order_by("pk")[:AT_ONCE])


def _figures(
    found: Sequence[SystemCoverage], kpis: set[str], at: datetime
) -> dict[Identity, tuple[float | None, int]]:
    """Return value and n by series; of a system of which nothing is expected there is no value."""
    figures: dict[Identity, tuple[float | None, int]] = {}
    for one in found:
        figures[_identity(one.system, COVERAGE)] = (one.share.value, one.share.required)
    if POLICY_DRIFT in kpis:
        for one in found:
            changed = changed_rules(system=one.system, at=at)
            if changed.attested_at is not None:
                figures[_identity(one.system, POLICY_DRIFT)] = (
                    float(changed.count),
                    changed.total,
                )
    return figures


def _identity(system: System, kpi_id: str) -> Identity:
    return (system.pk, kpi_id, ENVIRONMENT, "", DAY)
