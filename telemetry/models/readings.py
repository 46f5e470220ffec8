"""Readings as they were delivered: insert-only, by month."""

import uuid

from django.db import models

from ledger.governed import Recorded
from telemetry.models.series import Series


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
