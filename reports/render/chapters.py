"""A chapter of one system among several, kept short; the whole of it stands in an annex."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports.render.charts import latest
from reports.render.contents import lettered
from reports.render.shown import gravity, worth
from reports.rules.content import Content, SystemContent
from reports.rules.gaps import Gap
from reports.rules.matters import IncidentRecord
from reports.rules.things import DeploymentRecord, SystemRecord

MOST = 5
ANNEX = 4


@dataclass(frozen=True)
class Chapter:
    """What the report says of one system: its record, what runs, its worst KPIs and incidents."""

    anchor: str
    system: SystemRecord
    live: list[DeploymentRecord]
    kpis: list[dict[str, Any]]
    series: int
    incidents: list[IncidentRecord]
    counted: dict[str, int]
    gaps: list[Gap]
    letters: str
    more_gaps: int
    annex: str


def chapters_of(content: Content, gaps: Sequence[Gap], most: int) -> list[Chapter]:
    """Return the chapters of the systems with the gravest matters, by name."""
    own = _by_system(gaps)
    order = [
        (_rank(item, own.get(item.scope.slug, [])), place)
        for place, item in enumerate(content.systems)
    ]
    chosen = [place for _, place in sorted(order)[:most]]
    found = [
        _chapter(content.systems[place], place, own.get(content.scope.systems[place].slug, []))
        for place in chosen
    ]
    return sorted(found, key=lambda one: (one.system.name, one.system.slug))


def anchor_of(slug: str) -> str:
    """Return where a system's chapter starts."""
    return f"chapter-{slug}"


def annex_of(place: int) -> str:
    """Return the annex that holds the whole chapter of the system at a place of the scope."""
    return f"annexes/systems-{place // ANNEX + 1:02}.pdf"


def _by_system(gaps: Sequence[Gap]) -> dict[str, list[Gap]]:
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        found.setdefault(gap.system, []).append(gap)
    return found


def _rank(item: SystemContent, own: Sequence[Gap]) -> tuple[Any, ...]:
    critical = sum(gap.state == "critical" for gap in own)
    gravest = min((gravity(one)[0] for one in item.matters.incidents), default=9)
    return gravest, -len(item.matters.incidents), -critical, item.things.system.name


def _chapter(item: SystemContent, place: int, own: Sequence[Gap]) -> Chapter:
    matters, things = item.matters, item.things
    return Chapter(
        anchor=anchor_of(item.scope.slug),
        system=things.system,
        live=[one for one in things.deployments if one.until_at is None],
        kpis=[latest(one) for one in sorted(item.readings.series, key=worth)[:MOST]],
        series=len(item.readings.series),
        incidents=sorted(matters.incidents, key=gravity)[:MOST],
        counted={
            "versions": len(things.versions),
            "incidents": len(matters.incidents),
            "decisions": len(matters.decisions),
            "signatures": len(matters.signatures),
        },
        gaps=list(own[:MOST]),
        letters=lettered([gap.letter for gap in own]),
        more_gaps=max(0, len(own) - MOST),
        annex=annex_of(place),
    )
