"""What is judged over many readings: slides, error budgets, and gains with what they cost."""

import uuid

from django.db import models

from governance.models.thresholds import Threshold
from ledger.governed import Governed, Recorded, governed_history
from registry.models import System, User
from telemetry.models import Kpi, Series


class Agreed(Governed):
    """Abstract: a numbered version that one person drafts and another one puts in force.

    Immutable from then on; a change is a new version. `enabled` false is how one is ended.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        ACTIVE = "active"
        SUPERSEDED = "superseded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.IntegerField()
    enabled = models.BooleanField(default=True)
    reason = models.TextField(blank=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)

    class Meta:
        abstract = True


def _second_person(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("author")),
        name=name,
    )


class TrendRule(Agreed):
    """How the slide of the series under a threshold is told from noise.

    `method`: slope (a line through the last readings reaches the warning limit within
    `horizon_seconds`), ewma (the smoothed value leaves its control limits) or cusum. It needs
    `least_windows` valid windows. Without a rule the unit's policy says (slope).
    """

    class Method(models.TextChoices):
        SLOPE = "slope", "Slope: the forecast reaches the warning limit"
        EWMA = "ewma", "EWMA: the smoothed value leaves its control limits"
        CUSUM = "cusum", "CUSUM: small departures add up past their limit"

    threshold = models.ForeignKey(Threshold, models.PROTECT, related_name="trend_rules")
    method = models.CharField(max_length=5, choices=Method.choices, default=Method.SLOPE)
    horizon_seconds = models.IntegerField()
    least_windows = models.IntegerField(default=8)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["threshold", "number"], name="trend_rule_version"),
            models.UniqueConstraint(
                fields=["threshold"],
                condition=models.Q(state="active"),
                name="one_active_trend_rule",
            ),
            _second_person("trend_rule_by_two_persons"),
        ]

    def __str__(self) -> str:
        return f"{self.threshold_id} {self.method} v{self.number}"


class ErrorBudget(Agreed):
    """The failures that are allowed in a period: `objective` is the least share of successes.

    A KPI that is a share counts its own failures (value and n of each reading). Of any other a
    window fails whose value lies beyond `failure_limit`. `pairs` are
    [{state, long_seconds, short_seconds, burn}]: both windows must burn faster than that.
    """

    system = models.ForeignKey(System, models.PROTECT, related_name="error_budgets")
    kpi = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    environment = models.CharField(max_length=30, default="production")
    segment = models.CharField(max_length=120, blank=True)
    objective = models.FloatField()
    failure_limit = models.FloatField(null=True)
    period_days = models.IntegerField(default=30)
    pairs = models.JSONField(default=list)
    warning_spent = models.FloatField()
    critical_spent = models.FloatField()
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "kpi", "environment", "segment", "number"],
                name="error_budget_version",
            ),
            models.UniqueConstraint(
                fields=["system", "kpi", "environment", "segment"],
                condition=models.Q(state="active"),
                name="one_active_error_budget",
            ),
            models.CheckConstraint(
                condition=models.Q(objective__gt=0, objective__lt=1),
                name="error_budget_allows_some",
            ),
            _second_person("error_budget_by_two_persons"),
        ]

    def __str__(self) -> str:
        return f"{self.kpi_id} of {self.system_id} v{self.number}"


class GuardrailPair(Agreed):
    """A KPI whose gain must not cost another one (KPI-3): both are judged together.

    Limits are how much worse the guardrail may get than before, in its unit's points or as a share.
    The windows of both series are `window_seconds` long; the times before are `reference_windows`
    of them. It fires when `fires_k` of the last `fires_n` windows are beyond a limit.
    """

    class Mode(models.TextChoices):
        POINTS = "points", "points of the guardrail's unit"
        SHARE = "share", "a share of what it was before"

    system = models.ForeignKey(System, models.PROTECT, related_name="guardrail_pairs")
    gain = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    guardrail = models.ForeignKey(Kpi, models.PROTECT, related_name="+")
    environment = models.CharField(max_length=30, default="production")
    segment = models.CharField(max_length=120, blank=True)
    mode = models.CharField(max_length=6, choices=Mode.choices, default=Mode.POINTS)
    warning = models.FloatField()
    critical = models.FloatField(null=True)
    window_seconds = models.IntegerField(default=604800)
    reference_windows = models.IntegerField(default=6)
    fires_k = models.IntegerField(default=2)
    fires_n = models.IntegerField(default=3)
    least_n = models.IntegerField(default=0)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "gain", "guardrail", "environment", "segment", "number"],
                name="guardrail_pair_version",
            ),
            models.UniqueConstraint(
                fields=["system", "gain", "guardrail", "environment", "segment"],
                condition=models.Q(state="active"),
                name="one_active_guardrail_pair",
            ),
            models.CheckConstraint(
                condition=~models.Q(gain=models.F("guardrail")), name="guardrail_is_another"
            ),
            _second_person("guardrail_pair_by_two_persons"),
        ]

    def __str__(self) -> str:
        return f"{self.gain_id} beside {self.guardrail_id} v{self.number}"


class MeasuredStanding(Recorded):
    """Where a series stands under what is judged over many readings. It says why if unknown.

    `gain` names the other KPI of a pair; the series is the guardrail's then (EVA-24).
    """

    class Kind(models.TextChoices):
        TREND = "trend", "Trend"
        BUDGET = "budget", "Error budget"
        PAIR = "pair", "Guardrail"

    class State(models.TextChoices):
        OK = "OK"
        WARNING = "WARNING"
        CRITICAL = "CRITICAL"
        NO_DATA = "NO_DATA"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    series = models.ForeignKey(Series, models.PROTECT, related_name="measured_standings")
    gain = models.ForeignKey(Kpi, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.NO_DATA)
    why = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "series", "gain"],
                nulls_distinct=False,
                name="measured_standing_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.series_id} {self.state}"


class MeasuredLook(models.Model):
    """How far a standing was judged, and the figures that were found. Made anew by every look.

    `judged_by` says by which versions, `stored` and `stored_gain` how many readings there were:
    other numbers call for another look. `fired` are the windows that breached, as epoch seconds.
    """

    standing = models.OneToOneField(
        MeasuredStanding, models.PROTECT, primary_key=True, related_name="look"
    )
    judged_at = models.DateTimeField()
    judged_by = models.CharField(max_length=120, blank=True)
    window_end = models.DateTimeField(null=True)
    stored = models.IntegerField(default=0)
    stored_gain = models.IntegerField(default=0)
    figures = models.JSONField(default=dict)
    fired = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.standing_id} {self.window_end}"
