"""Error budgets in force whose series have had readings since they were last judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from governance.models import ErrorBudget
from governance.rules.budgets import BudgetTerms, BurnPair
from governance.rules.measured import better_of
from governance.selectors.measured import DAY, VOIDS
from telemetry.models import Series

# Of several series the one with the shortest windows: a budget burns fast.
DUE = f"""
SELECT * FROM (
  SELECT DISTINCT ON (b.system_id, b.kpi_id, b.environment, b.segment)
      s.id AS series_id, b.id AS budget_id, st.stored + coalesce(z.n, 0) AS mark
    FROM governance_errorbudget b
    JOIN telemetry_series s ON s.system_id = b.system_id AND s.kpi_id = b.kpi_id
     AND s.environment = b.environment AND s.segment = b.segment
    JOIN telemetry_series_state st ON st.series_id = s.id AND st.window_end IS NOT NULL
    LEFT JOIN {VOIDS} z ON z.series_id = s.id
   WHERE b.state = 'active'
   ORDER BY b.system_id, b.kpi_id, b.environment, b.segment, s.window_seconds, s.id) AS found
  LEFT JOIN governance_measuredstanding m ON m.series_id = found.series_id AND m.kind = 'budget'
  LEFT JOIN governance_measuredlook l ON l.standing_id = m.id
 WHERE l.standing_id IS NULL OR l.stored <> found.mark OR l.judged_by <> found.budget_id::text
 ORDER BY l.judged_at NULLS FIRST, found.series_id LIMIT %s
"""  # noqa: S608  a statement of ours


@dataclass(frozen=True, slots=True)
class Budgeted:
    """A series and the budget that it spends."""

    series: Series
    budget: ErrorBudget

    @property
    def step(self) -> float:
        """Seconds between readings that do not overlap."""
        return float(max(self.series.window_seconds, self.series.cadence_seconds or 0))


def budgets_due(*, limit: int) -> list[Budgeted]:
    """Return budgets with new readings, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [limit])
        rows = [row[:2] for row in cursor.fetchall()]
    series = Series.objects.select_related("kpi", "system").in_bulk([row[0] for row in rows])
    budgets = ErrorBudget.objects.select_related("kpi").in_bulk([row[1] for row in rows])
    return [Budgeted(series[one], budgets[budget]) for one, budget in rows]


def terms_of(one: Budgeted) -> BudgetTerms:
    """Return how a budget is judged with the readings of its series."""
    budget = one.budget
    return BudgetTerms(
        objective=budget.objective,
        period=float(budget.period_days * DAY),
        step=one.step,
        pairs=tuple(
            BurnPair(
                "CRITICAL" if pair["state"] == "critical" else "WARNING",
                float(pair["long_seconds"]),
                float(pair["short_seconds"]),
                float(pair["burn"]),
            )
            for pair in budget.pairs
        ),
        warning_spent=budget.warning_spent,
        critical_spent=budget.critical_spent,
    )


def can_be_budgeted(*, unit: str, better: str, failure_limit: float | None) -> bool:
    """Whether readings of a KPI say what failed: a share says it, others by a limit."""
    return better_of(better) is not None and (unit == "ratio" or failure_limit is not None)


def error_budgets_of(*, system_ids: Sequence[UUID]) -> QuerySet[ErrorBudget]:
    """Return the error budgets of some systems, every version."""
    rows = ErrorBudget.objects.filter(system_id__in=system_ids)
    return rows.select_related("system", "kpi", "author", "approved_by")
