"""What a report says, drawn from the records: every part with where its numbers open."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from registry.models import System, Unit
from reports.rules.quarters import KINDS, Quarter
from reports.selectors.board_cases import (
    acceptances_part,
    decisions_part,
    incidents_part,
    overdue_part,
)
from reports.selectors.board_changes import (
    improvements_part,
    law_part,
    learned_part,
    support_part,
)
from reports.selectors.board_kpis import MOST, ends_of, kpi_lines, series_of
from reports.selectors.board_scope import Ground, ground_of


def figures_of_report(
    *, kind: str, system: System | None, unit: Unit | None, quarter: Quarter, at: datetime
) -> dict[str, Any]:
    """Return all figures of a report as plain data, numbers that are measured as decimal text.

    The number of queries does not depend on how many systems, KPIs or incidents there are, but
    for one for each before-and-after statement.
    """
    ground = ground_of(system=system, unit=unit, quarter=quarter, at=at)
    series = series_of(ground)
    ends = ends_of(series, ground)
    overdue = overdue_part(ground)
    lines = kpi_lines(series, ends, ground)
    return {
        **_head(kind, system, unit, ground),
        "kpis": {
            "rows": lines[:MOST],
            "left": max(len(lines) - MOST, 0),
            "translated": sum(bool(one["consequences"]) for one in lines),
            "count": len(lines),
            "link": reverse("fleet"),
        },
        "decisions": decisions_part(ground),
        "overdue": [_without_id(one) for one in overdue],
        "incidents": incidents_part(ground),
        "acceptances": acceptances_part(ground),
        "improvements": improvements_part(series, ground),
        "learned": learned_part(ground),
        "support": support_part(series, ends, overdue, ground),
        "law": law_part(ground),
    }


def _head(kind: str, system: System | None, unit: Unit | None, ground: Ground) -> dict[str, Any]:
    quarter = ground.quarter
    about = system or unit
    return {
        "kind": kind,
        "kind_said": KINDS[kind],
        "about": about.name if about is not None else str(settings.ORGANISATION),
        "about_id": about.pk if about is not None else None,
        "quarter": quarter.key,
        "quarter_said": quarter.name,
        "first_day": quarter.first_day,
        "last_day": quarter.last_day,
        "since": ground.since,
        "until": ground.until,
        "over": ground.at >= quarter.until(settings.SEAT_ZONE),
        "drawn_at": ground.at,
        "systems": len(ground.systems),
    }


def _without_id(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key != "system_id"}
