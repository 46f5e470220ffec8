"""Readings that count nowhere, by two persons; series that nobody expects any more."""

import uuid

from django.db import models

from ledger.governed import Governed, Recorded, governed_history
from registry.models import User
from telemetry.models.series import Series


class VoidRequest(Governed):
    """Somebody asks that the readings of a series in [since, until] count nowhere, with a reason.

    A validator confirms or refuses, never who asked: a void can turn a standing better (EVA-17).
    """

    class State(models.TextChoices):
        ASKED = "asked"
        CONFIRMED = "confirmed"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    series = models.ForeignKey(Series, models.PROTECT, related_name="void_requests")
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.TextField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")), name="void_span"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | ~models.Q(decided_by=models.F("asked_by")),
                name="void_decided_by_another",
            ),
        ]
        indexes = [models.Index(fields=["series", "-asked_at"], name="void_by_series")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.since} {self.state}"


class VoidedReading(Recorded):
    """A stored reading that counts nowhere and stays drawn, with its reason. Append-only.

    It voids its window up to this revision; a later correction counts again.
    """

    id = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(Series, models.PROTECT, related_name="+")
    window_end = models.DateTimeField()
    revision = models.IntegerField()
    request = models.ForeignKey(VoidRequest, models.PROTECT, related_name="readings")
    voided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "window_end", "revision"], name="voided_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.window_end}"


class SeriesRetirement(Recorded):
    """From here on nothing is expected of a series: its segment is gone. Append-only.

    A reading that comes all the same is stored and judged.
    """

    id = models.BigAutoField(primary_key=True)
    series = models.OneToOneField(Series, models.PROTECT, related_name="retirement")
    reason = models.TextField()
    retired_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.series_id} {self.at}"
