"""What a board reads: sourced factors of consequence, and the reports that are signed."""

import uuid

from django.db import models
from django.db.models import F, Q

from ledger.governed import Governed, governed_history
from ledger.rules.worded import worded
from outbox.languages import say_numbers, spoken
from registry.models import Signature, System, Unit, User
from reports.rules.consequence import AMOUNTS, CONSEQUENCES, DIRECTIONS
from reports.rules.quarters import KINDS
from telemetry.models import Kpi


class ConsequenceFactor(Governed):
    """What one point of a KPI comes to in a quarter, by a source, approved by two persons (REP-3).

    A point is one percentage point of a share, one unit of anything else. `direction` says which
    way costs: with 'rise' the amount is lost for every point that the figure rises. It is of one
    system, or of a unit and all below it; both days are included. What it says never changes:
    another figure is another version.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_FORCE = "in_force", "In force"
        REPLACED = "replaced", "Replaced"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    system = models.ForeignKey(System, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    version = models.IntegerField()
    measures = models.CharField(max_length=6, choices=list(CONSEQUENCES.items()))
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3, blank=True)
    direction = models.CharField(max_length=4, choices=list(DIRECTIONS.items()))
    words = models.TextField()
    source = models.CharField(max_length=500)
    source_words = models.TextField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(system__isnull=False, unit__isnull=True)
                | Q(system__isnull=True, unit__isnull=False),
                name="factor_of_a_system_or_a_unit",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("author")),
                name="factor_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force") | Q(approved_by__isnull=False),
                name="factor_in_force_is_approved",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="factor_is_an_amount"),
            models.CheckConstraint(
                condition=~Q(source="") & ~Q(source_words=""), name="factor_has_a_source"
            ),
            models.CheckConstraint(
                condition=Q(measures="money") & ~Q(currency="") | ~Q(measures="money"),
                name="factor_of_money_has_a_currency",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="factor_runs_forward",
            ),
            models.UniqueConstraint(
                fields=["kpi", "system", "unit", "measures", "version"],
                nulls_distinct=False,
                name="factor_version",
            ),
            models.UniqueConstraint(
                fields=["kpi", "system", "unit", "measures"],
                condition=Q(state="in_force"),
                nulls_distinct=False,
                name="one_factor_in_force",
            ),
            models.UniqueConstraint(
                fields=["kpi", "system", "unit", "measures"],
                condition=Q(state="draft"),
                nulls_distinct=False,
                name="one_factor_draft",
            ),
        ]
        indexes = [models.Index(fields=["-drafted_at", "-id"], name="factor_newest")]

    def __str__(self) -> str:
        return f"{self.kpi_id}, {self.measures}, version {self.version}"

    @property
    def said(self) -> str:
        """What one point comes to, as it is written: '998.40 EUR', '46.8 hours'."""
        if self.measures == "money":
            return f"{say_numbers(f'{self.amount:.2f}')} {self.currency}"
        amount = say_numbers(f"{self.amount.normalize():f}")
        return spoken(worded(AMOUNTS[self.measures], amount=amount))


class Report(Governed):
    """A board report of a quarter, or the review of one system, as drawn and as issued (REP-3).

    Without system and unit it is of the whole organisation. `figures` is canonical JSON of what
    the records said at `drawn_at`; `narrative` what people wrote beside it, by section. Once it is
    issued `content` is the whole of it as canonical JSON, `sha256` its hash, and nothing changes
    any more: another edition takes its place. Persons stand in both by id.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ISSUED = "issued", "Issued"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=6, choices=list(KINDS.items()))
    system = models.ForeignKey(System, models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    year = models.IntegerField()
    quarter = models.IntegerField()
    edition = models.IntegerField(default=1)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    figures = models.TextField()
    drawn_at = models.DateTimeField()
    narrative = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    content = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(null=True)
    signature = models.OneToOneField(Signature, models.PROTECT, null=True, related_name="+")
    history = governed_history(excluded_fields=["figures", "content"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="review", system__isnull=False, unit__isnull=True)
                | Q(kind="board", system__isnull=True),
                name="report_is_of_something",
            ),
            models.CheckConstraint(
                condition=Q(quarter__gte=1, quarter__lte=4), name="report_of_a_quarter"
            ),
            models.CheckConstraint(
                condition=~Q(state="issued")
                | ~Q(content="")
                & ~Q(sha256="")
                & Q(issued_by__isnull=False, issued_at__isnull=False, signature__isnull=False),
                name="report_is_issued_by_a_signature",
            ),
            models.CheckConstraint(
                condition=Q(issued_by__isnull=True) | ~Q(issued_by=F("author")),
                name="report_by_two_persons",
            ),
            models.UniqueConstraint(
                fields=["kind", "system", "unit", "year", "quarter", "edition"],
                nulls_distinct=False,
                name="report_edition",
            ),
            models.UniqueConstraint(
                fields=["kind", "system", "unit", "year", "quarter"],
                condition=Q(state="draft"),
                nulls_distinct=False,
                name="one_report_draft",
            ),
        ]
        indexes = [models.Index(fields=["begun_at", "id"], name="report_by_beginning")]

    def __str__(self) -> str:
        return self.number
