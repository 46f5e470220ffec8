"""What the endpoints of objectives take and give."""

import math
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from governance.models import ErrorBudget, GuardrailPair, MeasuredStanding, TrendRule
from governance.rules.objectives import (
    STANDARD_BURNS,
    BudgetStated,
    BurnStated,
    PairStated,
    TrendStated,
)
from governance.services.objectives import Place

MOST = 2**31 - 1
WHO = ("number", "state", "enabled", "author", "created_at", "approved_by", "approved_at", "reason")


class NumberField(serializers.FloatField):
    """A finite number: NaN and infinity are none."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number. Raises ValidationError."""
        found = super().to_internal_value(data)
        if not math.isfinite(found):
            self.fail("invalid")
        return found


class TrendIn(serializers.Serializer[Any]):
    """A trend rule as its author states it."""

    threshold = serializers.UUIDField(help_text="id of the threshold")
    method = serializers.ChoiceField(choices=["slope", "ewma", "cusum"], default="slope")
    horizon_seconds = serializers.IntegerField(min_value=1, max_value=MOST, default=28 * 86400)
    least_windows = serializers.IntegerField(min_value=1, max_value=1000, default=8)
    reason = serializers.CharField(max_length=5000, default="", allow_blank=True)

    @staticmethod
    def stated(given: dict[str, Any]) -> TrendStated:
        """Return what was said."""
        return TrendStated(**given)


class PlacedIn(serializers.Serializer[Any]):
    """Of which system, environment and segment."""

    system = serializers.SlugField(max_length=80)
    environment = serializers.CharField(max_length=30, default="production")
    segment = serializers.CharField(max_length=120, default="", allow_blank=True)
    reason = serializers.CharField(max_length=5000, default="", allow_blank=True)

    @staticmethod
    def place(given: dict[str, Any]) -> Place:
        """Take environment and segment out of what was given."""
        return Place(given.pop("environment"), given.pop("segment"))


class BurnIn(serializers.Serializer[Any]):
    """Two windows that must both burn `burn` times too fast."""

    state = serializers.ChoiceField(choices=["warning", "critical"])
    long_seconds = serializers.IntegerField(min_value=1, max_value=MOST)
    short_seconds = serializers.IntegerField(min_value=1, max_value=MOST)
    burn = NumberField()


class BudgetIn(PlacedIn):
    """An error budget as its author states it; `pairs` are the usual two if left out."""

    kpi = serializers.SlugField(max_length=60)
    objective = NumberField(help_text="share that must succeed, above 0 and below 1")
    failure_limit = NumberField(allow_null=True, default=None)
    period_days = serializers.IntegerField(min_value=1, max_value=1000, default=30)
    pairs = serializers.ListField(child=BurnIn(), required=False, max_length=10)
    warning_spent = NumberField(default=0.75)
    critical_spent = NumberField(default=1.0)

    @staticmethod
    def stated(given: dict[str, Any]) -> BudgetStated:
        """Return what was said."""
        pairs = given.pop("pairs", None)
        burns = STANDARD_BURNS if pairs is None else tuple(BurnStated(**pair) for pair in pairs)
        return BudgetStated(**given, pairs=burns)


class PairIn(PlacedIn):
    """A gain beside its guardrail as its author states it."""

    gain = serializers.SlugField(max_length=60)
    guardrail = serializers.SlugField(max_length=60)
    mode = serializers.ChoiceField(choices=["points", "share"], default="points")
    warning = NumberField()
    critical = NumberField(allow_null=True, default=None)
    window_seconds = serializers.IntegerField(min_value=1, max_value=MOST, default=604800)
    reference_windows = serializers.IntegerField(min_value=1, max_value=1000, default=6)
    fires_k = serializers.IntegerField(min_value=1, max_value=1000, default=2)
    fires_n = serializers.IntegerField(min_value=1, max_value=1000, default=3)
    least_n = serializers.IntegerField(min_value=0, max_value=MOST, default=100)

    @staticmethod
    def stated(given: dict[str, Any]) -> PairStated:
        """Return what was said."""
        return PairStated(**given)


class ObjectiveReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=5000, default="", allow_blank=True)


class AgreedOut(serializers.ModelSerializer[Any]):
    """Who wrote a version, and who put it in force."""

    author = serializers.CharField(source="author.name")
    approved_by = serializers.SerializerMethodField()

    def get_approved_by(self, row: Any) -> str | None:
        """The printed name of who approved it."""
        return row.approved_by.name if row.approved_by else None


class TrendRuleOut(AgreedOut):
    """A trend rule."""

    system = serializers.CharField(source="threshold.system.slug")
    kpi = serializers.CharField(source="threshold.kpi_id")

    class Meta:
        model = TrendRule
        fields = ["id", "system", "kpi", "threshold", "method", "horizon_seconds",
                  "least_windows", *WHO]  # fmt: skip


class ErrorBudgetOut(AgreedOut):
    """An error budget."""

    system = serializers.CharField(source="system.slug")
    kpi = serializers.CharField(source="kpi_id")
    pairs = BurnIn(many=True)

    class Meta:
        model = ErrorBudget
        fields = ["id", "system", "kpi", "environment", "segment", "objective", "failure_limit",
                  "period_days", "pairs", "warning_spent", "critical_spent", *WHO]  # fmt: skip


class GuardrailPairOut(AgreedOut):
    """A gain beside its guardrail."""

    system = serializers.CharField(source="system.slug")
    gain = serializers.CharField(source="gain_id")
    guardrail = serializers.CharField(source="guardrail_id")

    class Meta:
        model = GuardrailPair
        fields = ["id", "system", "gain", "guardrail", "environment", "segment", "mode", "warning",
                  "critical", "window_seconds", "reference_windows", "fires_k", "fires_n",
                  "least_n", *WHO]  # fmt: skip


class MeasuredStandingOut(serializers.ModelSerializer[MeasuredStanding]):
    """Where a series stands, why if unknown, and the figures of the newest look."""

    system = serializers.CharField(source="series.system.slug")
    kpi = serializers.CharField(source="series.kpi_id")
    environment = serializers.CharField(source="series.environment")
    segment = serializers.CharField(source="series.segment")
    gain = serializers.CharField(source="gain_id", allow_null=True)
    window_end = serializers.SerializerMethodField()
    figures = serializers.SerializerMethodField()

    class Meta:
        model = MeasuredStanding
        fields = ["id", "kind", "system", "kpi", "environment", "segment", "series", "gain",
                  "state", "why", "since", "window_end", "figures"]  # fmt: skip

    def get_window_end(self, row: MeasuredStanding) -> str | None:
        """The end of the newest window that was judged."""
        look = getattr(row, "look", None)
        return look.window_end.isoformat() if look and look.window_end else None

    def get_figures(self, row: MeasuredStanding) -> dict[str, float | str | None]:
        """The numbers of the newest look, by name."""
        look = getattr(row, "look", None)
        return dict(look.figures) if look else {}


def given_of(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return what a request gives. Raises ValidationError."""
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
