"""Policies as versioned data, and the firings of their steps."""

import uuid

from django.db import models

from incidents.models import Incident
from ledger.governed import Governed, Recorded, governed_history
from registry.models import Unit, User


class Policy(Governed):
    """One version of the rules of a unit: severity matrix, times, ladders, segregation.

    `body` is the validated policy document (schema in governance/rules/policy.py); immutable once
    active. `profile` names the shipped example that it came from; `example` stands until approved.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        ACTIVE = "active"
        SUPERSEDED = "superseded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="policies")
    number = models.IntegerField()
    profile = models.CharField(max_length=40)
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    example = models.BooleanField(default=True)
    set_up = models.BooleanField(default=False)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    valid_from = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "number"], name="policy_number"),
            models.UniqueConstraint(
                fields=["unit"], condition=models.Q(state="active"), name="one_active_policy"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile} v{self.number}"


class EscalationFiring(Recorded):
    """A step of an escalation rule that fired: to whom, found how. Append-only."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="firings")
    cycle = models.IntegerField()
    plan_sha256 = models.CharField(max_length=64)
    rule = models.CharField(max_length=40)
    step = models.IntegerField()
    repeat = models.IntegerField()
    expression = models.CharField(max_length=120)
    recipients = models.JSONField()
    unroutable = models.BooleanField(default=False)
    level = models.IntegerField()
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "cycle", "plan_sha256", "rule", "step", "repeat"],
                name="firing_once",
            ),
        ]
        indexes = [
            models.Index(fields=["incident", "cycle", "-fired_at", "-id"], name="firing_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.rule} {self.step}"


class StepAcknowledgement(Recorded):
    """A person said 'I have it' for a step: repeats to them stop, no deadline does.

    It holds while they do something on the case; what lapsed is said again, as another row.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="step_acknowledgements")
    rule = models.CharField(max_length=40)
    step = models.IntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "rule", "step", "person", "at"], name="step_acknowledged_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} has {self.rule}"
