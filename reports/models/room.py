"""Questions of auditors to the auditee, with their answers on record (AUD-1)."""

import uuid

from django.db import models
from django.db.models import Q

from ledger.governed import Governed, Recorded, governed_history
from registry.models import System, Unit, User


class AuditQuestion(Governed):
    """What an auditor asks about a system, or about a unit and all below it, until a day.

    `about` says which kind of thing it is about and `about_key` which one, as pages print it: the
    number of an incident, the id of a document; '' for nothing in particular. Auditors accept and
    withdraw, `settled_*` says who; the people of the system or unit answer.
    """

    class State(models.TextChoices):
        OPEN = "open", "Waits for an answer"
        ANSWERED = "answered", "Answered"
        ACCEPTED = "accepted", "Accepted"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class About(models.TextChoices):
        NOTHING = "", "Nothing in particular"
        INCIDENT = "incident", "Incident"
        DECISION = "decision", "Decision"
        DOCUMENT = "document", "Document"
        LEDGER = "ledger", "Ledger entry"
        PACK = "pack", "Evidence pack"
        CONTROL = "control", "Control"
        OTHER = "other", "Something else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    version = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    system = models.ForeignKey(System, models.PROTECT, null=True, related_name="audit_questions")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="audit_questions")
    about = models.CharField(max_length=10, choices=About.choices, blank=True, default="")
    about_key = models.CharField(max_length=120, blank=True, default="")
    text = models.TextField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False) ^ Q(system__isnull=False),
                name="audit_question_of_unit_or_system",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("asked_at")), name="audit_question_due_later"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "answered"], settled_by__isnull=True)
                | Q(state__in=["accepted", "withdrawn"], settled_by__isnull=False),
                name="audit_question_settled_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="audit_question_newest"),
            models.Index(fields=["due_at"], name="audit_question_open", condition=Q(state="open")),
            models.Index(
                fields=["due_at", "id"],
                name="audit_question_answered",
                condition=Q(state="answered"),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AuditAnswer(Recorded):
    """One word on a question: an answer, or why the auditor sends it back. Append-only."""

    class Kind(models.TextChoices):
        ANSWER = "answer", "Answer"
        BACK = "back", "Sent back"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    question = models.ForeignKey(AuditQuestion, models.PROTECT, related_name="answers")
    place = models.IntegerField()
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.ANSWER)
    text = models.TextField()
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "place"], name="audit_answer_place"),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} {self.kind} {self.place}"


class AuditEvidence(Recorded):
    """What an answer rests on: a document, ledger entries, a pack, an incident. Append-only."""

    class Kind(models.TextChoices):
        DOCUMENT = "document", "Document"
        LEDGER = "ledger", "Ledger entry"
        PACK = "pack", "Evidence pack"
        INCIDENT = "incident", "Incident"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    question = models.ForeignKey(AuditQuestion, models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=200)
    reference = models.TextField()
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return self.title
