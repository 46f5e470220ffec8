"""Concerns that anybody may raise, with or without a name (INC-1, ISO/IEC 42001 A.3.3)."""

import uuid

from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, Recorded, governed_history
from registry.models.people import User
from registry.models.systems import System


class Concern(Governed):
    """What somebody is worried about, in their own words, and what became of it.

    Nothing here says from where it came: no address, no browser, no session. `raised_by` is set
    only where a person who is signed in put their name to it. `receipt_sha256` is the hash of the
    code that was shown once, `form_key` of the form's own token, so that one form is one concern.
    `received_at` is the detection; `aware_at` the first reader's instant, or 24 h after receipt
    where nobody had read it (`aware_deemed`): CLK-21, CLK-05. `incident_*` name the case of a
    floor above.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        READ = "read", "Being looked at"
        DISMISSAL = "dismissal", "Dismissal waits for a second person"
        DISMISSED = "dismissed", "Closed without a case"
        CASE = "case", "Became a case"

    class Harm(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        UNKNOWN = "unknown", "I do not know"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    where = models.CharField(max_length=200)
    what = models.TextField()
    when = models.CharField(max_length=200, blank=True)
    harm = models.CharField(max_length=7, choices=Harm.choices)
    who_harmed = models.TextField(blank=True)
    contact = models.CharField(max_length=200, blank=True)
    raised_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    receipt_sha256 = models.CharField(max_length=64, unique=True)
    form_key = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField()
    aware_at = models.DateTimeField(null=True)
    aware_deemed = models.BooleanField(default=False)
    read_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    read_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    system = models.ForeignKey(System, models.PROTECT, null=True, related_name="concerns")
    incident_id = models.UUIDField(null=True)
    incident_number = models.CharField(max_length=20, blank=True)
    dismissed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    dismissed_reason = models.TextField(blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="dismissed")
                | Q(harm="no")
                | (Q(confirmed_by__isnull=False) & ~Q(confirmed_by=F("dismissed_by"))),
                name="harm_dismissed_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(state="case") | Q(system__isnull=False, incident_id__isnull=False),
                name="concern_case_is_named",
            ),
            models.CheckConstraint(
                condition=Q(state="received") | Q(read_by__isnull=False),
                name="concern_read_before_more",
            ),
        ]
        indexes = [
            models.Index(fields=["received_at", "id"], name="concern_by_receipt"),
            models.Index(fields=["state", "received_at", "id"], name="concern_by_state"),
        ]

    def __str__(self) -> str:
        return self.number


class ConcernMessage(Recorded):
    """A line between whoever raised a concern and those who look at it. Append-only.

    `officer` is empty where the holder of the receipt wrote it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    concern = models.ForeignKey(Concern, models.PROTECT, related_name="messages")
    officer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["concern", "at"], name="concern_message_order")]

    def __str__(self) -> str:
        return f"{self.concern_id} {self.at:%Y-%m-%d %H:%M}"
