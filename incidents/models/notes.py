"""Privileged notes: for counsel and compliance, in no pack."""

import uuid

from django.db import models

from incidents.models.incident import Incident
from ledger.governed import Recorded
from registry.models import User


class PrivilegedNote(Recorded):
    """What is written for counsel about an incident. Append-only; the record knows that it exists.

    The ledger holds a private commitment of the text; no pack, export, search or sheet reads this
    table.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="privileged_notes")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.TextField()
    made_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["incident", "made_at"], name="note_by_incident")]

    def __str__(self) -> str:
        return f"{self.incident_id} note of {self.made_at:%Y-%m-%d}"
