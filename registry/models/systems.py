"""AI systems, their versions, and which one runs where."""

import uuid
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django_fsm import GET_STATE, ConcurrentTransitionMixin, FSMField, transition

from ledger.governed import Governed, Recorded, governed_history
from registry.models.people import Unit, User
from registry.rules.identities import HOSTED, Identity, identity_hash


class Searched(models.Func):
    """The words of a system's name, short name and purpose, as a vector to search by prefix."""

    template = "to_tsvector('simple'::regconfig, translate(%(expressions)s, '-_./@', '     '))"
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        super().__init__(*(expressions or ("name", "slug", "purpose")), **extra)


def _state_before_suspension(system: "System") -> str:
    return system.suspended_from


class System(ConcurrentTransitionMixin, Governed):
    """An AI system: what it is, who answers for it, where it stands in its life.

    `suspended_from` is where a suspended system returns to: a pilot never resumes as production.
    `sample` marks one that is there to look around with: it counts nowhere, and once removed it is
    shown nowhere; what was recorded of it stays in the ledger.
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

    class Sample(models.TextChoices):
        NONE = "", "no sample"
        SHOWN = "shown", "sample"
        REMOVED = "removed", "removed sample"

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
    sample = models.CharField(max_length=7, choices=Sample.choices, blank=True, default="")
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
        indexes = [
            models.Index(fields=["name", "id"], name="system_by_name"),
            models.Index(fields=["-registered_at", "-id"], name="system_newest"),
            GinIndex(Searched(), name="system_words"),
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
    """A version: what it is, what changed, who wrote it, who approved it.

    It is a digest, or a hosted model (REG-10: provider, model, snapshot, fingerprint, hashes of
    prompt, tools, index and guardrails). `identity_hash` follows from it and is what an approval
    names; a trigger lets neither change. `significant_design_change` (AI Act Art. 111(2)) and
    `substantial_modification` (Art. 3(23), 25) are null while nobody has decided. `set_up`: its
    author approved it alone, before anything was live (SEG-06).
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        REVOKED = "revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    system = models.ForeignKey(System, models.PROTECT, related_name="versions")
    label = models.CharField(max_length=60)
    digest = models.CharField(max_length=80, blank=True)
    provider = models.CharField(max_length=80, blank=True, default="")
    hosted_model = models.CharField(max_length=120, blank=True, default="")
    snapshot = models.CharField(max_length=120, blank=True, default="")
    fingerprint = models.CharField(max_length=120, blank=True, default="")
    prompt_sha256 = models.CharField(max_length=64, blank=True, default="")
    tools_sha256 = models.CharField(max_length=64, blank=True, default="")
    index_sha256 = models.CharField(max_length=64, blank=True, default="")
    guardrails_sha256 = models.CharField(max_length=64, blank=True, default="")
    identity_hash = models.CharField(max_length=64, blank=True, default="")
    changelog = models.TextField(blank=True)
    significant_design_change = models.BooleanField(null=True, default=None)
    substantial_modification = models.BooleanField(null=True, default=None)
    placed_on_market_at = models.DateTimeField(null=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    set_up = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "label"], name="version_label"),
            models.CheckConstraint(
                condition=models.Q(set_up=True)
                | models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("author")),
                name="version_approved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(digest="") | models.Q(provider="", hosted_model=""),
                name="version_is_digest_or_hosted",
            ),
        ]
        indexes = [
            models.Index(fields=["system", "-created_at", "-id"], name="version_newest_first"),
            models.Index(fields=["provider", "hosted_model"], name="version_by_hosted_model"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.label}"

    @property
    def identity(self) -> Identity:
        """What it is."""
        named = {name: getattr(self, name) for name in HOSTED}
        return Identity(digest=self.digest, **named)

    @property
    def named_by(self) -> str:
        """What orders, ballots and gateways name it by: its digest, or 'identity:' and the hash."""
        return self.digest or f"identity:{self.identity_hash}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it; the hash of its identity is taken where the row is made."""
        if self._state.adding:
            self.identity_hash = identity_hash(self.identity)
        super().save(*args, **kwargs)


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
            models.CheckConstraint(
                condition=models.Q(until_at__isnull=True)
                | models.Q(until_at__gte=models.F("from_at")),
                name="deployment_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} in {self.environment}"
