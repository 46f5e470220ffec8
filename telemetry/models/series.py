"""Series, and what is known of each now."""

from django.db import models

from ledger.governed import Recorded
from registry.models import System
from telemetry.models.kpis import Kpi


class Series(Recorded):
    """A KPI of a system in an environment and segment, by windows of one length.

    Without `cadence_seconds` nobody knows when the next reading is expected, so its silence is not
    judged.
    """

    id = models.BigAutoField(primary_key=True)
    system = models.ForeignKey(System, models.PROTECT, related_name="series")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    environment = models.CharField(max_length=30, default="production")
    segment = models.CharField(max_length=120, blank=True)
    window_seconds = models.IntegerField()
    cadence_seconds = models.IntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "kpi", "environment", "segment", "window_seconds"],
                name="series_identity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.kpi_id} {self.segment}"

    @property
    def label(self) -> str:
        """How a person calls it: 'Accuracy of Claims approval, age_group=under_23'."""
        segment = f", {self.segment}" if self.segment else ""
        return f"{self.kpi.name} of {self.system.name}{segment}"


class SeriesState(models.Model):
    """The latest reading of a series and what the evaluator carries from it. Mutable.

    `carried`, `judged_by` (what it is judged by) and `settled` (a reading within limits changes
    nothing) belong to the evaluator and are opaque here: they stand beside the latest value so that
    one statement locks, reads and writes both. `previous_end` is the newest window_end before the
    last delivery, `stored` counts the readings ever stored. Days from `dirty_from` on (UTC) are
    summed up no more: their readings have changed since, or the day is not over.
    """

    series = models.OneToOneField(Series, models.PROTECT, primary_key=True, related_name="state")
    window_end = models.DateTimeField(null=True)
    revision = models.IntegerField(default=0)
    value = models.FloatField(null=True)
    n = models.IntegerField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    good = models.BooleanField(default=False)
    last_valid_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    previous_end = models.DateTimeField(null=True)
    stored = models.IntegerField(default=0)
    dirty_from = models.DateField(null=True)
    judged_by = models.UUIDField(null=True)
    settled = models.BooleanField(default=False)
    carried = models.JSONField(null=True)

    class Meta:
        db_table = "telemetry_series_state"

    def __str__(self) -> str:
        return f"{self.series_id} {self.value}"
