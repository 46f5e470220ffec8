"""AI systems, their versions, and which one runs where."""

import uuid

from django.db import models
from django_fsm import GET_STATE, ConcurrentTransitionMixin, FSMField, transition

from ledger.governed import Governed, Recorded, governed_history
from registry.models.people import Unit, User


def _state_before_suspension(system: "System") -> str:
    return system.suspended_from


class System(ConcurrentTransitionMixin, Governed):
    """An AI system: what it is, who answers for it, where it stands in its life.

    `suspended_from` is where a suspended system returns to: a pilot never resumes as production.
    """

    class Kind(models.TextChoices):
        PREDICTIVE = "predictive", "Predictive model"
        ASSISTANT = "assistant", "Generative model or assistant"
        AGENT = "agent", "Agent"
        MULTI_AGENT = "multi_agent", "Several agents"
        RECORD = "record", "The record itself"

    class Tier(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"

    class LegalClass(models.TextChoices):
        UNDECIDED = "undecided", "not decided yet"
        PROHIBITED = "prohibited", "prohibited"
        HIGH_RISK = "high_risk", "high-risk"
        TRANSPARENCY = "transparency", "transparency duties"
        MINIMAL = "minimal", "not high-risk"

    class Lifecycle(models.TextChoices):
        PROPOSED = "proposed"
        ASSESSED = "assessed"
        APPROVED = "approved"
        PILOT = "pilot"
        PRODUCTION = "production"
        SUSPENDED = "suspended"
        RETIRED = "retired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="systems")
    owner = models.ForeignKey(User, models.PROTECT, related_name="owned_systems")
    deputy = models.ForeignKey(User, models.PROTECT, related_name="deputised_systems")
    purpose = models.TextField()
    users_affected = models.TextField(blank=True)
    supplier = models.CharField(max_length=120, blank=True)
    data_sources = models.TextField(blank=True)
    simulated = models.TextField(blank=True)
    risk_tier = models.CharField(max_length=6, choices=Tier.choices)
    legal_class = models.CharField(
        max_length=12, choices=LegalClass.choices, default=LegalClass.UNDECIDED
    )
    lifecycle = FSMField(
        default=Lifecycle.PROPOSED, choices=Lifecycle.choices, protected=True, max_length=12
    )
    suspended_from = models.CharField(max_length=12, blank=True)
    version = models.IntegerField(default=0)
    registered_at = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(owner=models.F("deputy")), name="deputy_is_not_owner"
            ),
            models.CheckConstraint(
                condition=~models.Q(legal_class="high_risk") | models.Q(risk_tier="high"),
                name="tier_not_below_legal_floor",
            ),
            models.CheckConstraint(
                condition=~models.Q(legal_class="prohibited")
                | ~models.Q(lifecycle__in=["pilot", "production"]),
                name="prohibited_never_runs",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @transition(lifecycle, source="proposed", target="assessed")
    def assess(self) -> None:
        """The classification and its reasons are written down."""

    @transition(lifecycle, source="assessed", target="approved")
    def approve(self) -> None:
        """A second person agrees that it may be built or bought."""

    @transition(lifecycle, source="approved", target="pilot")
    def start_pilot(self) -> None:
        """It runs for a limited group."""

    @transition(lifecycle, source=["approved", "pilot"], target="production")
    def go_live(self) -> None:
        """It runs for everybody whom it is meant for."""

    @transition(lifecycle, source=["pilot", "production"], target="suspended")
    def suspend(self) -> None:
        """It answers nobody until a decision lets it."""
        self.suspended_from = self.lifecycle

    @transition(
        lifecycle,
        source="suspended",
        target=GET_STATE(_state_before_suspension, states=["pilot", "production"]),
    )
    def resume(self) -> None:
        """A decision of its own lets it run again, where it ran before."""

    @transition(
        lifecycle,
        source=["proposed", "assessed", "approved", "pilot", "suspended"],
        target="retired",
    )
    def retire(self) -> None:
        """It never runs again; its record stays."""


class LifecycleChange(Recorded):
    """One step of a system's life: who, why, from where to where. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="lifecycle_changes")
    version = models.IntegerField()
    edge = models.CharField(max_length=20)
    from_state = models.CharField(max_length=12, choices=System.Lifecycle.choices)
    to_state = models.CharField(max_length=12, choices=System.Lifecycle.choices)
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    at = models.DateTimeField()
    reason = models.TextField()
    entry_number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "version"], name="lifecycle_version"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.edge}"


class SystemVersion(Governed):
    """A version: what it is (digest), what changed, who wrote it, who approved it."""

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        REVOKED = "revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="versions")
    label = models.CharField(max_length=60)
    digest = models.CharField(max_length=80)
    changelog = models.TextField(blank=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "label"], name="version_label"),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("author")),
                name="version_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.label}"


class Deployment(Governed):
    """A version live in an environment, with the one to fall back to; the whole past stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="deployments")
    environment = models.CharField(max_length=30, default="production")
    version = models.ForeignKey(SystemVersion, models.PROTECT, related_name="deployments")
    fallback = models.ForeignKey(SystemVersion, models.PROTECT, null=True, related_name="+")
    suspended = models.BooleanField(default=False)
    stop_scope = models.TextField(blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "environment"],
                condition=models.Q(until_at__isnull=True),
                name="one_live_per_environment",
            ),
            models.CheckConstraint(
                condition=models.Q(fallback__isnull=True) | ~models.Q(fallback=models.F("version")),
                name="fallback_is_another_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} in {self.environment}"
