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
    outcome = serializers.CharField(max_length=60, help_text="success or ok where it succeeded")
    amount = serializers.FloatField(allow_null=True, default=None)
    duration_ms = serializers.FloatField(allow_null=True, min_value=0, default=None)
    error = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="timeout, auth, schema or other"
    )
    retried = serializers.BooleanField(default=False)
    asked = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="as the declared scope names it"
    )


class EventApprovalIn(serializers.Serializer[Any]):
    """An approval that was asked for."""

    what = serializers.CharField(max_length=60, default="", allow_blank=True)
    granted = serializers.BooleanField(allow_null=True, default=None, help_text="null: unanswered")
    by = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="a role, never a name"
    )
    seconds = serializers.FloatField(allow_null=True, min_value=0, default=None)


def _text(longest: int, words: str = "") -> serializers.CharField:
    return serializers.CharField(max_length=longest, allow_null=True, default=None, help_text=words)


def _digest(words: str = "") -> serializers.RegexField:
    return serializers.RegexField(
        r"^(sha256:)?[0-9a-fA-F]{64}$", allow_null=True, default=None, help_text=words
    )


def _number(words: str = "") -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, default=None, help_text=words)


def _seconds(words: str = "") -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, default=None, help_text=words, min_value=0)


def _flag(words: str = "") -> serializers.BooleanField:
    return serializers.BooleanField(allow_null=True, default=None, help_text=words)


def _ids(words: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=80), max_length=1000, default=None, allow_null=True,
        help_text=words,
    )  # fmt: skip


def _count(words: str = "") -> serializers.IntegerField:
    return serializers.IntegerField(
        allow_null=True, default=None, min_value=0, max_value=2**31 - 1, help_text=words
    )


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
    feedback = serializers.ChoiceField(
        choices=["", "up", "down", "clicked", "escalated", "skipped"], allow_null=True, default=None
    )
    escalated = serializers.BooleanField(default=False)
    grounded = serializers.BooleanField(allow_null=True, default=None)
    simulated = serializers.BooleanField(default=False)
    question = _text(4000, "what was asked; shown masked")
    input_sha256 = _digest("of the inputs, where they are not sent themselves")
    sources = serializers.ListField(
        child=serializers.CharField(max_length=400), max_length=100, default=None, allow_null=True,
        help_text="what the answer rests on",
    )  # fmt: skip
    model = _text(120, "the hosted model that answered, as its provider names it")
    fingerprint = _text(120)
    prompt_sha256 = _digest()
    tools_sha256 = _digest()
    guardrails_sha256 = _digest()
    index_sha256 = _digest()
    digest = _text(80, "of the version that was built")
    policy_version = _text(60)
    score = _number("of the answer that counts, such as a probability")
    scores = serializers.DictField(
        child=serializers.FloatField(), default=None, allow_null=True, help_text="by class"
    )
    predicted = _number()
    predicted_low = _number()
    predicted_high = _number()
    actual = _number()
    ranking = _ids("what was shown, in its order")
    relevant = _ids("which items were relevant, shown or not")
    corrected_seconds = _seconds("how long a human took to correct it")
    approve_seconds = _seconds()
    complete_seconds = _seconds()
    skipped = _flag("true: passed over without a reaction; false: used")
    approvals = EventApprovalIn(many=True, default=None, allow_null=True)
    near_miss = _flag()
    tokens_in = _count()
    tokens_out = _count()
    conversation = _text(120)
    canary = _text(80, "the item of the canary set that this answers")
    hallucinated = _flag("null: nobody has judged it")
    toxic = _flag()
    refused = _flag()
    format_ok = _flag()


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
    dry_run = serializers.BooleanField(
        required=False, help_text="true: this is what would have become of it; nothing was kept"
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
