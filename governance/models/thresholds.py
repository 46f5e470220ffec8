"""Thresholds, where series stand under them, and what came of a breach."""

import uuid

from django.db import models

from incidents.models import Incident
from ledger.governed import Governed, Recorded, governed_history
from registry.models import System, User
from telemetry.models import Baseline, Kpi, Series


class Threshold(Governed):
    """Tolerance bands for a KPI of a system in an environment and segment.

    `waits_for` says what judging waits for, '' while it judges: 'baseline' when the baseline that
    its limits are relative to is in force no more (EVA-23).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    system = models.ForeignKey(System, models.PROTECT, related_name="thresholds")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    environment = models.CharField(max_length=30, default="production")
    segment = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    waits_for = models.CharField(max_length=10, blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "kpi", "environment", "segment"], name="threshold_identity"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ThresholdVersion(Governed):
    """Bands as they are from an instant on. Immutable once active; a change is a new version.

    `stated` holds the limits as their author wrote them, in `mode`: absolute, or in points or as a
    share of `baseline`; the columns hold what is judged, in the KPI's unit. `agreed_baseline` is
    the approved one that `baseline` was taken from, None where its author stated it by hand.
    `low_side` holds the lower limits of the direction 'outside'. It fires when `fires_k` of the
    last `fires_n` valid windows breach. `judged_by` is the value or the lower bound of its
    interval.
    """

    class Mode(models.TextChoices):
        ABSOLUTE = "absolute"
        POINTS = "points"
        SHARE = "share"

    class State(models.TextChoices):
        DRAFT = "draft"
        ACTIVE = "active"
        SUPERSEDED = "superseded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    threshold = models.ForeignKey(Threshold, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.ABSOLUTE)
    stated = models.JSONField(default=dict)
    direction = models.CharField(max_length=8)
    low_side = models.JSONField(null=True)
    target = models.FloatField(null=True)
    warning = models.FloatField(null=True)
    critical = models.FloatField(null=True)
    instant_critical = models.FloatField(null=True)
    recover_warning = models.FloatField(null=True)
    recover_critical = models.FloatField(null=True)
    baseline = models.FloatField(null=True)
    baseline_note = models.TextField(blank=True)
    agreed_baseline = models.ForeignKey(
        Baseline, models.PROTECT, null=True, related_name="threshold_versions"
    )
    fires_k = models.IntegerField(default=2)
    fires_n = models.IntegerField(default=3)
    least_n = models.IntegerField(default=0)
    recover_windows = models.IntegerField(default=2)
    keep_for_seconds = models.IntegerField(default=0)
    for_seconds = models.IntegerField(default=0)
    grace_seconds = models.IntegerField(default=0)
    judged_by = models.CharField(max_length=12, default="value")
    valid_from = models.DateTimeField()
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    example = models.BooleanField(default=True)
    set_up = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["threshold", "number"], name="threshold_version"),
            models.UniqueConstraint(
                fields=["threshold"],
                condition=models.Q(state="active"),
                name="one_active_threshold_version",
            ),
            models.CheckConstraint(
                condition=models.Q(set_up=True)
                | models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("author")),
                name="threshold_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.threshold_id} v{self.number}"


class Standing(Recorded):
    """Where a series stands under its threshold. Mutable under `version`."""

    class State(models.TextChoices):
        OK = "OK"
        PENDING = "PENDING"
        WARNING = "WARNING"
        CRITICAL = "CRITICAL"
        RECOVERING = "RECOVERING"
        NO_DATA = "NO_DATA"
        ERROR = "ERROR"

    id = models.BigAutoField(primary_key=True)
    series = models.OneToOneField(Series, models.PROTECT, related_name="standing")
    threshold = models.ForeignKey(Threshold, models.PROTECT, related_name="standings")
    threshold_version = models.ForeignKey(ThresholdVersion, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.NO_DATA)
    since = models.DateTimeField()
    window_end = models.DateTimeField(null=True)
    fairness_flag = models.BooleanField(default=False)
    flapping = models.BooleanField(default=False)
    version = models.IntegerField(default=1)
    history = governed_history()

    class Meta:
        indexes = [models.Index(fields=["threshold"], name="standing_by_threshold")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.state}"


class Checkpoint(models.Model):
    """What was carried of a series after a window: a late reading is judged again from here."""

    id = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(Series, models.PROTECT, related_name="+")
    window_end = models.DateTimeField()
    carried = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "window_end"], name="checkpoint_once"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.window_end}"


class BreachCause(Recorded):
    """Ties an incident to the standing and the threshold version that it comes from.

    `state` is the worst standing reported so far; `recovered_at` says since when the series has
    been OK again (null: it still stands in breach). Both decide whether a hold binds.
    `corrected_at` says since when nothing is left of it, because the readings were corrected or
    voided; null again once a reading is in breach anew.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="causes")
    standing = models.ForeignKey(Standing, models.PROTECT, related_name="causes")
    threshold_version = models.ForeignKey(ThresholdVersion, models.PROTECT, related_name="+")
    window_end = models.DateTimeField()
    value = models.FloatField(null=True)
    state = models.CharField(max_length=10, blank=True)
    joined_at = models.DateTimeField()
    recovered_at = models.DateTimeField(null=True)
    corrected_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "standing"], name="cause_once"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.standing_id}"


class Watch(Recorded):
    """A breach too small for an incident: one line from the owner, closes by itself."""

    class State(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        CLOSED = "closed"
        PROMOTED = "promoted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    dedup_key = models.CharField(max_length=64)
    system = models.ForeignKey(System, models.PROTECT, related_name="watches")
    standing = models.ForeignKey(Standing, models.PROTECT, related_name="watches")
    kind = models.CharField(max_length=10, default="breach")
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    onset_at = models.DateTimeField()
    detected_at = models.DateTimeField()
    due_at = models.DateTimeField()
    line = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="watches")
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedup_key"],
                condition=models.Q(state__in=["open", "answered"]),
                name="one_open_watch_per_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["dedup_key", "detected_at"], name="watch_by_key"),
            models.Index(fields=["due_at", "id"], name="watch_queue"),
        ]

    def __str__(self) -> str:
        return self.title


class Hold(Recorded):
    """After a dismissal, withdrawal or closing: the same standing breach opens nothing anew."""

    id = models.BigAutoField(primary_key=True)
    dedup_key = models.CharField(max_length=64)
    standing = models.ForeignKey(Standing, models.PROTECT, null=True)
    standing_state = models.CharField(max_length=10)
    set_at = models.DateTimeField()
    until_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="holds")

    class Meta:
        indexes = [models.Index(fields=["dedup_key", "until_at"], name="hold_by_key")]

    def __str__(self) -> str:
        return f"{self.dedup_key} until {self.until_at}"
