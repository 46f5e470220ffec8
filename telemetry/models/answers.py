"""Looks at what a system was asked and answered, and answers that were sent to review.

Neither holds the question or the answer: those stay with their event and leave with its month.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, Recorded, governed_history
from registry.models import System, User
from telemetry.rules.answers import key_of


class AnswerLook(Recorded):
    """Somebody looked at one event unmasked, with the reason they gave. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="answer_looks")
    event_at = models.DateTimeField()
    event_id = models.CharField(max_length=80)
    reason = models.TextField()
    looked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    looked_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["system", "event_at", "event_id"], name="answer_look_by_event")
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.event_id} {self.looked_at:%Y-%m-%d}"


class AnswerReview(Governed):
    """One event that somebody sent to another person, who says whether it was right.

    At most one waits for an event. Once the verdict is given, the row stands.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for its reviewer"
        REVIEWED = "reviewed", "Reviewed"

    class Verdict(models.TextChoices):
        RIGHT = "right", "It was right"
        WRONG = "wrong", "It was wrong"
        HARMFUL = "harmful", "It was wrong and could harm somebody"
        UNCLEAR = "unclear", "It cannot be told"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="answer_reviews")
    event_at = models.DateTimeField()
    event_id = models.CharField(max_length=80)
    reason = models.TextField()
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="answer_reviews")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)
    words = models.TextField(blank=True)
    reviewed_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "event_at", "event_id"],
                condition=Q(state="waiting"),
                name="answer_waits_once",
            ),
            models.CheckConstraint(
                condition=~Q(reviewer=F("sent_by")), name="answer_reviewed_by_another"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", verdict="", reviewed_at__isnull=True)
                | (Q(state="reviewed", reviewed_at__isnull=False) & ~Q(verdict="")),
                name="answer_verdict_when_reviewed",
            ),
        ]
        indexes = [
            models.Index(fields=["reviewer", "state", "sent_at"], name="answer_review_by_person"),
            models.Index(fields=["system", "event_at", "event_id"], name="answer_review_by_event"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.event_id} {self.state}"

    @property
    def key(self) -> str:
        """What stands for its event in an address."""
        return key_of(self.event_at, self.event_id)
