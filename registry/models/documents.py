"""Documents about systems and about the organisation, each with its versions (REG-7)."""

import uuid

from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, governed_history
from registry.models.people import User
from registry.models.systems import System


class Document(Governed):
    """A document of one system, or of the whole organisation where no system is named.

    Its versions hold the files; `reviewer` is who is asked to review them. One that is withdrawn
    stays on record and counts for nothing.
    """

    class Kind(models.TextChoices):
        TECHNICAL = "technical", "Technical documentation"
        INSTRUCTIONS = "instructions", "Instructions for use"
        IMPACT = "impact", "Impact assessment"
        DATA_PROTECTION = "data_protection", "Data protection impact assessment"
        MODEL_CARD = "model_card", "Model card or data sheet"
        TEST_REPORT = "test_report", "Test or evaluation report"
        CONFORMITY = "conformity", "Declaration or certificate of conformity"
        CONTRACT = "contract", "Contract or terms"
        POLICY = "policy", "Policy or procedure"
        TRAINING = "training", "Training or competence record"
        OTHER = "other", "Another document"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, null=True, related_name="documents")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    title = models.CharField(max_length=160)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "title"],
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="document_title_once",
            ),
            models.CheckConstraint(
                condition=~Q(owner=F("reviewer")), name="document_reviewer_is_another"
            ),
        ]
        indexes = [
            models.Index(fields=["system", "title", "id"], name="document_by_title"),
            # Those of the organisation: an empty system is no order to go along.
            models.Index(
                fields=["title", "id"],
                name="document_of_all_by_title",
                condition=Q(system__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class DocumentVersion(Governed):
    """One file of a document, named by its SHA-256; the row says what it is and who looked at it.

    `name` is the sanitised name that the file came with, `media_type` what its bytes are. The
    columns of the content never change (a trigger refuses it); the state does. Beyond `expires_on`
    it counts no more; that is computed, never stored.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Waits for its review"
        IN_FORCE = "in_force", "Reviewed, in force"
        REFUSED = "refused", "Reviewed and refused"
        REPLACED = "replaced", "Replaced"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    document = models.ForeignKey(Document, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    valid_from = models.DateField()
    expires_on = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    review_reason = models.TextField(blank=True)
    replaced_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="document_version_number"),
            models.UniqueConstraint(
                fields=["document"], condition=Q(state="in_force"), name="one_document_in_force"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("uploaded_by")),
                name="document_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gt=F("valid_from")),
                name="document_expires_after_start",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_on", "id"],
                name="document_expiring",
                condition=Q(state="in_force"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.number}"
