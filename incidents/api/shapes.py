"""What the endpoints of incidents take and give."""

from typing import Any

from rest_framework import serializers

from incidents.api.parts import (
    ActionOut,
    ClockOut,
    ClockPauseOut,
    EvidenceOut,
    FindingsOut,
    FirstAssessmentOut,
    GateOut,
    PastCycleOut,
    PossibleOut,
    QuestionsOut,
    StageOut,
    TransitionOut,
    ValidationOut,
    WindowOut,
)
from incidents.models import Incident
from incidents.rules.transitions import STATE_WORDS
from registry.api.shapes import PersonOut


class IncidentRow(serializers.ModelSerializer[Incident]):
    """An incident in a list."""

    system = serializers.CharField(source="system.slug")
    system_name = serializers.CharField(source="system.name")
    unit = serializers.CharField(source="unit.name")
    owner = PersonOut()
    deputy = PersonOut()
    state_words = serializers.SerializerMethodField()

    class Meta:
        model = Incident
        fields = [
            "number",
            "title",
            "kind",
            "category",
            "system",
            "system_name",
            "environment",
            "unit",
            "owner",
            "deputy",
            "risk_tier",
            "severity",
            "severity_validated",
            "state",
            "state_words",
            "version",
            "cycle",
            "level",
            "contained",
            "suppressed",
            "drill",
            "waiting_for",
            "waiting_since",
            "waiting_until",
            "onset_at",
            "detected_at",
            "opened_at",
            "stage_entered_at",
            "stage_due_at",
            "first_assessment_due_at",
            "closed_at",
        ]

    def get_state_words(self, row: Incident) -> str:
        """The state as pages print it."""
        return STATE_WORDS[row.state]


class IncidentOut(IncidentRow):
    """An incident in full; `as_of` is the past instant that was asked for, null for now."""

    as_of = serializers.DateTimeField(default=None, allow_null=True)
    live_version = serializers.CharField(source="live_version.label", default=None)
    recurs_from = serializers.CharField(source="recurs_from.number", default=None)
    duplicate_of = serializers.CharField(source="duplicate_of.number", default=None)
    pauses = ClockPauseOut(many=True)
    past_cycles = PastCycleOut(many=True)
    stages = StageOut(many=True, source="read.stages")
    who_may_act = GateOut(many=True, source="read.gate")
    commands = PossibleOut(many=True, source="read.commands")
    questions = QuestionsOut(many=True, source="read.questions")
    assessments = FirstAssessmentOut(many=True, source="read.assessments")
    findings = FindingsOut(many=True, source="read.findings")
    validations = ValidationOut(many=True, source="read.validations")
    evidence = EvidenceOut(many=True, source="read.evidence")
    clocks = ClockOut(many=True, source="read.clocks")
    actions = ActionOut(many=True, source="read.actions")
    proofs = WindowOut(many=True, source="read.windows")
    transitions = TransitionOut(many=True, source="read.transitions")

    class Meta(IncidentRow.Meta):
        fields = [
            "as_of",
            *IncidentRow.Meta.fields,
            "summary",
            "live_version",
            "recurs_from",
            "duplicate_of",
            "pauses",
            "past_cycles",
            "proposed_severity",
            "returns",
            "plan_sha256",
            "onset_method",
            "aware_at",
            "aware_by",
            "recovered_at",
            "resolution",
            "lessons",
            "detection_gap",
            "stages",
            "who_may_act",
            "commands",
            "questions",
            "assessments",
            "findings",
            "validations",
            "evidence",
            "clocks",
            "actions",
            "proofs",
            "transitions",
        ]


class IncidentPageOut(serializers.Serializer[Any]):
    """One page of incidents; `next` is the cursor of the following one, null at the end."""

    as_of = serializers.DateTimeField(allow_null=True)
    next = serializers.CharField(allow_null=True)
    results = IncidentRow(many=True)


class CommandOut(serializers.Serializer[Any]):
    """What a command came to; `replayed` when the Idempotency-Key was seen before."""

    replayed = serializers.BooleanField()
    transition = TransitionOut()
    incident = IncidentRow()


class QueueIn(serializers.Serializer[Any]):
    """How the list is narrowed; several values of one filter are alternatives."""

    state = serializers.MultipleChoiceField(choices=Incident.State.choices, default=set)
    severity = serializers.MultipleChoiceField(choices=Incident.Severity.choices, default=set)
    kind = serializers.MultipleChoiceField(choices=Incident.Kind.choices, default=set)
    system = serializers.SlugField(default="", allow_blank=True)
    unit = serializers.UUIDField(default=None, allow_null=True)
    owner = serializers.UUIDField(default=None, allow_null=True)
    open = serializers.BooleanField(default=False)
    overdue = serializers.BooleanField(default=False)
    q = serializers.CharField(default="", allow_blank=True, max_length=200)
    order = serializers.ChoiceField(choices=["opened", "due"], default="opened")
    cursor = serializers.CharField(default="", allow_blank=True, max_length=400)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


class ReceiptIn(serializers.Serializer[Any]):
    """What was observed of an ordered action.

    A gateway answers with the nonce that it was sent; a second person with evidence.
    """

    nonce = serializers.CharField(max_length=64, default="", allow_blank=True)
    observed = serializers.DictField()
    evidence = serializers.CharField(max_length=5000, default="", allow_blank=True)


class ReceiptOut(serializers.Serializer[Any]):
    """Whether what was observed is what was ordered."""

    replayed = serializers.BooleanField()
    matches = serializers.BooleanField(source="receipt.matches")
    how = serializers.CharField(source="receipt.how")
    at = serializers.DateTimeField(source="receipt.at")
    entry_number = serializers.IntegerField(source="receipt.entry_number")
    action = ActionOut()


class StateIn(serializers.Serializer[Any]):
    """Which version a gateway runs, and where."""

    environment = serializers.CharField(max_length=30, default="production")
    version = serializers.CharField(max_length=60, default=None, allow_null=True)


class AcceptedOut(serializers.Serializer[Any]):
    """An accepted risk of the system: valid at this instant or not, and why not."""

    number = serializers.CharField()
    incident = serializers.CharField()
    valid = serializers.BooleanField()
    state = serializers.CharField()
    until_at = serializers.DateTimeField()
    since = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    versions = serializers.ListField(child=serializers.CharField())


class ActionAfterOut(serializers.Serializer[Any]):
    """One decision after a limit, without what was asked and answered."""

    event_id = serializers.CharField()
    at = serializers.DateTimeField()
    version = serializers.CharField()
    outcome = serializers.CharField()
    blocked = serializers.BooleanField()
    boundary_violation = serializers.BooleanField()
    spend = serializers.FloatField(allow_null=True)
    tools = serializers.ListField(child=serializers.CharField())


class AfterLimitOut(serializers.Serializer[Any]):
    """What it did after it was told to stop: how many decisions, and the last 50."""

    since = serializers.DateTimeField(allow_null=True)
    why = serializers.CharField()
    count = serializers.IntegerField()
    actions = ActionAfterOut(many=True)


class StateOut(serializers.Serializer[Any]):
    """Whether a version may serve, how long the answer holds, what to do without a new one."""

    system = serializers.CharField()
    environment = serializers.CharField()
    may_serve = serializers.BooleanField()
    reason = serializers.CharField()
    version = serializers.CharField(allow_null=True)
    digest = serializers.CharField(allow_null=True)
    fallback = serializers.CharField(allow_null=True)
    stopped_scope = serializers.CharField()
    restrictions = serializers.ListField(child=serializers.CharField())
    acceptances = AcceptedOut(many=True)
    actions_after_limit = AfterLimitOut()
    ttl_seconds = serializers.IntegerField()
    fail_mode = serializers.ChoiceField(choices=["open", "closed"])


class FieldOut(serializers.Serializer[Any]):
    """One field of a command."""

    name = serializers.CharField()
    words = serializers.CharField(source="label")
    kind = serializers.CharField()
    is_required = serializers.BooleanField(source="required")
    choices = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    hint = serializers.CharField()


class EdgeOut(serializers.Serializer[Any]):
    """One arrow of the transition table."""

    code = serializers.CharField()
    from_state = serializers.CharField(source="source")
    to_state = serializers.CharField(source="target")


class TableRowOut(serializers.Serializer[Any]):
    """A command: who may give it, what it asks for, where it leads."""

    command = serializers.CharField()
    words = serializers.CharField()
    who = serializers.ListField(child=serializers.CharField())
    signature = serializers.CharField()
    fields_asked = FieldOut(many=True)
    edges = EdgeOut(many=True)
