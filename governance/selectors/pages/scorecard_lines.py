"""The lines of many scorecards at once: every series with how it stands, and what was never heard.

What is listed is read lean, for there may be thousands; what is shown is read with its limits,
readings and guardrail, by `details_of`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from governance.rules.scorecards import PRODUCTION, RANKS, Fact
from governance.selectors.pages.scorecard import Score
from governance.selectors.pages.scorecard_beside import Beside, scores_beside
from registry.models import System
from telemetry.models import Kpi, ScorecardLine

MOST_SYSTEMS = 2000
# A KPI of a scorecard that is not measured in production stands there as a line without a series.
# The systems come first, with the units and the lines of them all in the same statement: a row is
# what its first column says, and the rest are the columns of a line, then a unit.
ALL_OF_IT = f"""
WITH shown AS MATERIALIZED ({{systems}})
SELECT 'system', y.place, y.id, y.slug, y.name, y.lifecycle, '', '', '', '', '', '', false,
  y.owner_id, y.owner__name, false, false, y.unit_id FROM shown y
UNION ALL
SELECT 'unit', NULL, id, '', name, '', '', '', '', '', '', '', false, NULL, '', false, false,
  parent_id FROM registry_unit
UNION ALL
SELECT 'fact', s.id, s.system_id, k.id, k.name, k.category, k.timing,
  coalesce(l.perspective, k.perspective), k.owner_role, s.environment, s.segment,
  CASE st.state WHEN 'NO_DATA' THEN 'unknown' WHEN 'ERROR' THEN 'unknown'
    ELSE coalesce(lower(st.state), 'unjudged') END,
  l.id IS NOT NULL, u.id, u.name, r.id IS NOT NULL, k.off, NULL
FROM telemetry_series s
JOIN registry_system y ON y.id = s.system_id
JOIN telemetry_kpi k ON k.id = s.kpi_id
LEFT JOIN governance_standing st ON st.series_id = s.id
LEFT JOIN telemetry_scorecardline l
  ON l.system_id = s.system_id AND l.kpi_id = s.kpi_id AND l.until_at IS NULL
JOIN registry_user u ON u.id = coalesce(l.owner_id, y.owner_id)
LEFT JOIN telemetry_seriesretirement r ON r.series_id = s.id
WHERE s.system_id IN (SELECT id FROM shown)
UNION ALL
SELECT 'fact', NULL, l.system_id, k.id, k.name, k.category, k.timing, l.perspective,
  k.owner_role, '{PRODUCTION}', '', 'unknown', true, u.id, u.name, false, k.off, NULL
FROM telemetry_scorecardline l JOIN telemetry_kpi k ON k.id = l.kpi_id
JOIN registry_user u ON u.id = l.owner_id
WHERE l.system_id IN (SELECT id FROM shown) AND l.until_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM telemetry_series s WHERE s.system_id = l.system_id AND s.kpi_id = l.kpi_id
    AND s.environment = '{PRODUCTION}')
"""  # noqa: S608  a constant of ours
OF_LINE = ("owner", "kpi__counter_metric")
FIELDS = ("place", "id", "slug", "name", "unit_id", "owner_id", "owner__name", "lifecycle")


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


def scored(
    *, visible: QuerySet[System], slug: str = ""
) -> tuple[dict[UUID, Scored], dict[UUID, Place], list[Fact]]:
    """Return the systems by id in the order of their names, the units, and every line; one query.

    At most MOST_SYSTEMS of them; those that are retired are left out unless one is asked for by
    its short name. The lines are those of these systems, in no order.
    """
    rows = visible.filter(slug=slug) if slug else visible.exclude(lifecycle="retired")
    told = rows.annotate(place=Window(RowNumber(), order_by=[F("name").asc(), F("pk").asc()]))
    found = told.order_by("place").values(*FIELDS)[:MOST_SYSTEMS]
    try:
        statement, given = found.query.sql_with_params()
    except EmptyResultSet:
        return {}, {}, []
    parts: dict[str, list[Any]] = {"system": [], "unit": [], "fact": []}
    with connection.cursor() as cursor:
        cursor.execute(ALL_OF_IT.format(systems=statement), given)
        for part, *row in cursor:
            parts[part].append(row)
    systems = {}
    for _place, key, slug_, name, lifecycle, *rest in sorted(parts["system"]):
        owner, owner_name, unit = rest[-5], rest[-4], rest[-1]
        systems[key] = Scored(key, slug_, name, unit, owner, owner_name, lifecycle)
    units = {row[1]: Place(row[3], row[-1]) for row in parts["unit"]}
    return systems, units, [Fact._make(row[:-1]) for row in parts["fact"]]


def details_of(facts: Sequence[Fact], *, at: datetime) -> list[Details]:
    """Return what is shown of each line, in their order; two queries for all of them."""
    asked = [one.series for one in facts if one.series is not None]
    scores, beside = scores_beside(asked, at=at)
    chosen = _chosen(facts)
    return [_details(one, scores, beside, chosen) for one in facts]


def _details(
    fact: Fact,
    scores: Mapping[int, Score],
    beside: Mapping[int, Beside],
    chosen: Mapping[tuple[UUID, str], ScorecardLine],
) -> Details:
    line = chosen.get((fact.system, fact.kpi))
    if fact.series is None:
        # It is listed for its line on the scorecard.
        return Details(chosen[fact.system, fact.kpi].kpi, None, line, None, None)
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


def _chosen(facts: Sequence[Fact]) -> dict[tuple[UUID, str], ScorecardLine]:
    systems = {one.system for one in facts if one.chosen}
    rows = ScorecardLine.objects.filter(system__in=systems, until_at__isnull=True)
    return {(row.system_id, row.kpi_id): row for row in rows.select_related(*OF_LINE)}


def _worse(guard: Score, pair: str | None) -> str:
    states = [_state(guard.standing.state)] if guard.standing else ["unjudged"]
    if pair is not None and pair != "NO_DATA":
        states.append(_state(pair))
    return min(states, key=RANKS.__getitem__)


def _state(standing: str) -> str:
    return "unknown" if standing in ("NO_DATA", "ERROR") else standing.lower()
