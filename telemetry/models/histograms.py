"""Histograms of a system's inputs, sent in: what drift of its data is measured on."""

from django.db import models

from ledger.governed import Recorded
from registry.models import System


class Histogram(Recorded):
    """How one feature of a system's inputs was spread over bins in a window. Insert-only.

    Bins lie between `edges` (one more than counts), or are named by `labels` for a feature without
    an order. A `is_reference` one is what later ones are compared with: `reference` says which.
    """

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="histograms")
    environment = models.CharField(max_length=30, default="production")
    feature = models.CharField(max_length=60)
    is_reference = models.BooleanField(default=False)
    window_seconds = models.IntegerField()
    window_end = models.DateTimeField()
    edges = models.JSONField(null=True)
    labels = models.JSONField(null=True)
    counts = models.JSONField()
    total = models.BigIntegerField()
    reference = models.ForeignKey("self", models.PROTECT, null=True, related_name="compared")
    sha256 = models.CharField(max_length=64)
    sender_id = models.CharField(max_length=80)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "system",
                    "environment",
                    "feature",
                    "is_reference",
                    "window_seconds",
                    "window_end",
                ],
                name="histogram_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.feature} {self.window_end}"
