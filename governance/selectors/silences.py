"""Series that should have sent by now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.db import connection

from governance.selectors.policies import document_of, policy_in_force
from telemetry.models import Series, SeriesState

# What calls for nothing new is left out: a silence is looked at again when its next step is due,
# and daily once its incident has been reported, in case that was closed and it is silent still.
# Within its grace it calls for nothing: many that wait would keep others from being looked at.
SILENT = """
SELECT s.id, greatest(
    coalesce(st.last_valid_at, s.created_at), d.from_at,
    (SELECT max(l.at) FROM registry_lifecyclechange l
      WHERE l.system_id = s.system_id AND l.edge = 'resume'),
    (SELECT max(p.until_at) FROM telemetry_pause p
      WHERE p.system_id = s.system_id AND p.environment = s.environment
        AND p.until_at <= %(at)s), k.switched_at) AS heard_at
  FROM telemetry_series s
  JOIN telemetry_kpi k ON k.id = s.kpi_id AND NOT k.off
  JOIN telemetry_series_state st ON st.series_id = s.id
  JOIN registry_system y ON y.id = s.system_id AND y.lifecycle IN ('pilot', 'production')
  JOIN registry_deployment d ON d.system_id = s.system_id AND d.environment = s.environment
   AND d.until_at IS NULL AND NOT d.suspended
 WHERE s.cadence_seconds IS NOT NULL AND st.judged_by IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM telemetry_seriesretirement t WHERE t.series_id = s.id)
   AND NOT EXISTS (SELECT 1 FROM telemetry_pause p
     WHERE p.system_id = s.system_id AND p.environment = s.environment
       AND p.from_at <= %(at)s AND %(at)s < p.until_at)
"""
DUE = f"""
SELECT silent.id, silent.heard_at FROM ({SILENT}) AS silent
  JOIN telemetry_series s ON s.id = silent.id JOIN telemetry_series_state st ON st.series_id = s.id
  JOIN governance_thresholdversion v ON v.id = st.judged_by
 WHERE %(at)s > silent.heard_at + interval '1 second' * greatest(
    s.cadence_seconds + v.grace_seconds,
    s.cadence_seconds * CASE st.carried ->> 'told' WHEN 'no_data'
      THEN coalesce((st.carried ->> 'watch_at')::float8, 2) WHEN 'watch' THEN 3 ELSE 1 END)
   AND (st.carried ->> 'told' IS DISTINCT FROM 'incident'
     OR %(at)s > to_timestamp((st.carried ->> 'told_at')::float8) + interval '1 day')
 ORDER BY silent.heard_at, silent.id LIMIT %(limit)s
"""  # noqa: S608  a statement of ours


@dataclass(slots=True)
class Silent:
    """A series that is expected to send, and when it was heard last."""

    series: Series
    heard_at: datetime
    state: SeriesState


def silent_series(*, at: datetime, limit: int) -> list[Silent]:
    """Return series past cadence and grace whose silence calls for something new, the oldest first.

    Of a system that is not live, is suspended or pauses as announced, nothing is expected (EVA-08),
    nor of a KPI that is switched off.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"at": at, "limit": limit})
        heard = dict(cursor.fetchall())
    rows = Series.objects.filter(pk__in=heard).select_related("kpi", "system", "state")
    return [Silent(one, heard[one.pk], one.state) for one in rows.order_by("pk")]


def first_multiples(*, unit_ids: Collection[UUID], at: datetime) -> dict[UUID, float]:
    """Return past how many cadences a silence is a watch, by unit: the policy's first_silence."""
    return {
        unit: float(
            Fraction(document_of(policy_in_force(unit_id=unit, at=at)).limits.first_silence)
        )
        for unit in unit_ids
    }
