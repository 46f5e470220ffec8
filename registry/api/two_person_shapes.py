"""What the endpoints of classifications, risk tiers and impact assessments take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from registry.api.shapes import PersonOut
from registry.models import Classification, ImpactAssessment, System, TierChange
from registry.rules.questionnaires import LONGEST, Answer
from registry.selectors.assessments import standing_of

LONGEST_REASON = 5000

ASSESSMENT_STANDINGS = ["draft", "in_review", "in_force", "expired", "replaced"]


class SignedIn(serializers.Serializer[Any]):
    """What proves who signs: the password, a code, or a passkey's answer; or nothing, if fresh."""

    password = serializers.CharField(
        required=False, default="", allow_blank=True, write_only=True, trim_whitespace=False,
        max_length=1000,
    )  # fmt: skip
    code = serializers.CharField(
        required=False, default="", allow_blank=True, write_only=True, max_length=20
    )
    assertion = serializers.JSONField(required=False, default=dict, write_only=True)


class SignedReasonIn(SignedIn):
    """A reason, signed."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class StepReasonIn(serializers.Serializer[Any]):
    """A reason."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class QuestionAnswerIn(serializers.Serializer[Any]):
    """One answer: `value`, or `values` where several options may hold; and why."""

    value = serializers.CharField(required=False, default="", allow_blank=True, max_length=LONGEST)
    values = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, default=list, max_length=60
    )
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=LONGEST)


class QuestionAnswersIn(serializers.Serializer[Any]):
    """Answers by question; questions that are not named stay as they are."""

    answers = serializers.DictField(child=QuestionAnswerIn(), allow_empty=True)

    def given(self) -> dict[str, Answer]:
        """Return the answers."""
        return {
            key: Answer(one["value"], tuple(one["values"]), one["reason"])
            for key, one in self.validated_data["answers"].items()
        }


class ClassificationRow(serializers.ModelSerializer[Classification]):
    """A classification in a list."""

    submitted_by = PersonOut(allow_null=True)
    confirmed_by = PersonOut(allow_null=True)

    class Meta:
        model = Classification
        fields = [
            "number",
            "state",
            "version",
            "questionnaire",
            "legal_class",
            "started_at",
            "submitted_by",
            "submitted_at",
            "returned_because",
            "confirmed_by",
            "confirmed_at",
            "confirmed_because",
            "reopened_at",
            "reopened_because",
            "superseded_at",
            "record_sha256",
        ]


class ClassificationOut(ClassificationRow):
    """A classification in full: answers with reasons, and what they came to when submitted."""

    answers = serializers.DictField()
    outcome = serializers.DictField()

    class Meta(ClassificationRow.Meta):
        fields = [*ClassificationRow.Meta.fields, "answers", "outcome"]


class TierChangeOut(serializers.ModelSerializer[TierChange]):
    """A proposed risk tier, and what a second person said."""

    proposed_by = PersonOut()
    decided_by = PersonOut(allow_null=True)

    class Meta:
        model = TierChange
        fields = [
            "id",
            "state",
            "from_tier",
            "to_tier",
            "reason",
            "proposed_by",
            "proposed_at",
            "applied_at",
            "decided_by",
            "decided_at",
            "decided_because",
        ]


class LegalFactsOut(serializers.Serializer[Any]):
    """What the confirmed classification states; `open` names what nobody has decided."""

    tiers = serializers.ListField(child=serializers.CharField())
    roles = serializers.ListField(child=serializers.CharField())
    points = serializers.ListField(child=serializers.CharField())
    flags = serializers.ListField(child=serializers.CharField())
    open = serializers.ListField(child=serializers.CharField())


class ClassificationStateOut(serializers.Serializer[Any]):
    """The class that stands, what is being written, the facts, the tier with its floor."""

    as_of = serializers.DateTimeField(allow_null=True)
    legal_class = serializers.ChoiceField(choices=System.LegalClass.choices)
    risk_tier = serializers.ChoiceField(choices=System.Tier.choices)
    tier_floor = serializers.ChoiceField(choices=System.Tier.choices)
    facts = LegalFactsOut()
    standing = ClassificationOut(allow_null=True)
    under_way = ClassificationOut(allow_null=True)
    tier_change = TierChangeOut(allow_null=True)


class TierIn(serializers.Serializer[Any]):
    """Another risk tier, and why."""

    to_tier = serializers.ChoiceField(choices=System.Tier.choices)
    reason = serializers.CharField(max_length=LONGEST_REASON)


class TierDecisionIn(serializers.Serializer[Any]):
    """Whether a proposed tier is agreed to, and why."""

    agreed = serializers.BooleanField()
    reason = serializers.CharField(max_length=LONGEST_REASON)


class AssessmentStartIn(serializers.Serializer[Any]):
    """Which assessment is begun."""

    kind = serializers.ChoiceField(choices=ImpactAssessment.Kind.choices)


class AssessmentSubmitIn(SignedIn):
    """The last day on which it holds, signed."""

    expires_on = serializers.DateField()


class NotificationIn(serializers.Serializer[Any]):
    """That the authority was told: when, which, under which reference."""

    notified_on = serializers.DateField()
    notified_to = serializers.CharField(max_length=200)
    reference = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class AssessmentRow(serializers.ModelSerializer[ImpactAssessment]):
    """An assessment in a list; `standing` is its state as read at the instant, 'expired' too."""

    standing = serializers.SerializerMethodField()
    submitted_by = PersonOut(allow_null=True)
    reviewed_by = PersonOut(allow_null=True)

    class Meta:
        model = ImpactAssessment
        fields = [
            "kind",
            "number",
            "state",
            "standing",
            "version",
            "form",
            "risk_floor",
            "started_at",
            "submitted_by",
            "submitted_at",
            "returned_because",
            "reviewed_by",
            "reviewed_at",
            "review",
            "expires_on",
            "expires_at",
            "replaced_at",
            "due_again_at",
            "due_again_because",
            "notified_on",
            "notified_to",
            "notified_reference",
            "record_sha256",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=ASSESSMENT_STANDINGS))
    def get_standing(self, row: ImpactAssessment) -> str:
        """The state, 'expired' where its time has passed."""
        return standing_of(row, self.context["at"])


class AssessmentOut(AssessmentRow):
    """An assessment in full, with its filled form."""

    answers = serializers.DictField()

    class Meta(AssessmentRow.Meta):
        fields = [*AssessmentRow.Meta.fields, "answers"]


class RequiredOut(serializers.Serializer[Any]):
    """An assessment that the Act asks for: 'yes', or 'open' where facts are not decided."""

    kind = serializers.CharField()
    basis = serializers.CharField()
    said = serializers.ChoiceField(choices=["yes", "open"])


class AssessmentsOut(serializers.Serializer[Any]):
    """The assessments of a system, what is asked for, and what of it is missing."""

    as_of = serializers.DateTimeField(allow_null=True)
    asked_for = RequiredOut(many=True)
    missing = RequiredOut(many=True)
    assessments = AssessmentRow(many=True)
