"""Beside a round: interests declared, recusals asked for, ballots voided, conditions."""

import uuid

from django.db import models

from governance.models.committee import Ballot, Decision
from ledger.governed import Governed, Recorded, governed_history
from registry.models import System, User


class DeclaredInterest(Governed):
    """An interest in a system that somebody has declared: recused from every round on it.

    A null `system` means every system. It is ended, never deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey(User, models.PROTECT, related_name="interests")
    system = models.ForeignKey(System, models.PROTECT, null=True, related_name="interests")
    words = models.CharField(max_length=500)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        indexes = [
            models.Index(fields=["person", "system"], name="interest_by_person"),
            models.Index(fields=["person", "-from_at"], name="interest_newest"),
        ]

    def __str__(self) -> str:
        return self.words


class RecusalRequest(Recorded):
    """Somebody who has voted asks to be recused; the chair accepts the reason or not (KOM-06)."""

    class State(models.TextChoices):
        ASKED = "asked", "Waits for the chair"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    id = models.BigAutoField(primary_key=True)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="recusal_requests")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField()
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "person"],
                condition=models.Q(state="asked"),
                name="recusal_asked_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} asks to be recused"


class BallotVoid(Recorded):
    """A ballot that counts no more, for cause, by who chairs, with the reason. Append-only."""

    id = models.BigAutoField(primary_key=True)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="voids")
    ballot = models.OneToOneField(Ballot, models.PROTECT, related_name="void")
    reason = models.TextField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.ballot_id} void"


class DecisionCondition(Recorded):
    """A condition of an adopted decision: what, who answers, until when, who sees to it.

    The decision is in force only while none is overdue; that is computed from `due_at`. `overdue`
    records what was done about it.
    """

    class State(models.TextChoices):
        STANDING = "standing", "Stands"
        SHOWN = "shown", "Shown, waits for its verifier"
        MET = "met", "Met"
        OVERDUE = "overdue", "Overdue"
        MOVED = "moved", "Moved to an obligation"

    class Overdue(models.TextChoices):
        ESCALATE = "escalate", "A level up, to decide anew"
        REVIEW = "review", "Back to the same body"
        REVOKE = "revoke", "The decision is revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="condition_rows")
    number = models.IntegerField()
    text = models.TextField()
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    verifier = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    evidence = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)
    on_overdue = models.CharField(max_length=8, choices=Overdue.choices, default=Overdue.ESCALATE)
    state = models.CharField(max_length=8, choices=State.choices, default=State.STANDING)
    reference = models.TextField(blank=True)
    shown_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    shown_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "number"], name="condition_number"),
            models.CheckConstraint(
                condition=models.Q(verifier__isnull=True)
                | models.Q(owner__isnull=True)
                | ~models.Q(verifier=models.F("owner")),
                name="condition_seen_by_another",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="condition_due")]

    def __str__(self) -> str:
        return self.text
