"""Requests of authorities: what is asked, on which basis, and what was answered (INC-15)."""

import uuid

from django.db import models
from django.db.models import F, Q

from incidents.models import Incident
from ledger.governed import Governed, Recorded, governed_history
from registry.models import LegalHold, System, User


class AuthorityRequest(Governed):
    """A request of an authority, from its receipt to the receipt of the answer.

    `language` is the one in which the answer is asked for, `period_*` the time that it is about.
    One person says that the answer is ready, another one sends it.
    """

    class State(models.TextChoices):
        OPEN = "open", "Being answered"
        READY = "ready", "Waits for a second person"
        SENT = "sent", "Sent"
        RECEIPTED = "receipted", "Sent, receipt recorded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    version = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    authority = models.CharField(max_length=160)
    basis = models.CharField(max_length=200)
    reference = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    period_from = models.DateField(null=True)
    period_until = models.DateField(null=True)
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    ready_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ready_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    sent_how = models.CharField(max_length=200, blank=True)
    answer_sha256 = models.CharField(max_length=64, blank=True)
    late_reason = models.TextField(blank=True)
    receipt = models.TextField(blank=True)
    receipt_sha256 = models.CharField(max_length=64, blank=True)
    receipt_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_by__isnull=True) | ~Q(sent_by=F("ready_by")),
                name="request_sent_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "receipted"])
                | Q(sent_by__isnull=False, ready_by__isnull=False),
                name="request_sent_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="request_by_due"),
            models.Index(
                fields=["due_at", "id"],
                name="request_waits",
                condition=Q(state__in=["open", "ready"]),
            ),
            models.Index(
                fields=["-sent_at", "id"],
                name="request_answered",
                condition=~Q(state__in=["open", "ready"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.authority}"


class RequestScope(Recorded):
    """A system or an incident that a request is about, and the hold set for it. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    request = models.ForeignKey(AuthorityRequest, models.PROTECT, related_name="scopes")
    system = models.ForeignKey(System, models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="requests")
    hold = models.ForeignKey(LegalHold, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "system", "incident"],
                nulls_distinct=False,
                name="request_scope_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.system_id}"


class RequestQuestion(Recorded):
    """One question of a request, as it was asked. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    request = models.ForeignKey(AuthorityRequest, models.PROTECT, related_name="questions")
    place = models.IntegerField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "place"], name="request_question_place"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} question {self.place}"


class RequestAnswer(Recorded):
    """An answer to a question; the newest counts, the earlier ones stay. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    question = models.ForeignKey(RequestQuestion, models.PROTECT, related_name="answers")
    version = models.IntegerField()
    text = models.TextField()
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "version"], name="request_answer_version"),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} answer {self.version}"


class RequestEvidence(Recorded):
    """What an answer rests on: a document, ledger entries, a pack, an incident. Append-only."""

    class Kind(models.TextChoices):
        DOCUMENT = "document", "Document"
        LEDGER = "ledger", "Ledger entry"
        PACK = "pack", "Evidence pack"
        INCIDENT = "incident", "Incident"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    question = models.ForeignKey(RequestQuestion, models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=200)
    reference = models.TextField()
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return self.title


class WithheldItem(Governed):
    """What is not handed over, why, on which ground, and who else agreed to that."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    request = models.ForeignKey(AuthorityRequest, models.PROTECT, related_name="withheld")
    question = models.ForeignKey(
        RequestQuestion, models.PROTECT, null=True, related_name="withheld"
    )
    what = models.TextField()
    reason = models.TextField()
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="withheld_by_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return self.what[:60]
