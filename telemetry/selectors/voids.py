"""What was voided, asked to be voided, or is expected no more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from ledger.rules.refusals import Missing
from registry.models import System
from telemetry.models import Series, SeriesRetirement, VoidedReading, VoidRequest


@dataclass(frozen=True, slots=True)
class Voided:
    """A reading that counts nowhere: which one, why, by whom, confirmed by whom."""

    series_id: int
    window_end: datetime
    revision: int
    reason: str
    asked_by: str
    confirmed_by: str
    at: datetime


def voided_between(
    *, series_ids: Collection[int], since: datetime | None = None, until: datetime | None = None
) -> list[Voided]:
    """Return the voided readings of some series whose windows end in [since, until), in order."""
    rows = VoidedReading.objects.filter(series_id__in=series_ids)
    rows = rows.filter(window_end__gte=since) if since is not None else rows
    rows = rows.filter(window_end__lt=until) if until is not None else rows
    found = rows.select_related("request__asked_by", "request__decided_by")
    return [_voided(row) for row in found.order_by("series_id", "window_end", "revision")]


def voided_windows(
    *, series_id: int, since: datetime | None = None, until: datetime | None = None
) -> set[tuple[datetime, int]]:
    """Return (window_end, revision) of a series' voided readings in [since, until)."""
    found = voided_between(series_ids=[series_id], since=since, until=until)
    return {(one.window_end, one.revision) for one in found}


def void_requests(*, series_ids: Sequence[int]) -> QuerySet[VoidRequest]:
    """Return what was asked of some series, the newest first."""
    rows = VoidRequest.objects.filter(series_id__in=series_ids)
    rows = rows.select_related("series__kpi", "series__system", "asked_by", "decided_by")
    return rows.order_by("-asked_at", "-pk")


def visible_request(*, request_id: UUID, visible: QuerySet[System]) -> VoidRequest:
    """Return a request about a system that the caller may see. Raises Missing."""
    rows = VoidRequest.objects.filter(pk=request_id, series__system__in=visible)
    found = rows.select_related("series__kpi", "series__system").first()
    if found is None:
        raise no_such_request()
    return found


def no_such_request() -> Missing:
    """Return the refusal for a request that is not there or not the caller's to see."""
    return Missing("unknown_void", "There is no such request to void readings that you may see.")


def retirement_of(*, series: Series) -> SeriesRetirement | None:
    """Return since when and why nothing is expected of a series, None if it is."""
    return SeriesRetirement.objects.filter(series=series).select_related("retired_by").first()


def _voided(row: VoidedReading) -> Voided:
    asked = row.request
    confirmed = asked.decided_by.name if asked.decided_by else ""
    return Voided(
        row.series_id,
        row.window_end,
        row.revision,
        asked.reason,
        asked.asked_by.name,
        confirmed,
        row.voided_at,
    )
