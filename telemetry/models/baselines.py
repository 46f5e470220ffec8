"""Baselines: what a KPI was before, agreed by two persons; pauses: when nothing is expected."""

import uuid

from django.db import models

from ledger.governed import Governed, governed_history
from registry.models import System, User
from telemetry.models.kpis import Kpi
from telemetry.models.series import Series


class Baseline(Governed):
    """What a KPI of a system was over some weeks, computed from stored readings (KPI-6).

    `series` is whose readings were taken; `comparison` is the control group of the method
    `control_group`, left as it was meanwhile. `value` is the mean over `n` valid windows, weighted
    by their samples where every window has them; `low` and `high` are its 95 % interval from the
    spread between windows. `readings_sha256` is the hash of what was taken, `excluded` counts the
    bad and voided windows. Immutable once approved, but for its end.
    """

    class Method(models.TextChoices):
        OWN_PAST = "own_past", "The same series, before"
        CONTROL_GROUP = "control_group", "A group that was left as it was"
        LAST_SEASON = "last_season", "The same season last year"

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        SUPERSEDED = "superseded"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="baselines")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    environment = models.CharField(max_length=30, default="production")
    segment = models.CharField(max_length=120, blank=True)
    number = models.IntegerField()
    series = models.ForeignKey(Series, models.PROTECT, related_name="baselines")
    comparison = models.ForeignKey(Series, models.PROTECT, null=True, related_name="+")
    method = models.CharField(max_length=14, choices=Method.choices, default=Method.OWN_PAST)
    since_at = models.DateTimeField()
    until_at = models.DateTimeField()
    staffing = models.TextField(blank=True)
    freezes = models.TextField(blank=True)
    incidents = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    value = models.FloatField()
    n = models.IntegerField()
    samples = models.BigIntegerField(null=True)
    spread = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    comparison_value = models.FloatField(null=True)
    excluded = models.IntegerField(default=0)
    readings_sha256 = models.CharField(max_length=64)
    warnings = models.JSONField(default=list)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    set_up = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "kpi", "environment", "segment", "number"],
                name="baseline_number",
            ),
            models.UniqueConstraint(
                fields=["system", "kpi", "environment", "segment"],
                condition=models.Q(state="approved"),
                name="one_approved_baseline",
            ),
            models.CheckConstraint(
                condition=models.Q(set_up=True)
                | models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("author")),
                name="baseline_approved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(since_at__lt=models.F("until_at")), name="baseline_has_a_window"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} of {self.system_id}, baseline {self.number}"


class Pause(Governed):
    """A planned time in which a system sends nothing: its silence is no breach (EVA-08)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="pauses")
    environment = models.CharField(max_length=30, default="production")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    reason = models.TextField()
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(from_at__lt=models.F("until_at")), name="pause_ends"
            ),
        ]
        indexes = [models.Index(fields=["system", "until_at"], name="pause_by_system")]

    def __str__(self) -> str:
        return f"{self.system_id} {self.from_at} to {self.until_at}"
