"""Fire drills: an incident that is rehearsed end to end, and what the rehearsal showed."""

import uuid

from django.db import models

from incidents.models import Incident
from ledger.governed import Governed, governed_history
from registry.models import System, User


class Drill(Governed):
    """A rehearsal on one system. Its incident is marked a drill everywhere and counted apart.

    `factor` is by how much its times are shorter than the policy's; 1 is real time. `report` is
    the finding as it stood when the drill ended: steps, people, gaps.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        ENDED = "ended", "Ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="drills")
    incident = models.OneToOneField(Incident, models.PROTECT, related_name="rehearsal")
    purpose = models.TextField()
    severity = models.CharField(max_length=8)
    factor = models.IntegerField(default=1)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    lessons = models.TextField(blank=True)
    report = models.JSONField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(factor__gte=1), name="fire_drill_not_slower"),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="fire_drill_newest"),
            models.Index(
                fields=["system", "ended_at"],
                name="fire_drill_ended",
                condition=models.Q(state="ended"),
            ),
        ]

    def __str__(self) -> str:
        return f"drill of {self.started_at:%Y-%m-%d}"
