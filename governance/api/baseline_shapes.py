"""What goes in and out where baselines, back-tests, drift and coverage are concerned."""

from typing import Any

from rest_framework import serializers

from governance.models import Backtest, RuleAttestation
from telemetry.models import Baseline, Pause

TEXT = 5000


class BaselineIn(serializers.Serializer[Any]):
    """Over what a baseline is taken, and what was unusual then."""

    series = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    method = serializers.ChoiceField(choices=Baseline.Method.choices, default="own_past")
    comparison = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, allow_null=True, default=None,
        help_text="The control group: a series of the same KPI by the same windows.",
    )  # fmt: skip
    staffing = serializers.CharField(max_length=TEXT, default="", allow_blank=True)
    freezes = serializers.CharField(max_length=TEXT, default="", allow_blank=True)
    incidents = serializers.CharField(max_length=TEXT, default="", allow_blank=True)
    notes = serializers.CharField(max_length=TEXT, default="", allow_blank=True)


class BaselineReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=TEXT, default="", allow_blank=True)


class BaselineOut(serializers.ModelSerializer[Baseline]):
    """A baseline: what it was taken over, what came out, who agreed to it."""

    system = serializers.CharField(source="system.slug")
    kpi = serializers.CharField(source="kpi_id")
    series = serializers.IntegerField(source="series_id")
    comparison = serializers.IntegerField(source="comparison_id", allow_null=True)
    since = serializers.DateTimeField(source="since_at")
    until = serializers.DateTimeField(source="until_at")
    windows = serializers.IntegerField(source="n")
    author = serializers.CharField(source="author.name")
    approved_by = serializers.SerializerMethodField()
    warnings = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Baseline
        fields = [
            "id", "number", "state", "system", "kpi", "environment", "segment", "series", "method",
            "comparison", "since", "until", "value", "low", "high", "spread", "windows", "samples",
            "comparison_value", "excluded", "readings_sha256", "warnings", "staffing", "freezes",
            "incidents", "notes", "author", "drafted_at", "approved_by", "approved_at", "set_up",
            "ended_at", "ended_reason",
        ]  # fmt: skip

    def get_approved_by(self, row: Baseline) -> str | None:
        """The printed name of who agreed to it."""
        return row.approved_by.name if row.approved_by else None


class ImprovementOut(serializers.Serializer[Any]):
    """Before and after with a 95 % interval; `word` is improved, worse, unclear or changed."""

    before = serializers.FloatField()
    after = serializers.FloatField()
    change = serializers.FloatField(source="change.value")
    low = serializers.FloatField(source="change.low")
    high = serializers.FloatField(source="change.high")
    word = serializers.CharField()
    method = serializers.CharField()
    beyond_control = serializers.BooleanField()
    before_windows = serializers.IntegerField()
    after_windows = serializers.IntegerField()
    baseline = serializers.UUIDField(source="baseline.pk")


class BacktestOut(serializers.ModelSerializer[Backtest]):
    """A back-test: what was tried on which past, how far it is, what it found."""

    system = serializers.CharField(source="system.slug")
    kpi = serializers.CharField(source="kpi_id")
    version = serializers.UUIDField(source="version_id", allow_null=True)
    against = serializers.UUIDField(source="against_id", allow_null=True)
    since = serializers.DateTimeField(source="since_at")
    until = serializers.DateTimeField(source="until_at")
    stated = serializers.JSONField()
    result = serializers.JSONField(allow_null=True)

    class Meta:
        model = Backtest
        fields = [
            "id", "system", "kpi", "version", "against", "since", "until", "stated", "state",
            "total", "done", "result", "failure", "asked_at", "finished_at",
        ]  # fmt: skip


class AttestIn(serializers.Serializer[Any]):
    """The hash of the rules that the person saw, and what they say of them."""

    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")
    statement = serializers.CharField(max_length=TEXT, default="", allow_blank=True)


class AttestationOut(serializers.ModelSerializer[RuleAttestation]):
    """Who attested which rules, when."""

    person = serializers.CharField(source="person.name")
    rules = serializers.JSONField()

    class Meta:
        model = RuleAttestation
        fields = ["id", "rules", "sha256", "statement", "person", "at"]


class PauseIn(serializers.Serializer[Any]):
    """From when until when nothing comes, and why."""

    environment = serializers.CharField(max_length=30, default="production")
    from_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=TEXT)


class PauseOut(serializers.ModelSerializer[Pause]):
    """A planned pause."""

    set_by = serializers.CharField(source="set_by.name")

    class Meta:
        model = Pause
        fields = ["id", "environment", "from_at", "until_at", "reason", "set_by", "set_at"]


class HistogramIn(serializers.Serializer[Any]):
    """One histogram; `edges` are one more than `counts`, or `labels` name the bins."""

    system = serializers.CharField()
    feature = serializers.CharField()
    window = serializers.CharField(help_text="A number and s, m, h or d, such as 1d.")
    window_end = serializers.DateTimeField()
    counts = serializers.ListField(child=serializers.IntegerField())
    edges = serializers.ListField(child=serializers.FloatField(), required=False)
    labels = serializers.ListField(child=serializers.CharField(), required=False)
    environment = serializers.CharField(default="production")
    reference = serializers.BooleanField(default=False)


class HistogramsIn(serializers.Serializer[Any]):
    """A delivery of histograms."""

    source = serializers.CharField(required=False)  # type: ignore[assignment]
    on_error = serializers.ChoiceField(choices=["keep_good", "refuse_all"], required=False)
    histograms = HistogramIn(many=True)


class HistogramReceiptOut(serializers.Serializer[Any]):
    """What became of a delivery; `uncompared` had no reference, so nothing is known of them."""

    accepted = serializers.IntegerField()
    repeated = serializers.IntegerField()
    uncompared = serializers.IntegerField()
    computed = serializers.IntegerField()
    rejected = serializers.ListField(child=serializers.DictField())
    incidents = serializers.ListField(child=serializers.CharField())
    dry_run = serializers.BooleanField(
        required=False, help_text="true: nothing of this was kept; absent otherwise"
    )


class CoveredOut(serializers.Serializer[Any]):
    """A KPI that should be measured: fresh, late, never, or not_expected."""

    kpi = serializers.CharField(source="kpi_id")
    state = serializers.CharField()
    last_valid_at = serializers.DateTimeField(allow_null=True)
    series = serializers.IntegerField(source="series_id", allow_null=True)
    owner = serializers.CharField()


class CoverageOut(serializers.Serializer[Any]):
    """The coverage of a system; `value` is null where no KPI is required."""

    system = serializers.CharField(source="system.slug")
    value = serializers.FloatField(source="share.value", allow_null=True)
    kpis_fresh = serializers.IntegerField(source="share.fresh")
    kpis_required = serializers.IntegerField(source="share.required")
    by_scorecard = serializers.BooleanField()
    not_expected = serializers.CharField()
    kpis = CoveredOut(many=True)


class CoveragePageOut(serializers.Serializer[Any]):
    """A page of systems; `after` is the slug to ask on from, null at the end."""

    results = CoverageOut(many=True)
    after = serializers.CharField(allow_null=True)


class DriftOut(serializers.Serializer[Any]):
    """Drift of data by feature, of the rules since they were attested, of how people use it."""

    features = serializers.ListField(child=serializers.DictField())
    rules = serializers.DictField()
    use = serializers.ListField(child=serializers.DictField())
