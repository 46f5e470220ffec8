"""What became of what senders bring through each door: the last row taken, those refused."""

from django.db import models

from registry.models import System


class DoorState(models.Model):
    """A door of one system: its last row taken, its last row refused and why.

    An aid for who sets up a sender; not part of the record. Rows are excerpts
    (telemetry.rules.excerpts). `deliveries` counts those of which something was refused.
    """

    class Door(models.TextChoices):
        MEASUREMENTS = "measurements", "Bulk HTTP, readings"
        DECISIONS = "decisions", "Bulk HTTP, decision events"
        LABELS = "labels", "Bulk HTTP, labels"
        HISTOGRAMS = "histograms", "Bulk HTTP, histograms"
        TRACES = "traces", "OpenTelemetry, traces"
        METRICS = "metrics", "OpenTelemetry, metrics"
        ALERTS = "alerts", "Alertmanager"
        UPLOADS = "uploads", "Uploaded files"

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="doors")
    door = models.CharField(max_length=12, choices=Door.choices)
    accepted_at = models.DateTimeField(null=True)
    accepted_row = models.JSONField(null=True)
    accepted_by = models.CharField(max_length=80, blank=True)
    deliveries = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    rejected_at = models.DateTimeField(null=True)
    rejected_row = models.JSONField(null=True)
    rejected_field = models.CharField(max_length=60, blank=True)
    rejected_why = models.TextField(blank=True)
    rejected_by = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "telemetry_door_state"
        constraints = [
            models.UniqueConstraint(fields=["system", "door"], name="door_state_once"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.door}"


class DoorRun(models.Model):
    """One delivery of which something was refused: how many, which rows, why. Kept for two weeks.

    `slot` is the place in a ring: of a door the newest sixty are kept. `rows` are
    [number, field, reason, excerpt]; `failure` says why nothing at all was taken.
    """

    id = models.BigAutoField(primary_key=True)
    state = models.ForeignKey(DoorState, models.CASCADE, related_name="runs")
    slot = models.SmallIntegerField()
    at = models.DateTimeField()
    sender = models.CharField(max_length=80)
    failure = models.TextField(blank=True)
    accepted = models.IntegerField(default=0)
    repeated = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    rows = models.JSONField(default=list)

    class Meta:
        db_table = "telemetry_door_run"
        constraints = [
            models.UniqueConstraint(fields=["state", "slot"], name="door_run_slot"),
        ]
        indexes = [models.Index(fields=["at"], name="door_run_by_age")]

    def __str__(self) -> str:
        return f"{self.state_id} {self.at}"
