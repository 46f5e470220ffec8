"""Series with a threshold whose slide is due to be looked at, and by which rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from governance.models import ThresholdVersion, TrendRule
from governance.rules.measured_checks import seconds_of
from governance.rules.policy_document import PolicyDocument
from governance.rules.trends import TrendTerms, limits_of, method_of
from governance.selectors.measured import DAY, VOIDS
from governance.selectors.thresholds import bands_of
from telemetry.models import Series

# A slide is slow: nobody looks for it more than once an hour.
DUE = f"""
SELECT s.id, v.id, r.id, t.waits_for
  FROM telemetry_series s
  JOIN telemetry_series_state st ON st.series_id = s.id AND st.window_end IS NOT NULL
  JOIN governance_threshold t ON t.system_id = s.system_id AND t.kpi_id = s.kpi_id
   AND t.environment = s.environment AND t.segment = s.segment
  JOIN governance_thresholdversion v ON v.threshold_id = t.id AND v.state = 'active'
  LEFT JOIN governance_trendrule r ON r.threshold_id = t.id AND r.state = 'active'
  LEFT JOIN governance_measuredstanding m ON m.series_id = s.id AND m.kind = 'trend'
  LEFT JOIN governance_measuredlook l ON l.standing_id = m.id
  LEFT JOIN {VOIDS} z ON z.series_id = s.id
 WHERE l.standing_id IS NULL
    OR ((l.stored <> st.stored + coalesce(z.n, 0)
         OR l.judged_by <> concat_ws(':', v.id, r.id, t.waits_for))
        AND l.judged_at <= %s - least(s.window_seconds, 3600) * interval '1 second')
 ORDER BY l.judged_at NULLS FIRST, s.id LIMIT %s
"""  # noqa: S608  a statement of ours


@dataclass(frozen=True, slots=True)
class Sliding:
    """A series that may slide, its threshold in force, its own rule if there is one."""

    series: Series
    version: ThresholdVersion
    rule: TrendRule | None
    waits_for: str

    @property
    def judged_by(self) -> str:
        """What judges it, as one word: another one calls for another look."""
        parts = [str(self.version.pk), str(self.rule.pk) if self.rule else None, self.waits_for]
        return ":".join(part for part in parts if part is not None)

    @property
    def is_daily(self) -> bool:
        """Whether it is looked at by day, for its windows are shorter."""
        return self.series.window_seconds < DAY

    @property
    def valid_from(self) -> datetime:
        """From when windows are judged."""
        return self.version.valid_from if self.rule is None else _approved(self.rule)


def trends_due(*, at: datetime, limit: int) -> list[Sliding]:
    """Return series with readings since they were last looked at, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [at, limit])
        rows = cursor.fetchall()
    series = Series.objects.select_related("kpi", "system").in_bulk([row[0] for row in rows])
    versions = ThresholdVersion.objects.select_related("threshold__kpi").in_bulk(
        {row[1] for row in rows}
    )
    rules = TrendRule.objects.in_bulk({row[2] for row in rows if row[2]})
    return [
        Sliding(series[one], versions[version], rules.get(rule), waits)
        for one, version, rule, waits in rows
    ]


def terms_of(one: Sliding, documents: Mapping[UUID, PolicyDocument]) -> TrendTerms | None:
    """Return how a series is judged: by its rule, else its unit's policy; None for not at all."""
    rule, window = one.rule, float(max(one.series.window_seconds, DAY))
    limits = limits_of(bands_of(one.version))
    if rule is not None:
        if not rule.enabled:
            return None
        method = method_of(rule.method)
        return TrendTerms(method, rule.horizon_seconds, rule.least_windows, window, limits)
    told = documents[one.series.system.unit_id].measured.trends
    if not told.horizon:
        return None
    method = method_of(told.method)
    return TrendTerms(method, seconds_of(told.horizon), told.least_windows, window, limits)


def trend_rules_of(*, system_ids: Sequence[UUID]) -> QuerySet[TrendRule]:
    """Return the trend rules of some systems with their thresholds, the newest version first."""
    rows = TrendRule.objects.filter(threshold__system_id__in=system_ids)
    return rows.select_related("threshold__kpi", "threshold__system", "author", "approved_by")


def _approved(rule: TrendRule) -> datetime:
    return rule.approved_at or rule.created_at
