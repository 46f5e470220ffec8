"""The page of a series' voided readings: what was asked, what counts no more, who decides."""

from datetime import datetime
from typing import Any

from ledger.rules.actors import Actor
from registry.models import User
from registry.selectors.permits import refusal_for_system
from telemetry.models import Series
from telemetry.selectors.voids import retirement_of, void_requests, voided_between

MOST_SHOWN = 100
MARKS = {"asked": "pending", "confirmed": "suppressed", "refused": "none"}


def voids_panel(*, series: Series) -> dict[str, Any]:
    """Return what the KPI's page shows of voids: the last voided readings, how many ask to be."""
    voided = voided_between(series_ids=[series.pk])
    waiting = void_requests(series_ids=[series.pk]).filter(state="asked").count()
    return {
        "voided": voided[-12:][::-1],
        "voided_count": len(voided),
        "voids_waiting": waiting,
        "series": series,
    }


def voids_page(*, series: Series, user: User, actor: Actor, at: datetime) -> dict[str, Any]:
    """Return every request with what the reader may do about it."""
    may_decide = _may("void.decide", series, actor, at)
    rows = [
        {
            "asked": row,
            "mark": MARKS[row.state],
            "may_decide": may_decide and row.state == "asked" and row.asked_by_id != user.pk,
        }
        for row in void_requests(series_ids=[series.pk])[:MOST_SHOWN]
    ]
    return {
        **voids_panel(series=series),
        "system": series.system,
        "rows": rows,
        "may_ask": _may("void.ask", series, actor, at),
        "may_retire": bool(series.segment) and _may("series.retire", series, actor, at),
        "retirement": retirement_of(series=series),
        "at": at,
    }


def _may(act: str, series: Series, actor: Actor, at: datetime) -> bool:
    return refusal_for_system(act=act, system=series.system, actor=actor, at=at) is None
