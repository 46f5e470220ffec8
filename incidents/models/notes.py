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


class NoteRelease(Recorded):
    """A step of releasing a privileged note by name: its author asks, a validator agrees.

    Append-only; a note with both steps may be read in packs. `recipient` is for whom it is.
    """

    class Step(models.TextChoices):
        ASKED = "asked", "Asked for by its author"
        AGREED = "agreed", "Agreed to by a validator"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    note = models.ForeignKey(PrivilegedNote, models.PROTECT, related_name="releases")
    step = models.CharField(max_length=6, choices=Step.choices)
    recipient = models.CharField(max_length=200)
    reason = models.TextField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["note", "step"], name="note_release_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.note_id} {self.step}"
