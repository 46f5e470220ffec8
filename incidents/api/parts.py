"""The parts of one incident as its endpoint gives them."""

from typing import Any

from rest_framework import serializers

from incidents.models import (
    Action,
    ClockPause,
    Evidence,
    Findings,
    FirstAssessment,
    PastCycle,
    Questions,
    RegulatoryClock,
    Transition,
    Validation,
    VerificationWindow,
)
from registry.api.shapes import PersonOut

QUESTION_FIELDS = ["person_harmed", "rights_affected", "personal_data", "critical_service"]


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


class ClockPauseOut(serializers.ModelSerializer[ClockPause]):
    """A stage's deadline that stood still; `ended_at` null while it does, or when it was left."""

    asked_by = PersonOut()
    approved_by = PersonOut()

    class Meta:
        model = ClockPause
        fields = [
            "cycle",
            "stage",
            "reason",
            "asked_by",
            "approved_by",
            "from_at",
            "until_at",
            "ended_at",
            "entry_number",
        ]


class PastCycleOut(serializers.ModelSerializer[PastCycle]):
    """How a cycle ended that was followed by another one."""

    class Meta:
        model = PastCycle
        fields = [
            "cycle",
            "plan_sha256",
            "severity",
            "level",
            "resolution",
            "lessons",
            "detection_gap",
            "closed_at",
            "reopened_at",
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
