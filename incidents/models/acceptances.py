"""Accepted risks, each until a date, and what was proposed to be accepted."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from incidents.models.incident import Incident
from incidents.rules.acceptances import TREATMENTS
from ledger.governed import Governed, governed_history
from registry.models import User


class RiskAcceptance(Governed):
    """A risk that a body accepted until an instant: its terms never change, a renewal is another.

    `state` is what was recorded; whether it is valid is computed from instants and events
    (rules.acceptances.validity). `ended_at` is the instant at which it was void, `recorded_at` when
    that was noted. `original_from` and `original_until` stay those of the first one through every
    renewal. `environment`, `versions` (labels), `kpi` and `segment` are its scope.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"
        SUPERSEDED = "superseded", "Superseded by a renewal"
        FULFILLED = "fulfilled", "Fulfilled: the risk was removed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    incident = models.ForeignKey(
        Incident, models.PROTECT, related_name="acceptances", db_index=False
    )
    cycle = models.IntegerField()
    decision_id = models.UUIDField(unique=True)
    motion_sha256 = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    treatment = models.CharField(max_length=8, choices=TREATMENTS)
    residual_risk = models.TextField()
    controls = models.TextField()
    versions = models.JSONField()
    kpi = models.CharField(max_length=80, blank=True)
    segment = models.CharField(max_length=120, blank=True)
    environment = models.CharField(max_length=30)
    limit_value = models.FloatField(null=True)
    limit_words = models.TextField(blank=True)
    severity = models.CharField(max_length=8)
    risk_tier = models.CharField(max_length=6)
    owner = models.ForeignKey(User, models.PROTECT, related_name="accepted_risks")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    original_from = models.DateTimeField()
    original_until = models.DateTimeField()
    renewal_of = models.OneToOneField("self", models.PROTECT, null=True, related_name="renewed_by")
    renewals = models.IntegerField(default=0)
    stops_serving = models.BooleanField(default=False)
    review_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    review_words = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    ground = models.CharField(max_length=20, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_words = models.TextField(blank=True)
    recorded_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_at__gt=F("from_at"))
                & Q(until_at__lte=F("from_at") + timedelta(days=366)),
                name="acceptance_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(original_from__lte=F("from_at"))
                & Q(original_until__gt=F("original_from")),
                name="acceptance_keeps_its_first_dates",
            ),
            models.CheckConstraint(
                condition=Q(renewal_of__isnull=True, renewals=0)
                | Q(renewal_of__isnull=False, renewals__gte=1),
                name="acceptance_counts_its_renewals",
            ),
            models.CheckConstraint(
                condition=Q(state="active", ended_at__isnull=True, recorded_at__isnull=True)
                | ~Q(state="active") & Q(ended_at__isnull=False, recorded_at__isnull=False),
                name="acceptance_ends_at_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(kpi="") | Q(limit_value__isnull=False),
                name="acceptance_of_a_kpi_has_a_limit",
            ),
            models.UniqueConstraint(
                fields=["incident"], condition=Q(state="active"), name="one_active_acceptance"
            ),
        ]
        indexes = [
            models.Index(fields=["until_at", "id"], name="acceptance_by_end"),
            # What runs is few among all that ever did, whatever end these had.
            models.Index(
                fields=["until_at", "id"],
                name="acceptance_running",
                condition=models.Q(state="active"),
            ),
            models.Index(fields=["incident", "from_at"], name="acceptance_of_incident"),
        ]

    def __str__(self) -> str:
        return f"{self.number} until {self.until_at:%Y-%m-%d}"


class AcceptanceProposal(Governed):
    """What somebody, or another system, proposes to accept. It accepts nothing (F28).

    `terms` are those of rules.acceptances.FIELDS as they came; an expiry may be missing, and then
    nobody can decide on it before it is named.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="acceptance_proposals")
    terms = models.JSONField()
    source = models.CharField(max_length=120)
    reference = models.CharField(max_length=200, blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_because = models.TextField(blank=True)
    acceptance = models.OneToOneField(
        RiskAcceptance, models.PROTECT, null=True, related_name="proposal"
    )
    version = models.IntegerField(default=1)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(acceptance__isnull=False),
                name="approved_by_an_acceptance",
            ),
            models.UniqueConstraint(
                fields=["source", "reference"],
                condition=~Q(reference=""),
                name="proposal_imported_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "proposed_at", "id"], name="proposal_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"
