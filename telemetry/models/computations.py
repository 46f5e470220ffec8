"""KPIs that are computed from decision events."""

import uuid

from django.db import models

from ledger.governed import Governed, governed_history
from registry.models import System
from telemetry.models.kpis import Kpi


class Computation(Governed):
    """A KPI that is computed from a system's decision events, by window and segment.

    `attribute` names the segment attribute that splits the events (one series per value, and one
    for all); for a fairness gap it names the group attribute, `reference` the reference group and
    `positive` the favourable answer, and `legal_basis` on which ground the group attribute is
    processed at all: a gap without one is not computed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="computations")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    environment = models.CharField(max_length=30, default="production")
    window_seconds = models.IntegerField()
    cadence_seconds = models.IntegerField(null=True)
    attribute = models.CharField(max_length=60, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    group = models.CharField(max_length=60, blank=True)
    positive = models.CharField(max_length=60, blank=True)
    limit = models.FloatField(null=True)
    legal_basis = models.CharField(max_length=200, blank=True)
    active = models.BooleanField(default=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "kpi", "environment", "window_seconds", "attribute", "group"],
                name="computation_identity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} of {self.system_id}"


class OpenWindow(models.Model):
    """A window of a computation that holds events but has not ended: the sweep computes it."""

    id = models.BigAutoField(primary_key=True)
    computation = models.ForeignKey(Computation, models.PROTECT)
    window_end = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["computation", "window_end"], name="open_window_once"),
        ]
        indexes = [models.Index(fields=["window_end"], name="open_window_due")]

    def __str__(self) -> str:
        return f"{self.computation_id} {self.window_end}"
