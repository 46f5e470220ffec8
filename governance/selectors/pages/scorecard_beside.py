"""What is shown of a series on the scorecards: limits, last readings, what guards it; one query."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import JSONField, Q
from django.db.models.expressions import RawSQL

from governance.selectors.pages.scorecard import WINDOWS, Score, score_of
from telemetry.models import Series
from telemetry.selectors.recent import IN_JSON, reading_of_json
from telemetry.selectors.small_groups import SmallGroups

# The guardrail agreed on, else the counter-metric, as the page of a KPI finds it; of a series `s`.
GUARD = """SELECT o.id FROM telemetry_series o
  JOIN telemetry_kpi k ON k.id = s.kpi_id
  LEFT JOIN governance_guardrailpair p
    ON p.system_id = s.system_id AND p.gain_id = s.kpi_id AND p.guardrail_id = o.kpi_id
    AND p.environment = s.environment AND p.segment = s.segment
    AND p.state = 'active' AND p.enabled
  WHERE o.system_id = s.system_id AND o.environment = s.environment AND o.id <> s.id
    AND o.segment IN (s.segment, '') AND (p.id IS NOT NULL OR o.kpi_id = k.counter_metric_id)
  ORDER BY p.id IS NULL, o.segment <> s.segment, abs(o.window_seconds - s.window_seconds), o.id
  LIMIT 1"""
GUARDS = f"SELECT ({GUARD}) FROM telemetry_series s WHERE s.id = ANY(%s)"  # noqa: S608  ours
BESIDE = f"""(SELECT jsonb_build_array(g.id, m.state, b.value)
FROM telemetry_series s
LEFT JOIN LATERAL ({GUARD}) g ON true
LEFT JOIN governance_measuredstanding m
  ON m.kind = 'pair' AND m.series_id = g.id AND m.gain_id = s.kpi_id
LEFT JOIN LATERAL (
  SELECT one.value FROM telemetry_baseline one
  WHERE one.system_id = s.system_id AND one.kpi_id = s.kpi_id
    AND one.environment = s.environment AND one.segment = s.segment
    AND one.approved_at <= %s AND (one.ended_at IS NULL OR one.ended_at > %s)
  ORDER BY one.number DESC LIMIT 1) b ON true
WHERE s.id = "telemetry_series"."id" AND s.id = ANY(%s) LIMIT 1)"""  # noqa: S608  ours
RECENT = IN_JSON.format(series='"telemetry_series"."id"')
RELATED = ("kpi__counter_metric", "state", "system", "standing__threshold_version__threshold__kpi")


class Beside(NamedTuple):
    """What guards a series, how both stand together, the baseline agreed on; None for nothing."""

    guard: int | None
    pair: str | None
    agreed: float | None


def scores_beside(
    series: Sequence[int], *, at: datetime
) -> tuple[dict[int, Score], dict[int, Beside]]:
    """Return some series and what guards them as they are shown, and what stands beside each.

    The last readings are those of the series that are named alone.
    """
    if not series:
        return {}, {}
    named = list(series)
    guards = RawSQL(GUARDS, [named])  # noqa: S611  keys are parameters
    rows: Any = (
        Series.objects.filter(Q(pk__in=named) | Q(pk__in=guards))
        .select_related(*RELATED)
        .annotate(
            beside=RawSQL(BESIDE, [at, at, named], output_field=JSONField()),  # noqa: S611  as above
            recent=RawSQL(RECENT, [named, WINDOWS], output_field=JSONField()),  # noqa: S611  as above
        )
    )
    groups = SmallGroups()
    scores, beside = {}, {}
    for one in rows:
        read = [reading_of_json(row) for row in one.recent or ()]
        scores[one.pk] = score_of(one, getattr(one, "standing", None), read, groups)
        if one.beside is not None:
            beside[one.pk] = Beside(*one.beside)
    return scores, beside
