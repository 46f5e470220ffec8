"""Doors for telemetry that others write: how OTLP is read, what is carried, alerts that came."""

import uuid

from django.db import models

from incidents.models import Incident
from ledger.governed import Governed, Recorded, governed_history
from registry.models import System, User
from telemetry.models import Kpi


class OtlpDoor(Governed):
    """How the spans of a system are read: which of them are decisions.

    Without a row they are read by the system's kind (docs/opentelemetry.md).
    """

    class Decisions(models.TextChoices):
        BY_KIND = "by_kind", "as its kind says"
        MODEL_CALLS = "model_calls", "every call of a model"
        AGENT_RUNS = "agent_runs", "every run of an agent"
        MARKED = "marked", "only spans that say so themselves"

    system = models.OneToOneField(
        System, models.PROTECT, primary_key=True, related_name="otlp_door"
    )
    decisions = models.CharField(
        max_length=12, choices=Decisions.choices, default=Decisions.BY_KIND
    )
    version = models.IntegerField(default=0)
    stated_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    stated_at = models.DateTimeField()
    history = governed_history()

    def __str__(self) -> str:
        return f"{self.system_id} {self.decisions}"


class ServiceName(Governed):
    """A name under which a system's telemetry comes in, beside its short name.

    It is the resource attribute service.name of OTLP.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="service_names")
    name = models.CharField(max_length=200)
    stated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "name"],
                condition=models.Q(ended_at__isnull=True),
                name="service_name_once",
            ),
        ]
        indexes = [models.Index(fields=["name"], name="service_by_name")]

    def __str__(self) -> str:
        return self.name


class MetricMapping(Governed):
    """Which KPI a metric is: OTLP's name and unit, the attributes that must be, the figure, window.

    `attributes` are exact matches of a point's or resource's attributes, all of which must hold.
    `segment_attribute` names the attribute whose value becomes the segment. `factor` turns the
    metric's unit into the KPI's. A mapping is never edited: it is ended, and another is made.
    """

    class Figure(models.TextChoices):
        LAST = "last", "the last value"
        MEAN = "mean", "the mean"
        LOWEST = "lowest", "the lowest value"
        HIGHEST = "highest", "the highest value"
        INCREASE = "increase", "the increase"
        RATE = "rate", "the increase a second"
        COUNT = "count", "how many were recorded"
        P50 = "p50", "the median"
        P95 = "p95", "the 95th percentile"
        P99 = "p99", "the 99th percentile"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="metric_mappings")
    metric = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True)
    attributes = models.JSONField(default=dict)
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    figure = models.CharField(max_length=8, choices=Figure.choices)
    segment_attribute = models.CharField(max_length=59, blank=True)
    window_seconds = models.IntegerField()
    factor = models.FloatField(default=1.0)
    stated_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    stated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        indexes = [
            models.Index(
                fields=["system", "metric"],
                name="mapping_in_force",
                condition=models.Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.figure}"


class MetricStream(models.Model):
    """Where a stream of points stands: the newest instant seen and, of running totals, the total.

    Carried by the door from request to request; what comes of it is on record as readings.
    """

    id = models.BigAutoField(primary_key=True)
    mapping = models.ForeignKey(MetricMapping, models.PROTECT, related_name="streams")
    key = models.CharField(max_length=64)
    began_ns = models.BigIntegerField()
    newest_ns = models.BigIntegerField()
    total = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mapping", "key"], name="metric_stream_once"),
        ]

    def __str__(self) -> str:
        return f"{self.mapping_id} {self.key[:8]}"


class MetricWindow(models.Model):
    """What came of a mapping within one window, until it is a reading; then for late points.

    Carried by the door; `revision` is the next one, `due` says that something came since.
    """

    id = models.BigAutoField(primary_key=True)
    mapping = models.ForeignKey(MetricMapping, models.PROTECT, related_name="windows")
    environment = models.CharField(max_length=30)
    segment = models.CharField(max_length=120, blank=True)
    window_end = models.DateTimeField()
    tally = models.JSONField()
    revision = models.IntegerField(default=0)
    due = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mapping", "environment", "segment", "window_end"],
                name="metric_window_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["window_end"], name="metric_window_due", condition=models.Q(due=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mapping_id} {self.window_end}"


class SpanPart(models.Model):
    """A step of a decision that came before the decision itself: a tool's or a model's span.

    Kept for an hour, until the span of the whole comes in.
    """

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="+")
    trace_id = models.CharField(max_length=32)
    span_id = models.CharField(max_length=16)
    parent_id = models.CharField(max_length=16, blank=True)
    part = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "trace_id", "span_id"], name="span_part_once"
            ),
        ]
        indexes = [models.Index(fields=["received_at"], name="span_part_by_age")]

    def __str__(self) -> str:
        return f"{self.trace_id} {self.span_id}"


class Arrival(models.Model):
    """What came in last through a door, by name, and why it became nothing where it did not.

    An aid for who sets up a sender; not part of the record.
    """

    class Door(models.TextChoices):
        TRACES = "traces", "Spans"
        METRICS = "metrics", "Metrics"
        ALERTS = "alerts", "Alerts"

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="arrivals")
    door = models.CharField(max_length=8, choices=Door.choices)
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True)
    taken = models.BigIntegerField(default=0)
    not_taken = models.BigIntegerField(default=0)
    reason = models.TextField(blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    refused_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "door", "name"], name="arrival_once"),
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.name}"


class AlertNotice(Recorded):
    """An alert that began or ended, as Alertmanager said it; with its incident, if any.

    One row a change: saying it again adds none. Append-only. `became` is incident, joined,
    recovered (the last of its incident ended), closed (it ended), nothing; `reason` says why.
    """

    class Status(models.TextChoices):
        FIRING = "firing", "firing"
        RESOLVED = "resolved", "resolved"

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="alerts")
    fingerprint = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=8, choices=Status.choices)
    environment = models.CharField(max_length=30)
    severity = models.CharField(max_length=30, blank=True)
    labels = models.JSONField()
    summary = models.TextField(blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    sender_id = models.CharField(max_length=80)
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="alerts")
    became = models.CharField(max_length=10)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "fingerprint", "starts_at", "status"], name="alert_notice_once"
            ),
        ]
        indexes = [
            models.Index(fields=["system", "-received_at", "-id"], name="alert_newest_first"),
            models.Index(fields=["incident"], name="alert_by_incident"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.status}"
