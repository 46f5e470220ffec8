"""Evidence before a version runs: evaluation plans and runs, failure scenarios, fallback checks."""

import uuid

from django.db import models

from ledger.governed import Governed, Recorded, governed_history
from registry.models.people import User
from registry.models.systems import System, SystemVersion


class EvaluationPlan(Governed):
    """What a version is tested on and must reach, agreed by a second person before the run (REG-9).

    `slices` and `metrics` are lists in the form of registry.rules.evaluations (Slice, Limit);
    `sha256` is the hash of all that was agreed. Content is never edited: a change is a new number.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        IN_FORCE = "in_force", "in force"
        REPLACED = "replaced"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="evaluation_plans")
    number = models.IntegerField()
    dataset_name = models.CharField(max_length=200)
    dataset_sha256 = models.CharField(max_length=64)
    slices = models.JSONField()
    metrics = models.JSONField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    set_up = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "number"], name="evaluation_plan_number"),
            models.UniqueConstraint(
                fields=["system"],
                condition=models.Q(state="in_force"),
                name="one_evaluation_plan_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft")
                | models.Q(approved_by__isnull=False, approved_at__isnull=False),
                name="evaluation_plan_in_force_is_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(set_up=True)
                | models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("author")),
                name="evaluation_plan_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} plan {self.number}"


class FailureScenario(Governed):
    """What could go wrong, which KPI would show it, the response, and when it was drilled."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    plan = models.ForeignKey(EvaluationPlan, models.PROTECT, related_name="scenarios")
    place = models.IntegerField()
    what = models.TextField()
    kpi = models.CharField(max_length=120)
    response = models.TextField()
    drilled_on = models.DateField(null=True)
    drilled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    drill_note = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "place"], name="failure_scenario_place"),
        ]

    def __str__(self) -> str:
        return self.what


class EvaluationRun(Recorded):
    """What a version came to under a plan. Append-only; signatures name its payload's hash.

    `results` is what was sent, `judged` one line a limit of the plan, `outcome` what the rule says.
    """

    class Outcome(models.TextChoices):
        PASSED = "passed"
        FAILED = "failed"
        INCONCLUSIVE = "inconclusive"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="evaluation_runs")
    version = models.ForeignKey(SystemVersion, models.PROTECT, related_name="evaluation_runs")
    plan = models.ForeignKey(EvaluationPlan, models.PROTECT, related_name="runs")
    identity_hash = models.CharField(max_length=64)
    dataset_sha256 = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    results = models.JSONField()
    judged = models.JSONField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    tool = models.CharField(max_length=120, blank=True)
    evidence = models.CharField(max_length=500, blank=True)
    note = models.TextField(blank=True)
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__gte=models.F("started_at")),
                name="evaluation_run_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["version", "-recorded_at"], name="evaluation_run_of_version"),
            models.Index(fields=["system", "-recorded_at", "id"], name="evaluation_run_of_system"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.outcome}"


class FallbackCheck(Recorded):
    """Somebody tried whether falling back to a version works in an environment. Append-only."""

    class Result(models.TextChoices):
        PASSED = "passed"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="fallback_checks")
    version = models.ForeignKey(SystemVersion, models.PROTECT, related_name="fallback_checks")
    environment = models.CharField(max_length=30)
    result = models.CharField(max_length=6, choices=Result.choices)
    how = models.TextField()
    evidence = models.TextField(blank=True)
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    tested_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    entry_number = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["version", "environment", "-tested_at"], name="fallback_check_newest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.environment} {self.result}"
