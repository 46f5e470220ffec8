"""KPIs, series and readings. Measurements and decision events are insert-only, by month."""

import uuid

from django.db import models

from ledger.governed import Governed, Recorded, governed_history
from registry.models import System


class Kpi(Recorded):
    """What is measured, in the field's standard terms. Loaded from reference data.

    `lowest` and `highest` are the ends of what it can be, `neutral` is the value of "no difference"
    (0 for a gap, 1 for a ratio). `breach_kind` says what a breach of it is: breach, fairness or
    boundary. The example bands are prose: an organisation approves its own thresholds.
    """

    class Category(models.TextChoices):
        TECHNICAL = "technical"
        BUSINESS = "business"
        TRUST = "trust_compliance", "Trust and compliance"
        OPERATIONAL = "operational"
        GENERATIVE = "generative"
        AGENTIC = "agentic"
        SUPPORT = "support"
        SALES = "sales"

    id = models.SlugField(primary_key=True, max_length=60)
    name = models.CharField(max_length=120)
    category = models.CharField(max_length=20, choices=Category.choices)
    unit = models.CharField(max_length=40)
    better = models.CharField(max_length=16)
    formula = models.TextField()
    window = models.CharField(max_length=160)
    timing = models.CharField(max_length=8)
    counter_metric = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    counter_metric_note = models.CharField(max_length=200, blank=True)
    explanation = models.TextField(blank=True)
    reference = models.TextField(blank=True)
    checked = models.CharField(max_length=12, blank=True)
    computed = models.BooleanField(default=False)
    lowest = models.FloatField(null=True)
    highest = models.FloatField(null=True)
    neutral = models.FloatField(null=True)
    breach_kind = models.CharField(max_length=12, default="breach")
    example_warning = models.CharField(max_length=80, blank=True)
    example_critical = models.CharField(max_length=80, blank=True)
    catalogue_version = models.CharField(max_length=40)

    class Meta:
        ordering = ["category", "name"]

    def __str__(self) -> str:
        return self.name


class Series(Recorded):
    """A KPI of a system in an environment and segment, by windows of one length.

    Without `cadence_seconds` nobody knows when the next reading is expected, so its silence is not
    judged.
    """

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="series")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    environment = models.CharField(max_length=30, default="production")
    segment = models.CharField(max_length=120, blank=True)
    window_seconds = models.IntegerField()
    cadence_seconds = models.IntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "kpi", "environment", "segment", "window_seconds"],
                name="series_identity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.kpi_id} {self.segment}"

    @property
    def label(self) -> str:
        """How a person calls it: 'Accuracy of Claims approval, age_group=under_23'."""
        segment = f", {self.segment}" if self.segment else ""
        return f"{self.kpi.name} of {self.system.name}{segment}"


class SeriesState(models.Model):
    """The latest reading of a series and what the evaluator carries from it. Mutable.

    `carried`, `judged_by` (what it is judged by) and `settled` (a reading within limits changes
    nothing) belong to the evaluator and are opaque here: they stand beside the latest value so that
    one statement locks, reads and writes both. `previous_end` is the newest window_end before the
    last delivery, `stored` counts the readings ever stored.
    """

    series = models.OneToOneField(Series, models.PROTECT, primary_key=True, related_name="state")
    window_end = models.DateTimeField(null=True)
    revision = models.IntegerField(default=0)
    value = models.FloatField(null=True)
    n = models.IntegerField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    good = models.BooleanField(default=False)
    last_valid_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    previous_end = models.DateTimeField(null=True)
    stored = models.IntegerField(default=0)
    judged_by = models.UUIDField(null=True)
    settled = models.BooleanField(default=False)
    carried = models.JSONField(null=True)

    class Meta:
        db_table = "telemetry_series_state"

    def __str__(self) -> str:
        return f"{self.series_id} {self.value}"


class Batch(Recorded):
    """One accepted delivery: from where, by which token, how many rows, their hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=16)
    source = models.CharField(max_length=120, blank=True)
    sender_id = models.CharField(max_length=80)
    received_at = models.DateTimeField()
    accepted = models.IntegerField()
    repeated = models.IntegerField()
    rejected = models.IntegerField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.kind} {self.accepted}"


class Measurement(models.Model):
    """One value of a series for a window. Natural key; corrections are new revisions."""

    pk = models.CompositePrimaryKey("series_id", "window_end", "revision")
    series = models.ForeignKey(
        Series, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    window_end = models.DateTimeField()
    revision = models.IntegerField(default=0)
    value = models.FloatField(null=True)
    n = models.IntegerField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    good = models.BooleanField()
    received_at = models.DateTimeField()
    batch_id = models.UUIDField()

    class Meta:
        db_table = "telemetry_measurement"

    def __str__(self) -> str:
        return f"{self.series_id} {self.window_end} {self.value}"


class QuarantinedReading(models.Model):
    """A reading whose window ends beyond the clock skew: judged once its end has passed.

    It expires unjudged when its end has not come within a week (EVA-10).
    """

    id = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(Series, models.PROTECT)
    window_end = models.DateTimeField()
    revision = models.IntegerField(default=0)
    row = models.JSONField()
    received_at = models.DateTimeField()
    batch_id = models.UUIDField()
    released_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "window_end", "revision"], name="quarantined_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["window_end"],
                name="quarantined_waiting",
                condition=models.Q(released_at__isnull=True, expired_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.window_end}"


class DecisionEvent(models.Model):
    """One decision, answer or action of a system. Insert-only; the key is system, at, event_id."""

    pk = models.CompositePrimaryKey("system_id", "at", "event_id")
    system = models.ForeignKey(
        System, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    at = models.DateTimeField()
    event_id = models.CharField(max_length=80)
    environment = models.CharField(max_length=30)
    version_label = models.CharField(max_length=60)
    segment = models.JSONField(default=dict)
    answer = models.TextField(null=True)
    truth = models.TextField(null=True)
    confidence = models.FloatField(null=True)
    overridden = models.BooleanField(null=True)
    latency_ms = models.FloatField(null=True)
    cost = models.FloatField(null=True)
    topic = models.TextField(blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    tool_calls = models.JSONField(default=list)
    blocked = models.BooleanField(default=False)
    boundary_violation = models.BooleanField(default=False)
    spend = models.FloatField(null=True)
    feedback = models.CharField(max_length=6, blank=True)
    escalated = models.BooleanField(default=False)
    grounded = models.BooleanField(null=True)
    simulated = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    batch_id = models.UUIDField()

    class Meta:
        db_table = "telemetry_decision_event"

    def __str__(self) -> str:
        return f"{self.system_id} {self.event_id}"


class Computation(Governed):
    """A KPI that is computed from a system's decision events, by window and segment.

    `attribute` names the segment attribute that splits the events (one series per value, and one
    for all); for a fairness gap it names the group attribute, `reference` the reference group and
    `positive` the favourable answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="computations")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    environment = models.CharField(max_length=30, default="production")
    window_seconds = models.IntegerField()
    cadence_seconds = models.IntegerField(null=True)
    attribute = models.CharField(max_length=60, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    group = models.CharField(max_length=60, blank=True)
    positive = models.CharField(max_length=60, blank=True)
    limit = models.FloatField(null=True)
    active = models.BooleanField(default=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "kpi", "environment", "window_seconds", "attribute", "group"],
                name="computation_identity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} of {self.system_id}"


class OpenWindow(models.Model):
    """A window of a computation that holds events but has not ended: the sweep computes it."""

    id = models.BigAutoField(primary_key=True)
    computation = models.ForeignKey(Computation, models.PROTECT)
    window_end = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["computation", "window_end"], name="open_window_once"),
        ]
        indexes = [models.Index(fields=["window_end"], name="open_window_due")]

    def __str__(self) -> str:
        return f"{self.computation_id} {self.window_end}"


class Heartbeat(models.Model):
    """A sign of life of a gateway: where it is alive, silence of a stopped system is evidence."""

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="heartbeats")
    environment = models.CharField(max_length=30, default="production")
    at = models.DateTimeField()
    refused_calls = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["system", "at"], name="heartbeat_by_system")]

    def __str__(self) -> str:
        return f"{self.system_id} {self.at}"
