"""Signatures: who signed what, meaning what, how it was proved to be them."""

import uuid

from django.db import models

from ledger.governed import Recorded
from registry.models.people import User


class Signature(Recorded):
    """Append-only. Bound to the SHA-256 of the canonical payload that was shown.

    A gate treats the signature as absent when the record's hash has changed since.
    """

    class Meaning(models.TextChoices):
        AUTHORSHIP = "authorship"
        REVIEW = "review"
        APPROVAL = "approval"
        DISSENT = "dissent"
        CERTIFICATION = "certification"
        VERIFICATION = "verification"
        EXECUTION = "execution"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    signer = models.ForeignKey(User, models.PROTECT, related_name="signatures")
    signer_name = models.CharField(max_length=120)
    role = models.CharField(max_length=120)
    on_behalf_of = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    meaning = models.CharField(max_length=16, choices=Meaning.choices)
    reason = models.TextField(blank=True)
    subject_type = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    payload_sha256 = models.CharField(max_length=64)
    schema = models.IntegerField(default=1)
    method = models.CharField(max_length=40)
    authenticated_at = models.DateTimeField()
    session = models.CharField(max_length=64)
    address = models.CharField(max_length=64, blank=True)
    signed_at = models.DateTimeField()
    zone = models.CharField(max_length=60)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="signature_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.signer_name}, {self.meaning}"
