"""What the endpoints of evaluations take and give."""

from typing import Any

from rest_framework import serializers

from registry.api.shapes import PersonOut
from registry.models import EvaluationPlan, EvaluationRun, FailureScenario
from registry.rules.evaluations import DIRECTIONS, KINDS, Limit, Measured, Scenario, Slice


class SliceIn(serializers.Serializer[Any]):
    """A part of the data set."""

    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=list(KINDS))
    what = serializers.CharField(max_length=500, default="", allow_blank=True)


class LimitIn(serializers.Serializer[Any]):
    """What a metric must reach on a slice, judged on `least_n` cases or more."""

    slice = serializers.CharField(max_length=80)
    metric = serializers.CharField(max_length=80)
    direction = serializers.ChoiceField(choices=list(DIRECTIONS))
    value = serializers.FloatField()
    least_n = serializers.IntegerField(min_value=1, max_value=10**9)


class ScenarioIn(serializers.Serializer[Any]):
    """What could go wrong, which KPI would show it, what is done then."""

    what = serializers.CharField(max_length=2000)
    kpi = serializers.CharField(max_length=120)
    response = serializers.CharField(max_length=2000)


class PlanIn(serializers.Serializer[Any]):
    """An evaluation plan to draft."""

    dataset_name = serializers.CharField(max_length=200)
    dataset_sha256 = serializers.CharField(max_length=71)
    slices = SliceIn(many=True)
    metrics = LimitIn(many=True)
    scenarios = ScenarioIn(many=True)
    reason = serializers.CharField(max_length=5000, default="", allow_blank=True)


class ScenarioOut(serializers.ModelSerializer[FailureScenario]):
    """A failure scenario, and when its response was drilled."""

    drilled_by = PersonOut(allow_null=True)

    class Meta:
        model = FailureScenario
        fields = ["place", "what", "kpi", "response", "drilled_on", "drilled_by", "drill_note"]


class PlanRow(serializers.ModelSerializer[EvaluationPlan]):
    """An evaluation plan in a list."""

    author = PersonOut()
    approved_by = PersonOut(allow_null=True)

    class Meta:
        model = EvaluationPlan
        fields = [
            "number",
            "state",
            "dataset_name",
            "dataset_sha256",
            "sha256",
            "author",
            "created_at",
            "approved_by",
            "approved_at",
            "reason",
        ]


class PlanOut(PlanRow):
    """An evaluation plan in full; `sha256` is what its approver names."""

    slices = SliceIn(many=True)
    metrics = LimitIn(many=True)
    scenarios = ScenarioOut(many=True)

    class Meta(PlanRow.Meta):
        fields = [*PlanRow.Meta.fields, "slices", "metrics", "scenarios"]


class PlanApprovalIn(serializers.Serializer[Any]):
    """An approval of a plan: the hash of what was looked at, and why."""

    sha256 = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=5000, default="", allow_blank=True)


class DrillIn(serializers.Serializer[Any]):
    """A drill of a failure scenario."""

    drilled_on = serializers.DateField()
    note = serializers.CharField(max_length=5000)


class MeasuredIn(serializers.Serializer[Any]):
    """What a run found for a metric on a slice; null where it found nothing."""

    slice = serializers.CharField(max_length=80)
    metric = serializers.CharField(max_length=80)
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True, min_value=0, max_value=10**12)


class EvaluationRunIn(serializers.Serializer[Any]):
    """A run of a version under the plan in force."""

    version = serializers.CharField(max_length=60)
    identity_hash = serializers.CharField(max_length=64, required=False)
    dataset_sha256 = serializers.CharField(max_length=71)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    results = serializers.ListField(child=MeasuredIn(), max_length=2000)
    tool = serializers.CharField(max_length=120, default="", allow_blank=True)
    evidence = serializers.CharField(max_length=500, default="", allow_blank=True)
    note = serializers.CharField(max_length=5000, default="", allow_blank=True)


class JudgedOut(serializers.Serializer[Any]):
    """One line of the outcome."""

    slice = serializers.CharField()
    metric = serializers.CharField()
    agreed = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    verdict = serializers.ChoiceField(choices=EvaluationRun.Outcome.choices)
    why = serializers.CharField()


class RunSignatureOut(serializers.Serializer[Any]):
    """A signature that stands for the run as it is."""

    meaning = serializers.CharField()
    name = serializers.CharField(source="signer_name")
    signed_at = serializers.DateTimeField()


class EvaluationRunRow(serializers.ModelSerializer[EvaluationRun]):
    """An evaluation run in a list."""

    version = serializers.CharField(source="version.label")
    plan = serializers.IntegerField(source="plan.number")
    sent_by = PersonOut()

    class Meta:
        model = EvaluationRun
        fields = [
            "id",
            "version",
            "identity_hash",
            "plan",
            "dataset_sha256",
            "started_at",
            "ended_at",
            "outcome",
            "tool",
            "evidence",
            "note",
            "sent_by",
            "recorded_at",
            "entry_number",
        ]


class EvaluationRunOut(EvaluationRunRow):
    """An evaluation run in full, line by line, with its signatures."""

    judged = JudgedOut(many=True)
    signatures = RunSignatureOut(many=True, source="standing_signatures")

    class Meta(EvaluationRunRow.Meta):
        fields = [*EvaluationRunRow.Meta.fields, "judged", "signatures"]


def slices_of(rows: list[dict[str, Any]]) -> list[Slice]:
    """Return slices as the rule takes them."""
    return [Slice(**row) for row in rows]


def limits_of(rows: list[dict[str, Any]]) -> list[Limit]:
    """Return limits as the rule takes them."""
    return [Limit(**row) for row in rows]


def scenarios_of(rows: list[dict[str, Any]]) -> list[Scenario]:
    """Return scenarios as the rule takes them."""
    return [Scenario(**row) for row in rows]


def results_of(rows: list[dict[str, Any]]) -> list[Measured]:
    """Return results as the rule takes them."""
    return [Measured(**row) for row in rows]
