"""Scorecards: the few KPIs that a system is steered by, each with a person and what they do."""

import uuid

from django.db import models

from ledger.governed import Governed, governed_history
from outbox.languages import spoken
from registry.models import System, User
from telemetry.models.kpis import Kpi, Perspective
from telemetry.rules import kpi_words


class Scorecard(Governed):
    """That a system has a scorecard, and how often it was changed."""

    system = models.OneToOneField(
        System, models.PROTECT, primary_key=True, related_name="scorecard"
    )
    version = models.IntegerField(default=1)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()
    history = governed_history()

    def __str__(self) -> str:
        return f"{self.system_id} v{self.version}"


class ScorecardLine(Governed):
    """A KPI on the scorecard of a system: who answers for it, and what is done when it breaks.

    A line that is changed ends, and another one begins. `target` is in the KPI's unit.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="scorecard_lines")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    perspective = models.CharField(max_length=8, choices=Perspective.choices)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    on_breach = models.CharField(max_length=200)
    target = models.FloatField(null=True)
    position = models.IntegerField()
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        ordering = ["position", "kpi_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["system", "kpi"],
                condition=models.Q(until_at__isnull=True),
                name="kpi_once_on_a_scorecard",
            ),
            models.CheckConstraint(
                condition=~models.Q(on_breach=""), name="scorecard_line_says_what_is_done"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.kpi_id}"

    @property
    def on_breach_said(self) -> str:
        """What is done when it breaks: a line of ours in the reader's language."""
        return spoken(kpi_words.of_scorecard(self.on_breach))
