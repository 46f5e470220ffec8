"""Links between incidents, and who was asked to act on one."""

import uuid

from django.db import models

from incidents.models.incident import Incident
from ledger.governed import Recorded
from registry.models import User


class IncidentLink(Recorded):
    """That two incidents have to do with each other, said by somebody. Append-only.

    `incident` is what the link was said of: it is related to `other`, repeats it, is that coming
    back, or was split off it.
    """

    class Kind(models.TextChoices):
        RELATED = "related", "Related to"
        DUPLICATE = "duplicate", "Duplicate of"
        RECURS = "recurs", "Recurs from"
        SPLIT = "split", "Split off"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="links")
    other = models.ForeignKey(Incident, models.PROTECT, related_name="linked_from")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reason = models.TextField()
    linked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "other", "kind"], name="link_once"),
            models.CheckConstraint(
                condition=~models.Q(incident=models.F("other")), name="link_of_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.kind} {self.other_id}"


class Ask(Recorded):
    """That somebody asked one who can to give a command on an incident. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="asks")
    command = models.CharField(max_length=40)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["incident", "asked", "at"], name="ask_by_person")]

    def __str__(self) -> str:
        return f"{self.command} of {self.incident_id}"
