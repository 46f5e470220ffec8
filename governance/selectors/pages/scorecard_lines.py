"""The lines of many scorecards at once: every series with how it stands, and what was never heard.

What is listed is read lean, for there may be thousands; what is shown is read with its limits,
readings and guardrail, by `details_of`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from governance.rules.scorecards import PRODUCTION, RANKS, Fact
from governance.selectors.pages.scorecard import WINDOWS, Score, score_of
from registry.models import System, Unit
from telemetry.models import Kpi, ScorecardLine, Series
from telemetry.selectors.recent import recent_readings
from telemetry.selectors.small_groups import SmallGroups

MOST_SYSTEMS = 2000
# A KPI of a scorecard that is not measured in production stands there as a line without a series.
FACTS = f"""
SELECT s.id, s.system_id, k.id, k.name, k.category, k.timing,
  coalesce(l.perspective, k.perspective), k.owner_role, s.environment, s.segment,
  CASE st.state WHEN 'NO_DATA' THEN 'unknown' WHEN 'ERROR' THEN 'unknown'
    ELSE coalesce(lower(st.state), 'unjudged') END,
  l.id IS NOT NULL, u.id, u.name, r.id IS NOT NULL, k.off
FROM telemetry_series s
JOIN registry_system y ON y.id = s.system_id
JOIN telemetry_kpi k ON k.id = s.kpi_id
LEFT JOIN governance_standing st ON st.series_id = s.id
LEFT JOIN telemetry_scorecardline l
  ON l.system_id = s.system_id AND l.kpi_id = s.kpi_id AND l.until_at IS NULL
JOIN registry_user u ON u.id = coalesce(l.owner_id, y.owner_id)
LEFT JOIN telemetry_seriesretirement r ON r.series_id = s.id
WHERE s.system_id = ANY(%(systems)s)
UNION ALL
SELECT NULL, l.system_id, k.id, k.name, k.category, k.timing, l.perspective,
  k.owner_role, '{PRODUCTION}', '', 'unknown', true, u.id, u.name, false, k.off
FROM telemetry_scorecardline l JOIN telemetry_kpi k ON k.id = l.kpi_id
JOIN registry_user u ON u.id = l.owner_id
WHERE l.system_id = ANY(%(systems)s) AND l.until_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM telemetry_series s WHERE s.system_id = l.system_id AND s.kpi_id = l.kpi_id
    AND s.environment = '{PRODUCTION}')
"""  # noqa: S608  a constant of ours
# The guardrail agreed on, else the counter-metric, as the page of a KPI finds it.
BESIDE = """
SELECT s.id, g.id, m.state, b.value
FROM telemetry_series s
JOIN telemetry_kpi k ON k.id = s.kpi_id
LEFT JOIN LATERAL (
  SELECT o.id FROM telemetry_series o
  LEFT JOIN governance_guardrailpair p
    ON p.system_id = s.system_id AND p.gain_id = s.kpi_id AND p.guardrail_id = o.kpi_id
    AND p.environment = s.environment AND p.segment = s.segment
    AND p.state = 'active' AND p.enabled
  WHERE o.system_id = s.system_id AND o.environment = s.environment AND o.id <> s.id
    AND o.segment IN (s.segment, '') AND (p.id IS NOT NULL OR o.kpi_id = k.counter_metric_id)
  ORDER BY p.id IS NULL, o.segment <> s.segment, abs(o.window_seconds - s.window_seconds), o.id
  LIMIT 1) g ON true
LEFT JOIN governance_measuredstanding m
  ON m.kind = 'pair' AND m.series_id = g.id AND m.gain_id = s.kpi_id
LEFT JOIN LATERAL (
  SELECT one.value FROM telemetry_baseline one
  WHERE one.system_id = s.system_id AND one.kpi_id = s.kpi_id
    AND one.environment = s.environment AND one.segment = s.segment
    AND one.approved_at <= %(at)s AND (one.ended_at IS NULL OR one.ended_at > %(at)s)
  ORDER BY one.number DESC LIMIT 1) b ON true
WHERE s.id = ANY(%(series)s)
"""
RELATED = ("kpi__counter_metric", "state", "system", "standing__threshold_version__threshold__kpi")


class Scored(NamedTuple):
    """A system as the scorecards name it."""

    id: UUID
    slug: str
    name: str
    unit: UUID
    owner: UUID
    owner_name: str
    lifecycle: str


class Place(NamedTuple):
    """A unit: its name and the one above it."""

    name: str
    parent: UUID | None


@dataclass(frozen=True, slots=True)
class Guarded:
    """What guards a line: its latest reading and limits, how it stands, one of STATES.

    The judgement of both together counts where it is worse than the guardrail's own.
    """

    score: Score
    state: str


@dataclass(frozen=True, slots=True)
class Details:
    """What is shown of a line beside its fact: readings, limits, guardrail, what was chosen.

    Without a series it was never measured; `baseline` is the one that it is judged against, else
    the one agreed on, in the KPI's unit.
    """

    kpi: Kpi
    score: Score | None
    line: ScorecardLine | None
    guard: Guarded | None
    baseline: float | None

    @property
    def target(self) -> float | None:
        """What somebody chose for the scorecard, else what the threshold names."""
        if self.line is not None and self.line.target is not None:
            return self.line.target
        version = self.score.version if self.score else None
        return version.target if version else None


def scored_systems(*, visible: QuerySet[System], slug: str = "") -> dict[UUID, Scored]:
    """Return the systems by id, in the order of their names, at most MOST_SYSTEMS of them.

    Those that are retired are left out unless one is asked for by its short name.
    """
    rows = visible.filter(slug=slug) if slug else visible.exclude(lifecycle="retired")
    fields = ("id", "slug", "name", "unit_id", "owner_id", "owner__name", "lifecycle")
    found = rows.order_by("name", "pk").values_list(*fields)[:MOST_SYSTEMS]
    return {row[0]: Scored._make(row) for row in found}


def facts_of(*, systems: Sequence[UUID]) -> list[Fact]:
    """Return every line of systems, in no order; one query."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"systems": list(systems)})
        return [Fact._make(row) for row in cursor.fetchall()]


def places() -> dict[UUID, Place]:
    """Return the units of the organisation."""
    return {
        pk: Place(name, up) for pk, name, up in Unit.objects.values_list("pk", "name", "parent")
    }


def details_of(facts: Sequence[Fact], *, at: datetime) -> list[Details]:
    """Return what is shown of each line, in their order; at most five queries for all of them."""
    asked = [one.series for one in facts if one.series is not None]
    beside = _beside(asked, at)
    wanted = {*asked, *(guard for guard, _pair, _value in beside.values() if guard is not None)}
    scores = _scores(wanted, asked)
    chosen, unheard = _chosen(facts), _kpis(facts)
    return [_details(one, scores, beside, chosen, unheard) for one in facts]


def _details(
    fact: Fact,
    scores: Mapping[int, Score],
    beside: Mapping[int, tuple[int | None, str | None, float | None]],
    chosen: Mapping[tuple[UUID, str], ScorecardLine],
    kpis: Mapping[str, Kpi],
) -> Details:
    line = chosen.get((fact.system, fact.kpi))
    if fact.series is None:
        return Details(kpis[fact.kpi], None, line, None, None)
    score = scores[fact.series]
    guard, pair, agreed = beside[fact.series]
    version = score.version
    stated = version.baseline if version else None
    return Details(
        kpi=score.series.kpi,
        score=score,
        line=line,
        guard=None if guard is None else Guarded(scores[guard], _worse(scores[guard], pair)),
        baseline=agreed if stated is None else stated,
    )


def _beside(
    series: Sequence[int], at: datetime
) -> dict[int, tuple[int | None, str | None, float | None]]:
    if not series:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(BESIDE, {"series": list(series), "at": at})
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}


def _scores(wanted: set[int], drawn: Sequence[int]) -> dict[int, Score]:
    """Read the series; the last readings of those that are drawn alone."""
    rows = Series.objects.filter(pk__in=wanted).select_related(*RELATED)
    recent = recent_readings(series_ids=drawn, limit=WINDOWS)
    groups = SmallGroups()
    return {
        one.pk: score_of(one, getattr(one, "standing", None), recent.get(one.pk, ()), groups)
        for one in rows
    }


def _chosen(facts: Sequence[Fact]) -> dict[tuple[UUID, str], ScorecardLine]:
    systems = {one.system for one in facts if one.chosen}
    rows = ScorecardLine.objects.filter(system__in=systems, until_at__isnull=True)
    return {(row.system_id, row.kpi_id): row for row in rows.select_related("owner")}


def _kpis(facts: Sequence[Fact]) -> dict[str, Kpi]:
    unheard = {one.kpi for one in facts if one.series is None}
    return Kpi.objects.select_related("counter_metric").in_bulk(unheard)


def _worse(guard: Score, pair: str | None) -> str:
    states = [_state(guard.standing.state)] if guard.standing else ["unjudged"]
    if pair is not None and pair != "NO_DATA":
        states.append(_state(pair))
    return min(states, key=RANKS.__getitem__)


def _state(standing: str) -> str:
    return "unknown" if standing in ("NO_DATA", "ERROR") else standing.lower()
