"""The catalogue: what is measured, in the field's standard terms, and what to begin with."""

import uuid

from django.db import models

from ledger.governed import Governed, Recorded, governed_history
from outbox.languages import spoken
from registry.models import System, Unit, User
from telemetry.rules import kpi_words

WEEK = 604_800


class Perspective(models.TextChoices):
    """What a KPI tells of a system; a scorecard holds at least one of each (KPI-2)."""

    SPEED = "speed"
    QUALITY = "quality"
    COST = "cost"
    RISK = "risk"
    ADOPTION = "adoption"


class Defined(models.Model):
    """Abstract: what a KPI is. `better` is higher, lower, target_zero, target_nominal or context.

    `lowest` and `highest` are the ends of what it can be, `neutral` is the value of "no difference"
    (0 for a gap, 1 for a ratio). `cadence_seconds` says how often a value is expected, `owner_role`
    who usually answers for it. `bands` are data of telemetry.rules.bands_data: examples that
    somebody adopts as a threshold, or does not.
    """

    class Category(models.TextChoices):
        TECHNICAL = "technical"
        BUSINESS = "business"
        TRUST = "trust_compliance", "Trust and compliance"
        OPERATIONAL = "operational"
        GENERATIVE = "generative"
        AGENTIC = "agentic"
        SUPPORT = "support"
        SALES = "sales"

    name = models.CharField(max_length=120)
    category = models.CharField(max_length=20, choices=Category.choices)
    unit = models.CharField(max_length=40)
    better = models.CharField(max_length=16)
    formula = models.TextField()
    window = models.CharField(max_length=160)
    timing = models.CharField(max_length=8)
    cadence_seconds = models.IntegerField(default=WEEK)
    owner_role = models.CharField(max_length=16, default="owner")
    perspective = models.CharField(
        max_length=8, choices=Perspective.choices, default=Perspective.QUALITY
    )
    counter_metric = models.ForeignKey("telemetry.Kpi", models.PROTECT, null=True, related_name="+")
    counter_metric_note = models.CharField(max_length=200, blank=True)
    explanation = models.TextField(blank=True)
    lowest = models.FloatField(null=True)
    highest = models.FloatField(null=True)
    neutral = models.FloatField(null=True)
    bands = models.JSONField(default=list)

    class Meta:
        abstract = True

    @property
    def measured_in(self) -> str:
        """Its unit as a page says it."""
        return self.unit

    @property
    def timed(self) -> str:
        """Its timing in the reader's language: leading or lagging, for own KPIs too."""
        return spoken(kpi_words.of_timing(self.timing))

    @property
    def looked_at(self) -> str:
        """Its window as a page says it."""
        return self.window

    @property
    def counter_says(self) -> str:
        """What is watched beside it where that is no KPI, as a page says it."""
        return self.counter_metric_note


class Kpi(Defined, Recorded):
    """What is measured: shipped with the reference data, or an organisation's own.

    `breach_kind` says what a breach of it is: breach, fairness, boundary or drift. An `own` KPI
    belongs to a unit and holds the definition that a second person approved last;
    `definition_number` counts. One that is `off` takes no readings and nothing waits for it;
    `switched_at` is when it was last switched off or on.
    """

    id = models.SlugField(primary_key=True, max_length=60)
    reference = models.TextField(blank=True)
    checked = models.CharField(max_length=12, blank=True)
    computed = models.BooleanField(default=False)
    breach_kind = models.CharField(max_length=12, default="breach")
    example_warning = models.CharField(max_length=80, blank=True)
    example_critical = models.CharField(max_length=80, blank=True)
    catalogue_version = models.CharField(max_length=40)
    own = models.BooleanField(default=False)
    of_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    definition_number = models.IntegerField(default=1)
    off = models.BooleanField(default=False)
    switched_at = models.DateTimeField(null=True)
    switched_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    switched_because = models.TextField(blank=True)

    class Meta:
        ordering = ["category", "name"]
        # The catalogue is read by name, a page at a time.
        indexes = [models.Index(fields=["name", "id"], name="kpi_by_name")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(off=False) | models.Q(own=True, switched_at__isnull=False),
                name="own_kpi_alone_is_switched_off",
            ),
            models.CheckConstraint(
                condition=models.Q(own=False)
                | models.Q(of_unit__isnull=False, author__isnull=False, approved_by__isnull=False),
                name="own_kpi_was_approved",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        """Its name on a page, in the reader's language; an organisation's own stays as it is."""
        return spoken(kpi_words.of_kpi(self.pk, self.name))

    @property
    def says(self) -> str:
        """What it says in plain words, in the reader's language."""
        return spoken(kpi_words.of_kpi(self.pk, self.explanation))

    @property
    def counter_says(self) -> str:
        """What is watched beside it where that is no KPI, in the reader's language."""
        return spoken(kpi_words.of_kpi(self.pk, self.counter_metric_note))

    @property
    def rests_on(self) -> str:
        """The source of its definition, in the reader's language."""
        return spoken(kpi_words.of_kpi(self.pk, self.reference))

    @property
    def measured_in(self) -> str:
        """Its unit in the reader's language."""
        return self.unit if self.own else spoken(kpi_words.of_unit(self.unit))

    @property
    def looked_at(self) -> str:
        """Its window in the reader's language."""
        return self.window if self.own else spoken(kpi_words.of_window(self.window))


class KpiDefinition(Defined, Governed):
    """A definition of a KPI as somebody wrote it; those before the present one are kept.

    `key` is the id of the KPI, which an own one gets when its first definition is approved. What a
    newer release of the catalogue replaced stands here too, without an author.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "waits for approval"
        ACTIVE = "active", "in force"
        SUPERSEDED = "superseded", "replaced"
        DECLINED = "declined", "declined"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.SlugField(max_length=60)
    number = models.IntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    of_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "number"], name="kpi_definition"),
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(state="active"),
                name="one_active_kpi_definition",
            ),
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(state="draft"),
                name="one_draft_kpi_definition",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | ~models.Q(state="active")
                | ~models.Q(decided_by=models.F("author")),
                name="kpi_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.number}"


class KpiTemplate(Recorded):
    """A KPI to begin with, for systems of a kind: what it is for, and what to do when it breaks."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=System.Kind.choices)
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    perspective = models.CharField(max_length=8, choices=Perspective.choices)
    why = models.CharField(max_length=200)
    on_breach = models.CharField(max_length=200)
    position = models.IntegerField()
    in_use = models.BooleanField(default=True)
    release = models.CharField(max_length=40)

    class Meta:
        ordering = ["kind", "position"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "kpi"], name="template_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.kpi_id}"

    @property
    def why_said(self) -> str:
        """Why it stands on a scorecard, in the reader's language."""
        return spoken(kpi_words.of_scorecard(self.why))

    @property
    def on_breach_said(self) -> str:
        """What is done when it breaks, in the reader's language."""
        return spoken(kpi_words.of_scorecard(self.on_breach))
