"""Classifications of systems under the AI Act, and changes of their risk tier."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, governed_history
from registry.models.people import User
from registry.models.signatures import Signature
from registry.models.systems import System


class Classification(Governed):
    """One round of the questionnaire for a system: answers, reasons, outcome, two persons.

    `answers` is {question: {value, values, reason}}, `outcome` what they came to when submitted,
    `writers` who wrote any answer: none of them confirms. `rests_on` are ids of the reference data.
    A reopened one stands until another is confirmed; `reopened_because` says why, a line each.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Waits for a second person"
        CONFIRMED = "confirmed", "Confirmed"
        REOPENED = "reopened", "To be looked at again"
        SUPERSEDED = "superseded", "Superseded"

    OPEN = (State.DRAFT, State.SUBMITTED)
    STANDING = (State.CONFIRMED, State.REOPENED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="classifications")
    number = models.IntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.IntegerField(default=0)
    questionnaire = models.CharField(max_length=100)
    answers = models.JSONField(default=dict)
    outcome = models.JSONField(default=dict)
    legal_class = models.CharField(max_length=12, choices=System.LegalClass.choices, blank=True)
    rests_on = ArrayField(models.CharField(max_length=60), default=list)
    writers = ArrayField(models.UUIDField(), default=list)
    record_sha256 = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    authorship = models.ForeignKey(Signature, models.PROTECT, null=True, related_name="+")
    returned_because = models.TextField(blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_because = models.TextField(blank=True)
    approval = models.ForeignKey(Signature, models.PROTECT, null=True, related_name="+")
    reopened_at = models.DateTimeField(null=True)
    reopened_because = models.TextField(blank=True)
    superseded_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "number"], name="classification_number"),
            models.UniqueConstraint(
                fields=["system"],
                condition=Q(state__in=["draft", "submitted"]),
                name="one_open_classification",
            ),
            models.UniqueConstraint(
                fields=["system"],
                condition=Q(state__in=["confirmed", "reopened"]),
                name="one_standing_classification",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("submitted_by")),
                name="classification_by_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted"]) | Q(confirmed_at__isnull=False),
                name="classification_stands_when_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(state="reopened") | ~Q(reopened_because=""),
                name="classification_reopened_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} classification {self.number}"


class TierChange(Governed):
    """A proposal to change a system's risk tier, and what a second person said.

    Raising takes effect with the proposal (`applied_at`), lowering only when it is agreed.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        AGREED = "agreed", "Agreed"
        DECLINED = "declined", "Declined"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="tier_changes")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    from_tier = models.CharField(max_length=6, choices=System.Tier.choices)
    to_tier = models.CharField(max_length=6, choices=System.Tier.choices)
    reason = models.TextField()
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_because = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system"], condition=Q(state="proposed"), name="one_open_tier_change"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="tier_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(to_tier=F("from_tier")), name="tier_change_changes_it"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(decided_by__isnull=False),
                name="tier_decided_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.from_tier} to {self.to_tier}"
