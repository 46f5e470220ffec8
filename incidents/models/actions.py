"""What a decision orders, how it is known to be done, and how its effect is measured."""

import uuid

from django.db import models

from incidents.models.incident import Incident
from ledger.governed import Recorded, governed_history
from registry.models import SystemVersion, User


class Action(Recorded):
    """One ordered action, bound to the decision by its opaque uuid. Mutable under `version`.

    `stopping` actions are confirmed before the incident is verified; the others run on as
    obligations. `verification` holds the rules by which its effect is proved, as adopted. One that
    cannot be carried out has FAILED, one taken back by a later decision is CANCELLED:
    `ended_reason` says why. `compensates` names the action that this one makes up for.
    """

    class Type(models.TextChoices):
        RETRAIN = "retrain", "Retrain"
        ROLLBACK = "rollback", "Roll back"
        SUSPEND = "suspend", "Suspend"
        RESTRICT = "restrict", "Restrict use"
        COMPENSATE = "compensate", "Compensate"
        INFORM = "inform", "Inform those affected"
        CONTINUE = "continue", "Continue with conditions"
        NO_ACTION = "no_action", "No action"
        SUPPLIER_FIX = "supplier_fix", "Require the supplier's fix"
        PIN = "pin", "Switch to a version and keep it"
        ADJUST = "adjust", "Adjust rules or thresholds of the system"
        RETIRE = "retire", "Retire"
        RESUME = "resume", "Resume"
        EXCEPTION = "exception", "Policy exception"

    class Proof(models.TextChoices):
        MEASURED = "measured", "measured"
        STOPPED = "proven_stopped", "proven stopped"
        PROGRAMME = "programme", "programme completed"
        DOCUMENT = "document", "document, second person"

    class State(models.TextChoices):
        ORDERED = "ordered"
        DISPATCHED = "dispatched"
        CONFIRMED = "confirmed"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="actions")
    cycle = models.IntegerField()
    decision_id = models.UUIDField()
    position = models.IntegerField()
    type = models.CharField(max_length=12, choices=Type.choices)
    words = models.TextField()
    target_version = models.ForeignKey(SystemVersion, models.PROTECT, null=True, related_name="+")
    parameters = models.JSONField(default=dict)
    verification = models.JSONField(default=list)
    environment = models.CharField(max_length=30, default="production")
    executor = models.ForeignKey(User, models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    proof = models.CharField(max_length=16, choices=Proof.choices)
    stopping = models.BooleanField()
    nonce = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ORDERED)
    version = models.IntegerField(default=1)
    ordered_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_how = models.CharField(max_length=20, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)
    compensates = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision_id", "position"], name="action_position"),
        ]
        indexes = [models.Index(fields=["incident", "cycle"], name="action_by_incident")]

    def __str__(self) -> str:
        return self.words


class ActionReceipt(Recorded):
    """What came back about an action: callback, probe or a person. Append-only."""

    id = models.BigAutoField(primary_key=True)
    action = models.ForeignKey(Action, models.PROTECT, related_name="receipts")
    how = models.CharField(max_length=20)
    nonce = models.CharField(max_length=64, blank=True)
    observed = models.JSONField()
    matches = models.BooleanField()
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["action", "nonce"],
                condition=~models.Q(nonce=""),
                name="receipt_replay",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} {self.how}"


class VerificationWindow(Recorded):
    """The proof of one action's effect: fixed by the decision, judged from what was measured.

    `rule` holds what passes (KPI series, recovery band, windows, least n, heartbeat age …) as it
    stood when the window started; `outcome` is append-like: a later judgement replaces RUNNING
    or extends INCONCLUSIVE once, never a PASSED one by hand. A window is superseded when the
    verification failed and another decision orders something else.
    """

    class Outcome(models.TextChoices):
        RUNNING = "RUNNING", "running"
        PASSED = "PASSED", "passed"
        FAILED = "FAILED", "failed"
        INCONCLUSIVE = "INCONCLUSIVE", "inconclusive"
        ERROR = "ERROR", "error"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="windows")
    action = models.ForeignKey(Action, models.PROTECT, null=True, related_name="windows")
    cycle = models.IntegerField()
    proof = models.CharField(max_length=16, choices=Action.Proof.choices)
    rule = models.JSONField()
    series_id = models.BigIntegerField(null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    extended = models.BooleanField(default=False)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.RUNNING)
    judged_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)
    forecast = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        indexes = [
            models.Index(
                fields=["incident"],
                name="window_running",
                condition=models.Q(outcome="RUNNING"),
            ),
            models.Index(
                fields=["series_id"],
                name="window_by_series",
                condition=models.Q(outcome="RUNNING"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proof} {self.outcome}"
