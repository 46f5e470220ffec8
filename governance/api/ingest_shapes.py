"""What the ingest endpoints take and give; the rows themselves are decoded by telemetry.rules.rows.

These classes describe, for the API's documentation; only the heartbeat is read through one.
"""

from typing import Any

from rest_framework import serializers

from telemetry.models import Heartbeat


class MeasurementIn(serializers.Serializer[Any]):
    """A value of a KPI for the window that ends at `window_end`; null is a bad reading."""

    system = serializers.CharField(max_length=80)
    kpi = serializers.CharField(max_length=60)
    environment = serializers.CharField(max_length=30, default="production")
    segment = serializers.CharField(
        max_length=120, default="", allow_blank=True, help_text="attribute=value, or empty"
    )
    window = serializers.RegexField(r"^\d+[smhd]$", max_length=10)
    window_end = serializers.DateTimeField(help_text="with its time zone")
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(min_value=0, allow_null=True, default=None)
    low = serializers.FloatField(allow_null=True, default=None)
    high = serializers.FloatField(allow_null=True, default=None)
    revision = serializers.IntegerField(min_value=0, default=0, help_text="higher for a correction")
    quality = serializers.ChoiceField(choices=["good", "bad"], default="good")


class ToolCallIn(serializers.Serializer[Any]):
    """A call of a tool."""

    tool = serializers.CharField(max_length=60)
    outcome = serializers.CharField(max_length=60)
    amount = serializers.FloatField(allow_null=True, default=None)


class DecisionIn(serializers.Serializer[Any]):
    """One decision, answer or action of a system."""

    system = serializers.CharField(max_length=80)
    event_id = serializers.CharField(max_length=80)
    at = serializers.DateTimeField(help_text="with its time zone")
    version = serializers.CharField(max_length=60)
    environment = serializers.CharField(max_length=30, default="production")
    segment = serializers.DictField(child=serializers.CharField(max_length=60), default=dict)
    answer = serializers.CharField(allow_null=True, default=None)
    truth = serializers.CharField(allow_null=True, default=None)
    confidence = serializers.FloatField(allow_null=True, default=None)
    overridden = serializers.BooleanField(
        allow_null=True, default=None, help_text="null: no human has looked at it"
    )
    latency_ms = serializers.FloatField(allow_null=True, min_value=0, default=None)
    cost = serializers.FloatField(allow_null=True, default=None)
    topic = serializers.CharField(max_length=200, default="", allow_blank=True)
    outcome = serializers.ChoiceField(choices=["", "success", "partial", "failure"], default="")
    tool_calls = ToolCallIn(many=True, default=list)
    blocked = serializers.BooleanField(default=False)
    boundary_violation = serializers.BooleanField(default=False)
    spend = serializers.FloatField(allow_null=True, default=None)
    feedback = serializers.ChoiceField(choices=["", "up", "down"], allow_null=True, default=None)
    escalated = serializers.BooleanField(default=False)
    grounded = serializers.BooleanField(allow_null=True, default=None)
    simulated = serializers.BooleanField(default=False)


class MeasurementsIn(serializers.Serializer[Any]):
    """Measurements in bulk."""

    on_error = serializers.ChoiceField(choices=["keep_good", "refuse_all"], default="keep_good")
    source = serializers.CharField(max_length=120, default="", allow_blank=True)  # type: ignore[assignment]
    measurements = MeasurementIn(many=True)


class DecisionsIn(serializers.Serializer[Any]):
    """Decision events in bulk."""

    on_error = serializers.ChoiceField(choices=["keep_good", "refuse_all"], default="keep_good")
    source = serializers.CharField(max_length=120, default="", allow_blank=True)  # type: ignore[assignment]
    events = DecisionIn(many=True)


class RejectedOut(serializers.Serializer[Any]):
    """A row that was not taken; the first row is 1."""

    row = serializers.IntegerField()
    field = serializers.CharField()
    reason = serializers.CharField()


class BatchReceiptOut(serializers.Serializer[Any]):
    """What became of a delivery."""

    batch = serializers.UUIDField(allow_null=True, help_text="null: nothing new came")
    accepted = serializers.IntegerField()
    repeated = serializers.IntegerField(help_text="rows that were there already, with this value")
    quarantined = serializers.IntegerField(help_text="rows from the future, judged once it is past")
    quarantined_rows = serializers.ListField(child=serializers.IntegerField())
    rejected = RejectedOut(many=True)
    rejected_count = serializers.IntegerField()
    incidents = serializers.ListField(
        child=serializers.CharField(), help_text="numbers of the incidents that were opened"
    )
    computed = serializers.IntegerField(
        required=False, help_text="measurements made of decision events"
    )


class HeartbeatIn(serializers.Serializer[Any]):
    """A sign of life."""

    system = serializers.SlugField(max_length=80)
    environment = serializers.CharField(max_length=30, default="production")
    refused_calls = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)


class HeartbeatOut(serializers.ModelSerializer[Heartbeat]):
    """A sign of life as it was noted."""

    system = serializers.CharField(source="system.slug")

    class Meta:
        model = Heartbeat
        fields = ["system", "environment", "at", "refused_calls"]
