"""What voided readings did to cases: which of them came from readings that count no more."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from governance.models import BreachCause
from incidents.models import Incident
from telemetry.models import VoidedReading


def causes_of(*, series_id: int, windows: Collection[datetime]) -> QuerySet[BreachCause]:
    """Return the causes of incidents that name one of these windows of a series."""
    rows = BreachCause.objects.filter(standing__series_id=series_id, window_end__in=windows)
    return rows.select_related("incident").order_by("pk")


def voided_incidents(*, incident_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these incidents come from voided readings alone.

    They are left out of the time to resolution, and counted as false alarms of their threshold.
    """
    voided = VoidedReading.objects.filter(
        series=OuterRef("standing__series"), window_end=OuterRef("window_end")
    )
    rows = BreachCause.objects.filter(incident_id__in=incident_ids).annotate(gone=Exists(voided))
    found: dict[UUID, bool] = {}
    for incident, gone in rows.values_list("incident_id", "gone"):
        found[incident] = found.get(incident, True) and gone
    return {incident for incident, gone in found.items() if gone}


def without_voided(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    """Return incidents without those that come from voided readings alone."""
    gone = voided_incidents(incident_ids=list(rows.values_list("pk", flat=True)))
    return rows.exclude(pk__in=gone)


VOIDED_ALONE = """
SELECT cause.incident_id FROM governance_breachcause cause
JOIN governance_standing standing ON standing.id = cause.standing_id
LEFT JOIN telemetry_voidedreading voided
  ON voided.series_id = standing.series_id AND voided.window_end = cause.window_end
GROUP BY cause.incident_id HAVING bool_and(voided.id IS NOT NULL)
"""
"""As `voided_incidents`, for statements over many incidents."""
