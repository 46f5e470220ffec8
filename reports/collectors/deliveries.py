"""Where readings and events came from: accepted batches, decision events by day."""

from django.db.models import Count, Q
from django.db.models.functions import TruncDay

from reports.collectors.instant import at_its_instant
from reports.rules.readings import BatchRecord, EventDay
from reports.rules.things import Scope
from telemetry.models import Batch, DecisionEvent, Measurement, Series


@at_its_instant
def collect_batches(scope: Scope) -> list[BatchRecord]:
    """Return the batches that brought the period's readings and events, oldest first."""
    series = Series.objects.filter(system_id=scope.system_id).values_list("id", flat=True)
    measured = Measurement.objects.filter(
        series_id__in=list(series), window_end__gt=scope.since, window_end__lte=scope.until
    )
    events = DecisionEvent.objects.filter(
        system_id=scope.system_id, at__gte=scope.since, at__lt=scope.until
    )
    known = set(measured.values_list("batch_id", flat=True).distinct())
    known |= set(events.values_list("batch_id", flat=True).distinct())
    rows = Batch.objects.filter(id__in=known, received_at__lte=scope.as_of)
    return [
        BatchRecord(
            id=str(row.pk),
            kind=row.kind,
            source=row.source,
            sender=row.sender_id,
            received_at=row.received_at,
            accepted=row.accepted,
            repeated=row.repeated,
            rejected=row.rejected,
            sha256=row.sha256,
        )
        for row in rows.order_by("received_at", "id")
    ]


@at_its_instant
def collect_event_days(scope: Scope) -> list[EventDay]:
    """Return how many decision events each UTC day had, by environment and version."""
    rows = (
        DecisionEvent.objects.filter(
            system_id=scope.system_id,
            at__gte=scope.since,
            at__lt=scope.until,
            received_at__lte=scope.as_of,
        )
        .annotate(day=TruncDay("at"))
        .values("day", "environment", "version_label")
        .annotate(
            events=Count("*"),
            changed=Count("event_id", filter=Q(overridden=True)),
            was_blocked=Count("event_id", filter=Q(blocked=True)),
            beyond=Count("event_id", filter=Q(boundary_violation=True)),
            scripted=Count("event_id", filter=Q(simulated=True)),
        )
        .order_by("day", "environment", "version_label")
    )
    return [
        EventDay(
            day=row["day"].date().isoformat(),
            environment=row["environment"],
            version=row["version_label"],
            events=row["events"],
            overridden=row["changed"],
            blocked=row["was_blocked"],
            boundary_violations=row["beyond"],
            simulated=row["scripted"],
        )
        for row in rows
    ]
