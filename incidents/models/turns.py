"""Turns: a stage's clock that stood still, and the cycles that a reopened incident had before."""

import uuid

from django.db import models

from incidents.models.incident import Incident
from ledger.governed import Recorded, governed_history
from registry.models import User


class ClockPause(Recorded):
    """A stage's deadline that stands still, from when it was approved until it runs on.

    `until_at` is the longest that was approved; `ended_at` when it ran on, null while it stands.
    Leaving the stage ends it too. Regulatory clocks are never paused.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="pauses")
    cycle = models.IntegerField()
    stage = models.CharField(max_length=20)
    reason = models.TextField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    entry_number = models.BigIntegerField()
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(asked_by=models.F("approved_by")),
                name="pause_by_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(until_at__gt=models.F("from_at")), name="pause_has_an_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} of {self.incident_id} until {self.until_at}"


class PastCycle(Recorded):
    """How a cycle of an incident ended, kept as it was when the incident was reopened.

    `plan` is the frozen plan that the cycle was bound to. Append-only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="past_cycles")
    cycle = models.IntegerField()
    plan = models.TextField()
    plan_sha256 = models.CharField(max_length=64)
    severity = models.CharField(max_length=8)
    level = models.IntegerField()
    resolution = models.CharField(max_length=40, blank=True)
    lessons = models.TextField(blank=True)
    detection_gap = models.TextField(blank=True)
    closed_at = models.DateTimeField()
    reopened_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "cycle"], name="past_cycle_once"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} cycle {self.cycle}"
