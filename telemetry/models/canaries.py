"""Canary sets: questions with known answers that a system is asked every day (TEL-9)."""

import uuid

from django.db import models

from ledger.governed import Governed, Recorded, governed_history
from registry.models import System, User


class CanarySet(Governed):
    """A version of a set: `items` are [{id, question, expected}]. Immutable once it is active.

    An event with `canary_id` answers the item of that id. The author does not approve.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        ACTIVE = "active"
        SUPERSEDED = "superseded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="canary_sets")
    environment = models.CharField(max_length=30, default="production")
    number = models.IntegerField()
    items = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "environment", "number"], name="canary_version"
            ),
            models.UniqueConstraint(
                fields=["system", "environment"],
                condition=models.Q(state="active"),
                name="one_active_canary_set",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("author")),
                name="canary_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} canary set {self.number}"


class CanaryRun(Recorded):
    """What a set was answered in a day, or in a run that was sent; append-only.

    `answers` are [{id, answer, agrees}]. Its share of agreement is a reading of canary_agreement.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    canary_set = models.ForeignKey(CanarySet, models.PROTECT, related_name="runs")
    window_end = models.DateTimeField()
    source = models.CharField(max_length=8)
    asked = models.IntegerField()
    agreed = models.IntegerField()
    answers = models.JSONField(default=list)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["canary_set", "window_end"], name="canary_run_once"),
        ]
        ordering = ["-window_end"]

    def __str__(self) -> str:
        return f"{self.canary_set_id} {self.agreed} of {self.asked}"
