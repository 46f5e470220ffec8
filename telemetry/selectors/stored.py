"""How much is stored."""

from django.db.models import QuerySet

from registry.models import System
from telemetry.models import DecisionEvent, Measurement, Series


def stored_counts(*, systems: QuerySet[System]) -> dict[str, int]:
    """Return how many systems, measurements (all revisions) and decision events there are."""
    ids = list(systems.values_list("pk", flat=True))
    series = list(Series.objects.filter(system_id__in=ids).values_list("pk", flat=True))
    return {
        "systems": len(ids),
        "measurements": Measurement.objects.filter(series_id__in=series).count(),
        "decision_events": DecisionEvent.objects.filter(system_id__in=ids).count(),
    }
