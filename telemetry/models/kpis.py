"""The catalogue: what is measured, in the field's standard terms."""

from django.db import models

from ledger.governed import Recorded


class Kpi(Recorded):
    """What is measured, in the field's standard terms. Loaded from reference data.

    `lowest` and `highest` are the ends of what it can be, `neutral` is the value of "no difference"
    (0 for a gap, 1 for a ratio). `breach_kind` says what a breach of it is: breach, fairness or
    boundary. The example bands are prose: an organisation approves its own thresholds.
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

    id = models.SlugField(primary_key=True, max_length=60)
    name = models.CharField(max_length=120)
    category = models.CharField(max_length=20, choices=Category.choices)
    unit = models.CharField(max_length=40)
    better = models.CharField(max_length=16)
    formula = models.TextField()
    window = models.CharField(max_length=160)
    timing = models.CharField(max_length=8)
    counter_metric = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    counter_metric_note = models.CharField(max_length=200, blank=True)
    explanation = models.TextField(blank=True)
    reference = models.TextField(blank=True)
    checked = models.CharField(max_length=12, blank=True)
    computed = models.BooleanField(default=False)
    lowest = models.FloatField(null=True)
    highest = models.FloatField(null=True)
    neutral = models.FloatField(null=True)
    breach_kind = models.CharField(max_length=12, default="breach")
    example_warning = models.CharField(max_length=80, blank=True)
    example_critical = models.CharField(max_length=80, blank=True)
    catalogue_version = models.CharField(max_length=40)

    class Meta:
        ordering = ["category", "name"]

    def __str__(self) -> str:
        return self.name
