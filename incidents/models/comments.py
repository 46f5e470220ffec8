"""What people say on a case beside its steps: comments, whom they tell, files, linked records."""

import uuid

from django.db import models

from incidents.models.incident import Incident
from ledger.governed import Recorded
from registry.models import User


class Comment(Recorded):
    """What somebody who sees a case said on it, in plain text. Append-only.

    What was wrong is said in a further comment, which `corrects` this one; a withdrawal marks it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.TextField()
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    made_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["incident", "made_at", "id"], name="comment_by_incident")]

    def __str__(self) -> str:
        return f"{self.incident_id} comment of {self.made_at:%Y-%m-%d %H:%M}"


class CommentWithdrawal(Recorded):
    """That a comment was withdrawn, by whom and why; what it said stays on record. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    comment = models.OneToOneField(Comment, models.PROTECT, related_name="withdrawal")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.comment_id} withdrawn"


class CommentMention(Recorded):
    """That a comment names somebody, who was told of it. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    comment = models.ForeignKey(Comment, models.PROTECT, related_name="mentions")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comment", "person"], name="comment_mention_once"),
        ]

    def __str__(self) -> str:
        return f"{self.comment_id} names {self.person_id}"


class CommentFile(Recorded):
    """A file that came with a comment, named by its SHA-256. Append-only.

    `name` is the sanitised name that it came with, `media_type` what its bytes are.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    comment = models.ForeignKey(Comment, models.PROTECT, related_name="files")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name


class EvidenceLink(Recorded):
    """Another record that a comment ties to the case; the comment says why. Append-only.

    `label` and `sha256` are what the record was called and its hash ('' where it has none) when it
    was linked, `address` is where it stands in the product.
    """

    class Kind(models.TextChoices):
        ENTRY = "entry", "Ledger entry"
        KPI = "kpi", "KPI"
        READING = "reading", "Reading of a KPI"
        ANSWER = "answer", "Answer"
        DOCUMENT = "document", "Document"
        PACK = "pack", "Evidence pack"
        INCIDENT = "incident", "Incident"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    comment = models.ForeignKey(Comment, models.PROTECT, related_name="links")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    address = models.CharField(max_length=600)
    label = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64, blank=True)
    added_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comment", "address"], name="comment_link_once"),
        ]

    def __str__(self) -> str:
        return self.label


class CaseLook(models.Model):
    """Up to which ledger entry a person has seen a case. Mutable, and no evidence: the last alone.

    To have looked is no act, so no entry tells of it.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="looks")
    person = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    entry_number = models.BigIntegerField()
    looked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "incident"], name="case_look_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} saw {self.incident_id} up to {self.entry_number}"
