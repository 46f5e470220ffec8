"""What the endpoints of incidents take and give."""

from typing import Any

from rest_framework import serializers

from incidents.models import (
    Action,
    Evidence,
    Findings,
    FirstAssessment,
    Incident,
    Questions,
    RegulatoryClock,
    Transition,
    Validation,
    VerificationWindow,
)
from incidents.rules.transitions import STATE_WORDS
from registry.api.shapes import PersonOut

QUESTION_FIELDS = ["person_harmed", "rights_affected", "personal_data", "critical_service"]


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


class TransitionOut(serializers.ModelSerializer[Transition]):
    """One change: who, in which role, from where to where, why, and its ledger entry."""

    class Meta:
        model = Transition
        fields = [
            "version",
            "cycle",
            "code",
            "command",
            "from_state",
            "to_state",
            "person",
            "person_name",
            "role",
            "on_behalf_of",
            "at",
            "reason",
            "payload",
            "entry_number",
        ]


class QuestionsOut(serializers.ModelSerializer[Questions]):
    """The four answers of the acknowledgement."""

    answered_by = PersonOut()

    class Meta:
        model = Questions
        fields = [*QUESTION_FIELDS, "cycle", "answered_by", "answered_at", "entry_number"]


class FirstAssessmentOut(serializers.ModelSerializer[FirstAssessment]):
    """A first assessment."""

    written_by = PersonOut()

    class Meta:
        model = FirstAssessment
        exclude = ["id", "incident"]


class FindingsOut(serializers.ModelSerializer[Findings]):
    """One revision of the owner's findings, with the hash that was signed."""

    submitted_by = PersonOut()

    class Meta:
        model = Findings
        exclude = ["id", "incident"]


class ValidationOut(serializers.ModelSerializer[Validation]):
    """A signed review of one hash of the findings."""

    validator = PersonOut()

    class Meta:
        model = Validation
        exclude = ["id", "incident", "findings"]


class EvidenceOut(serializers.ModelSerializer[Evidence]):
    """Something that supports findings or a proof."""

    added_by = PersonOut()

    class Meta:
        model = Evidence
        exclude = ["incident"]


class ClockOut(serializers.ModelSerializer[RegulatoryClock]):
    """A duty to report that may run, counted from the earliest awareness."""

    regime = serializers.CharField(source="rule.regime")
    basis = serializers.CharField(source="rule.basis")
    hours = serializers.IntegerField(source="rule.hours")

    class Meta:
        model = RegulatoryClock
        exclude = ["incident"]


class ActionOut(serializers.ModelSerializer[Action]):
    """An ordered action; its nonce is told to its gateway only."""

    executor = PersonOut()
    confirmed_by = PersonOut(allow_null=True)
    target_version = serializers.CharField(source="target_version.label", default=None)

    class Meta:
        model = Action
        exclude = ["incident", "nonce"]


class WindowOut(serializers.ModelSerializer[VerificationWindow]):
    """A proof: its rule, how it stands, and the readings that it was judged from."""

    class Meta:
        model = VerificationWindow
        exclude = ["incident"]


class StageOut(serializers.Serializer[Any]):
    """One stage of the tracker."""

    name = serializers.CharField()
    state = serializers.CharField()
    people = serializers.ListField(child=serializers.CharField())
    due = serializers.DateTimeField(allow_null=True)
    met = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class GateOut(serializers.Serializer[Any]):
    """Who may act now, or why not."""

    person = PersonOut()
    role = serializers.CharField()
    may = serializers.BooleanField()
    reason = serializers.CharField()


class PossibleOut(serializers.Serializer[Any]):
    """A command of the present state, and whether the caller may give it."""

    command = serializers.CharField(source="command.name")
    may = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    who_can = serializers.SerializerMethodField()

    def get_may(self, row: Any) -> bool:
        """Whether the caller may."""
        return row.refusal is None

    def get_reason(self, row: Any) -> str:
        """Why not."""
        return str(row.refusal.reason) if row.refusal else ""

    def get_who_can(self, row: Any) -> list[str]:
        """Who can instead."""
        return list(row.refusal.who_can) if row.refusal else []


class IncidentOut(IncidentRow):
    """An incident in full."""

    live_version = serializers.CharField(source="live_version.label", default=None)
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
            *IncidentRow.Meta.fields,
            "summary",
            "live_version",
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
