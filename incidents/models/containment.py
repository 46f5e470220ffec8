"""What holds a system still before a decision: emergency stops, interim measures, evidence."""

import uuid

from django.db import models

from incidents.models.incident import Incident
from ledger.governed import Governed, governed_history
from registry.models import User


class Containment(Governed):
    """A system stopped or restricted at once, before anybody decided (T23).

    It stands until a decision of its own lifts it: neither time nor a refused ratification undoes
    it. `person` is null where a rule acted: a standing order, whose id is `standing_order`, or a
    protective default; `by_rule` says which. `nonce` is what the gateway's confirmation answers
    with. `overdue_at` is when the executive was told that it had not been ratified in time.
    """

    class Kind(models.TextChoices):
        STOP = "stop", "Stop"
        RESTRICT = "restrict", "Restrict use"
        ROUTE = "route_to_human", "Route to a person"

    class State(models.TextChoices):
        STANDING = "standing", "Waits for its ratification"
        RATIFIED = "ratified", "Ratified"
        NOT_RATIFIED = "not_ratified", "Not ratified"
        LIFTED = "lifted", "Lifted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="containments")
    cycle = models.IntegerField()
    kind = models.CharField(max_length=14, choices=Kind.choices)
    scope = models.CharField(max_length=300)
    environment = models.CharField(max_length=30)
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    by_rule = models.CharField(max_length=120, blank=True)
    standing_order = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    reason_due_at = models.DateTimeField(null=True)
    reason_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    ratify_by = models.DateTimeField()
    overdue_at = models.DateTimeField(null=True)
    ratified_by = models.UUIDField(null=True)
    ratified_at = models.DateTimeField(null=True)
    lifted_by = models.UUIDField(null=True)
    lifted_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.STANDING)
    nonce = models.CharField(max_length=64)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_how = models.CharField(max_length=20, blank=True)
    entry_number = models.BigIntegerField()
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False) | ~models.Q(by_rule=""),
                name="containment_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="lifted") | models.Q(lifted_by__isnull=False),
                name="containment_lifted_by_decision",
            ),
        ]
        indexes = [
            models.Index(fields=["incident", "at"], name="containment_by_incident"),
            models.Index(
                fields=["ratify_by"],
                name="containment_in_force",
                condition=~models.Q(state="lifted"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope}"

    @property
    def in_force(self) -> bool:
        """Whether it still holds the system."""
        return self.state != self.State.LIFTED


class InterimMeasure(Governed):
    """A measure that the operating controls name, taken by the owner until `until_at` at most."""

    class State(models.TextChoices):
        STANDING = "standing", "In force"
        EXPIRED = "expired", "Ended by itself"
        ENDED = "ended", "Ended"
        ADOPTED = "adopted", "Adopted by a decision"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="interim_measures")
    cycle = models.IntegerField()
    measure = models.CharField(max_length=200)
    reason = models.TextField()
    environment = models.CharField(max_length=30)
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until_at = models.DateTimeField()
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STANDING)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)
    entry_number = models.BigIntegerField()
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_at__gt=models.F("at")), name="interim_ends"
            ),
            models.UniqueConstraint(
                fields=["incident", "cycle", "measure"], name="interim_once_a_cycle"
            ),
        ]

    def __str__(self) -> str:
        return self.measure


class EvidenceHold(Governed):
    """What happened is kept as it is (T27): nothing alters the system without a snapshot.

    `legal_hold` keeps readings and records from being dropped meanwhile.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="evidence_holds")
    reason = models.TextField()
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    legal_hold = models.UUIDField(null=True)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    released_reason = models.TextField(blank=True)
    entry_number = models.BigIntegerField()
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"],
                condition=models.Q(released_at__isnull=True),
                name="one_hold_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} held since {self.set_at}"
