"""Verifications of the whole ledger: asked for, how far, what was found."""

import uuid

from django.db import models


class VerificationRun(models.Model):
    """A check of every leaf against its entry and of the tree against its checkpoints. Mutable.

    `attempts` fences workers: who holds an older number has lost the lease.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        PASSED = "passed", "Passed"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    size = models.BigIntegerField(default=0)
    checked = models.BigIntegerField(default=0)
    claims = models.JSONField(default=list)
    failure = models.TextField(blank=True)
    first_bad = models.BigIntegerField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "requested_at"], name="verification_queue"),
            models.Index(fields=["-requested_at", "-id"], name="verification_newest"),
            models.Index(
                fields=["-finished_at"],
                name="verification_done",
                condition=models.Q(state__in=["passed", "failed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requested_at} {self.state}"
