"""What is written down about a system: operating controls, scope, behaviour; in versions."""

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ledger.governed import Governed, governed_history
from registry.models.people import User
from registry.models.systems import System
from registry.rules.statements import PERIODS


class Statement(Governed):
    """Abstract: one version of what is written down; approved by somebody else than its author.

    What it says never changes: another wording is another version. One draft and one in force.
    `set_up`: the first version was approved by its author alone while setting up (SEG-06).
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_FORCE = "in_force", "In force"
        REPLACED = "replaced", "Replaced"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="%(class)s_versions")
    version = models.IntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    reason = models.TextField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    set_up = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["system", "version"], name="%(class)s_version"),
            models.UniqueConstraint(
                fields=["system"], condition=models.Q(state="draft"), name="%(class)s_one_draft"
            ),
            models.UniqueConstraint(
                fields=["system"],
                condition=models.Q(state="in_force"),
                name="%(class)s_one_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("author"))
                | models.Q(set_up=True, version=1),
                name="%(class)s_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="in_force") | models.Q(approved_by__isnull=False),
                name="%(class)s_in_force_is_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"


def _principals() -> Any:
    return ArrayField(models.CharField(max_length=60), default=list)


class OperatingControls(Statement):
    """How a system is operated (REG-5): who reviews, what is done when it goes wrong, who may what.

    The privileges hold codes of registry.rules.statements.PRINCIPALS or 'person:<uuid>'.
    """

    reviewer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    exception_path = models.TextField(blank=True)
    rollback_procedure = models.TextField(blank=True)
    kill_switch = models.TextField(blank=True)
    manual_fallback = models.TextField(blank=True)
    interim_measures = ArrayField(models.CharField(max_length=200), default=list)
    on_call = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    on_call_second = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    on_call_reach = models.TextField(blank=True)
    may_tune_prompts = _principals()
    may_retrain = _principals()
    may_approve_outputs = _principals()
    may_read_logs = _principals()
    may_change_tools = _principals()
    history = governed_history()


class DeclaredScope(Statement):
    """What an agent may use, read and spend (REG-6); what lies outside is a boundary violation.

    `tools` is [{name, kind, actions}], `data` [{source, classes}], `approvals` [{what, above, by}]
    with amounts as text in `currency`; registry.rules.agent_scope reads them.
    """

    tools = models.JSONField(default=list)
    data = models.JSONField(default=list)
    spending_limit = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    period = models.CharField(max_length=8, choices=list(PERIODS.items()), blank=True)
    approvals = models.JSONField(default=list)
    history = governed_history()


class BehaviourPolicy(Statement):
    """How an assistant speaks (REG-11): tone, must-not rules, answers given by policy, tested how.

    `by_policy` is [{asked, answer}]; `tested_run` the label of the evaluation run that tried it.
    """

    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    tone = models.TextField(blank=True)
    must_not = ArrayField(models.CharField(max_length=300), default=list)
    by_policy = models.JSONField(default=list)
    tested_run = models.CharField(max_length=80, blank=True)
    tested_on = models.DateField(null=True)
    history = governed_history()


class SystemReviewer(Governed):
    """Who reviews a system (REG-1), from when to when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="reviewers")
    person = models.ForeignKey(User, models.PROTECT, related_name="reviewed_systems")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "person"],
                condition=models.Q(until_at__isnull=True),
                name="reviewer_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} reviews {self.system_id}"


class KnowledgeOwner(Governed):
    """Who answers for what an assistant knows of a domain, and when it is looked at again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="knowledge_owners")
    domain = models.CharField(max_length=120)
    person = models.ForeignKey(User, models.PROTECT, related_name="knowledge_domains")
    review_on = models.DateField()
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "domain"],
                condition=models.Q(until_at__isnull=True),
                name="one_owner_per_domain",
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class Dependency(Governed):
    """A system needs another one: `system` is hurt when `on_system` fails."""

    class Kind(models.TextChoices):
        OUTPUT = "uses_output", "uses its output"
        DATA = "shares_data", "shares data with it"
        MODEL = "shares_model", "shares a model with it"
        FALLBACK = "fallback", "falls back to it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="depends_on")
    on_system = models.ForeignKey(System, models.PROTECT, related_name="needed_by")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    note = models.TextField(blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "on_system", "kind"],
                condition=models.Q(until_at__isnull=True),
                name="dependency_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(system=models.F("on_system")), name="depends_on_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.kind} {self.on_system_id}"


class DataSource(Governed):
    """Where a system's data come from, and on what ground they may be used."""

    class Personal(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        UNKNOWN = "unknown", "Not known yet"

    class Kind(models.TextChoices):
        TRAINING = "training", "Training or tuning"
        INPUT = "input", "Input in operation"
        RETRIEVAL = "retrieval", "Searched for answers"
        TRUTH = "truth", "Ground truth"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="sources")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="owned_sources")
    holder = models.CharField(max_length=120, blank=True)
    personal_data = models.CharField(
        max_length=7, choices=Personal.choices, default=Personal.UNKNOWN
    )
    legal_basis = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=120, blank=True)
    refresh = models.CharField(max_length=120, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "name"],
                condition=models.Q(until_at__isnull=True),
                name="data_source_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name
