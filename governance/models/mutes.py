"""Silences with an end, what they kept quiet, and broken senders that own their false alarms."""

import uuid

from django.db import models

from incidents.models import Incident
from ledger.governed import Governed, Recorded, governed_history
from registry.models import System, User
from telemetry.models import Kpi


class Mute(Governed):
    """A silence: from when to when, over what, why, and who agreed. Its end is never left open.

    Evaluation and recording go on; what opens meanwhile is suppressed. Empty `kpi`, `environment`
    or `segment` matches all. What it covers never changes (a trigger sees to it): to change it, end
    it and ask anew. It holds once `approved_at` is set; `second_person` says that somebody else
    than who asked had to approve. Ended before that, it never held.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="mutes")
    kpi = models.ForeignKey(Kpi, models.PROTECT, null=True, related_name="+")
    environment = models.CharField(max_length=30, blank=True)
    segment = models.CharField(max_length=120, blank=True)
    reason = models.TextField()
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    second_person = models.BooleanField(default=False)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_at__gt=models.F("from_at")), name="mute_ends"
            ),
            models.CheckConstraint(
                condition=models.Q(second_person=False)
                | models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("asked_by")),
                name="mute_approved_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["system", "until_at"], name="mute_by_system"),
            models.Index(fields=["-asked_at", "-id"], name="mute_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} until {self.until_at}"


class MutedCase(Recorded):
    """Ties an incident to the silence that it opened in. Append-only."""

    id = models.BigAutoField(primary_key=True)
    mute = models.ForeignKey(Mute, models.PROTECT, related_name="cases")
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="muted_by")
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mute", "incident"], name="muted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.mute_id}"


class DataFault(Recorded):
    """The sender whose silence an incident is about; its causes are the series. Append-only.

    `sender_id` and `source` are those of the batches; of readings that are computed from events
    `source` is the stream of the system.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.OneToOneField(Incident, models.PROTECT, related_name="fault")
    sender_id = models.CharField(max_length=80)
    source = models.CharField(max_length=120, blank=True)
    words = models.CharField(max_length=200)
    heard_at = models.DateTimeField()
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.words
