"""What systems did: decision events, insert-only, by month; signs of life of gateways."""

from django.db import models

from registry.models import System


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
