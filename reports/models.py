"""Evidence packs: what was asked for, how far it is, what was built."""

import uuid

from django.db import models

from registry.models import System, User


class Pack(models.Model):
    """An evidence pack of a system and period, built in the background. Mutable until ready.

    `newest_entry` is the last ledger number before the request, which stands in `request_entry`
    and lies outside the pack. `attempts` fences workers: who holds an older number has lost the
    lease. `path` is relative to the files' folder and named by the content's SHA-256.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        BUILDING = "building", "Being built"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="packs")
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    step = models.CharField(max_length=120, blank=True)
    progress = models.IntegerField(default=0)
    failure = models.TextField(blank=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="packs")
    requested_at = models.DateTimeField()
    newest_entry = models.BigIntegerField(default=0)
    request_entry = models.BigIntegerField(default=0)
    built_at = models.DateTimeField(null=True)
    path = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(null=True)
    files = models.IntegerField(null=True)
    pages = models.IntegerField(null=True)
    missing = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(since__lt=models.F("until")), name="pack_period_runs_forward"
            ),
        ]
        indexes = [models.Index(fields=["state", "requested_at"], name="pack_queue")]

    def __str__(self) -> str:
        return self.number
