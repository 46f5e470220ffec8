"""Impact assessments: FRIA (AI Act Art. 27) and system impact assessment (ISO/IEC 42001 A.5)."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, governed_history
from registry.models.people import User
from registry.models.signatures import Signature
from registry.models.systems import System


class ImpactAssessment(Governed):
    """One version of an assessment of a system, as a filled form with its reviewer and expiry.

    `answers` follow the questionnaire named in `form`. It expires at `expires_at` by itself: an
    expired one is not in force, though nobody has touched the row. `due_again_because` says, a line
    each, what has changed since it came into force.
    """

    class Kind(models.TextChoices):
        FRIA = "fria", "Fundamental rights impact assessment"
        SYSTEM_IMPACT = "system_impact", "System impact assessment"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        IN_FORCE = "in_force", "In force"
        REPLACED = "replaced", "Replaced"

    OPEN = (State.DRAFT, State.IN_REVIEW)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="assessments")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    number = models.IntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.IntegerField(default=0)
    form = models.CharField(max_length=100)
    answers = models.JSONField(default=dict)
    risk_floor = models.CharField(max_length=6, choices=System.Tier.choices, blank=True)
    writers = ArrayField(models.UUIDField(), default=list)
    record_sha256 = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    authorship = models.ForeignKey(Signature, models.PROTECT, null=True, related_name="+")
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    review = models.TextField(blank=True)
    approval = models.ForeignKey(Signature, models.PROTECT, null=True, related_name="+")
    returned_because = models.TextField(blank=True)
    expires_on = models.DateField(null=True)
    expires_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)
    due_again_at = models.DateTimeField(null=True)
    due_again_because = models.TextField(blank=True)
    notified_on = models.DateField(null=True)
    notified_to = models.CharField(max_length=200, blank=True)
    notified_reference = models.CharField(max_length=200, blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "kind", "number"], name="assessment_number"),
            models.UniqueConstraint(
                fields=["system", "kind"],
                condition=Q(state__in=["draft", "in_review"]),
                name="one_open_assessment",
            ),
            models.UniqueConstraint(
                fields=["system", "kind"],
                condition=Q(state="in_force"),
                name="one_assessment_in_force",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("submitted_by")),
                name="assessment_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "in_review"])
                | Q(reviewed_at__isnull=False, expires_at__isnull=False),
                name="assessment_in_force_expires",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.kind} {self.number}"
