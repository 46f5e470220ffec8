"""Shapes of the auditor's room in the API."""

from typing import Any

from rest_framework import serializers

from registry.api.shapes import PersonOut
from reports.models import AuditAnswer, AuditEvidence, AuditQuestion
from reports.selectors.populations import DRAWN_AT_MOST, POPULATIONS
from reports.services.asking import LONGEST


class AuditScopeOut(serializers.Serializer[Any]):
    """What the caller audits, and until when."""

    system = serializers.CharField(source="role.system.slug", default=None)
    unit = serializers.UUIDField(source="role.unit_id", allow_null=True)
    name = serializers.CharField()
    systems = serializers.IntegerField()
    from_at = serializers.DateTimeField(source="role.from_at")
    ends_at = serializers.DateTimeField()


class AuditPlaceOut(serializers.Serializer[Any]):
    """A page that the room leads to."""

    url = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    words = serializers.CharField()


class AuditRoomOut(serializers.Serializer[Any]):
    """The room: scope, pages, lists to sample, the newest root."""

    scope = AuditScopeOut(many=True)
    places = AuditPlaceOut(many=True)
    lists = serializers.ListField(child=serializers.CharField())
    root = serializers.CharField()  # type: ignore[assignment]
    checkpoint_size = serializers.IntegerField()


class AuditAnswerOut(serializers.ModelSerializer[AuditAnswer]):
    """An answer, or why it was sent back."""

    kind = serializers.CharField()
    given_by = PersonOut()

    class Meta:
        model = AuditAnswer
        exclude = ["id", "question"]


class AuditEvidenceOut(serializers.ModelSerializer[AuditEvidence]):
    """What an answer rests on."""

    kind = serializers.CharField()
    added_by = PersonOut()

    class Meta:
        model = AuditEvidence
        exclude = ["id", "question"]


class AuditQuestionOut(serializers.ModelSerializer[AuditQuestion]):
    """A question with all that was said and named."""

    state = serializers.CharField()
    about = serializers.CharField()
    system = serializers.CharField(source="system.slug", default=None)
    unit = serializers.UUIDField(source="unit_id", allow_null=True)
    asked_by = PersonOut()
    settled_by = PersonOut(allow_null=True)
    answers = AuditAnswerOut(many=True)
    evidence = AuditEvidenceOut(many=True)

    class Meta:
        model = AuditQuestion
        exclude = ["id"]


class AuditQuestionIn(serializers.Serializer[Any]):
    """A question about one system (its short name) or one unit (its id)."""

    text = serializers.CharField(max_length=LONGEST)
    due_at = serializers.DateTimeField()
    system = serializers.SlugField(default=None, allow_null=True)
    unit = serializers.UUIDField(default=None, allow_null=True)
    about = serializers.ChoiceField(
        choices=[one for one in AuditQuestion.About.values if one], default="", allow_blank=True
    )
    about_key = serializers.CharField(max_length=120, default="", allow_blank=True)


class AuditWordsIn(serializers.Serializer[Any]):
    """What is said."""

    text = serializers.CharField(max_length=LONGEST)


class AuditReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=4000)


class AuditEvidenceIn(serializers.Serializer[Any]):
    """What an answer rests on."""

    kind = serializers.ChoiceField(choices=AuditEvidence.Kind.choices)
    title = serializers.CharField(max_length=200)
    reference = serializers.CharField(max_length=2000)
    sha256 = serializers.CharField(max_length=64, default="", allow_blank=True)


class SampleIn(serializers.Serializer[Any]):
    """Which list, of which days at the seat, by which seed, how many."""

    list = serializers.ChoiceField(choices=list(POPULATIONS))
    since = serializers.DateField()
    until = serializers.DateField()
    seed = serializers.CharField(max_length=200, required=False)
    n = serializers.IntegerField(min_value=1, max_value=DRAWN_AT_MOST, default=5)
    system = serializers.SlugField(default="", allow_blank=True)


class DrawnOut(serializers.Serializer[Any]):
    """One drawn row."""

    place = serializers.IntegerField(source="draw.place")
    key = serializers.CharField(source="draw.key")
    sha256 = serializers.CharField(source="draw.sha256")
    what = serializers.CharField(source="item.what")
    at = serializers.DateTimeField(source="item.at")
    url = serializers.CharField(source="item.url")


class SampleOut(serializers.Serializer[Any]):
    """What was drawn, of how many rows, by which seed."""

    list = serializers.CharField()
    seed = serializers.CharField()
    size = serializers.IntegerField()
    rows = DrawnOut(many=True)
