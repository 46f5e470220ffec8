"""Remediation programmes (INC-13): who was harmed, what each gets, how far it has come."""

import uuid

from django.db import models

from incidents.models.actions import Action
from ledger.governed import Governed, Recorded, governed_history
from registry.models import Signature, User


class RemediationProgramme(Governed):
    """How the people harmed are put right, for one action. Mutable under `version`.

    The list of people stays in its source: the programme holds the rule that makes it, how many
    they are and the list's SHA-256. `rest` gives the reasons for whoever is not settled.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        RUNNING = "running", "Running"
        RECONCILED = "reconciled", "Reconciled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    action = models.OneToOneField(Action, models.PROTECT, related_name="programme")
    harm = models.TextField()
    population_rule = models.TextField()
    population_source = models.CharField(max_length=200)
    population_sha256 = models.CharField(max_length=64)
    population = models.IntegerField()
    affected_from = models.DateTimeField()
    affected_until = models.DateTimeField(null=True)
    method = models.TextField()
    formula = models.TextField()
    estimate = models.DecimalField(max_digits=16, decimal_places=2)
    approved_amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)
    letter_version = models.CharField(max_length=60)
    rest = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    version = models.IntegerField(default=1)
    planned_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(population__gt=0), name="programme_is_for_somebody"
            ),
            models.CheckConstraint(
                condition=models.Q(estimate__gte=0, approved_amount__gte=0),
                name="programme_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} for {self.population}"


class ProgrammeBatch(Recorded):
    """One batch of a programme: people written to, and what came of it since the last. Append-only.

    Each figure counts people once over all batches: `sent` first letters, `answered`, `settled`,
    `unreachable`, `refused`; `amount` is what was paid in the batch.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    programme = models.ForeignKey(RemediationProgramme, models.PROTECT, related_name="batches")
    number = models.IntegerField()
    sent = models.IntegerField()
    answered = models.IntegerField()
    settled = models.IntegerField()
    unreachable = models.IntegerField()
    refused = models.IntegerField()
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    letter_version = models.CharField(max_length=60)
    evidence = models.TextField()
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="programme_batch_number"),
            models.CheckConstraint(
                condition=models.Q(
                    sent__gte=0,
                    answered__gte=0,
                    settled__gte=0,
                    unreachable__gte=0,
                    refused__gte=0,
                    amount__gte=0,
                ),
                name="programme_batch_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} batch {self.number}"


class Reconciliation(Recorded):
    """One side's signature under the figures of a programme. Append-only.

    Finance and compliance sign the same record in two persons; other figures need both anew.
    """

    class Side(models.TextChoices):
        FINANCE = "finance", "Finance"
        COMPLIANCE = "compliance", "Compliance"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    programme = models.ForeignKey(
        RemediationProgramme, models.PROTECT, related_name="reconciliations"
    )
    side = models.CharField(max_length=10, choices=Side.choices)
    figures = models.JSONField()
    record_sha256 = models.CharField(max_length=64)
    signature = models.ForeignKey(Signature, models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "side", "record_sha256"], name="reconciled_once_a_side"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.side}"
