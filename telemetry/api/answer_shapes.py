"""What the endpoints of answers take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from registry.api.shapes import PersonOut
from telemetry.models import AnswerReview
from telemetry.rules.answers import MEASURES, Measure, SliceCounts
from telemetry.selectors.answers import PERIODS, USUAL_DAYS, Event
from telemetry.services.answers import LONGEST


class AnswerRowOut(serializers.Serializer[Event]):
    """A decision event without what was asked and answered."""

    key = serializers.CharField()
    system = serializers.CharField(source="system.slug")
    at = serializers.DateTimeField()
    event_id = serializers.CharField()
    version = serializers.CharField(source="row.version_label")
    environment = serializers.CharField(source="row.environment")
    topic = serializers.CharField(source="row.topic")
    outcome = serializers.CharField()
    reactions = serializers.ListField(child=serializers.CharField())
    overridden = serializers.BooleanField(allow_null=True)
    blocked = serializers.BooleanField(source="row.blocked")
    confidence = serializers.FloatField(source="row.confidence", allow_null=True)
    question_words = serializers.IntegerField()
    answer_words = serializers.IntegerField()
    sources_count = serializers.IntegerField()


class AnswersOut(serializers.Serializer[Any]):
    """One page: `older` is the next place, '' at the end."""

    results = AnswerRowOut(many=True, source="events")
    older = serializers.CharField(allow_blank=True)
    too_few = serializers.BooleanField()


class AnswerOut(AnswerRowOut):
    """A decision event with what was asked and answered; the look is on record."""

    question = serializers.CharField(source="row.question", allow_null=True)
    answer = serializers.CharField(source="row.answer", allow_null=True)
    truth = serializers.CharField(allow_null=True)
    sources = serializers.ListField(
        source="row.sources", child=serializers.CharField(), allow_null=True
    )
    segment = serializers.DictField(source="row.segment", child=serializers.CharField())


class RateOut(serializers.Serializer[Any]):
    """A rate with its 95 % interval."""

    value = serializers.FloatField()
    n = serializers.IntegerField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class SliceOut(serializers.Serializer[SliceCounts]):
    """A slice of ten events or more; `of` is '' for all, topic, version or segment:<key>."""

    of = serializers.CharField(allow_blank=True)
    part = serializers.CharField(allow_blank=True)
    events = serializers.IntegerField()
    overridden = serializers.SerializerMethodField()
    disliked = serializers.SerializerMethodField()
    failed = serializers.SerializerMethodField()

    @extend_schema_field(RateOut(allow_null=True))
    def get_overridden(self, row: SliceCounts) -> Any:
        """Overridden of those reviewed; null under ten."""
        return _rate(row, "overridden")

    @extend_schema_field(RateOut(allow_null=True))
    def get_disliked(self, row: SliceCounts) -> Any:
        """Thumbs down of all reactions; null under ten."""
        return _rate(row, "disliked")

    @extend_schema_field(RateOut(allow_null=True))
    def get_failed(self, row: SliceCounts) -> Any:
        """Failed of those that ended; null under ten."""
        return _rate(row, "failed")


class WorstOut(serializers.Serializer[Any]):
    """The slice that is surely worst by a measure, and the rate of all beside it."""

    measure = serializers.ChoiceField(choices=MEASURES)
    of = serializers.CharField(source="slice.of")
    part = serializers.CharField(source="slice.part")
    figure = RateOut()
    whole = RateOut(allow_null=True)
    sure = serializers.BooleanField()


class SlicesOut(serializers.Serializer[Any]):
    """The slices of the newest 5,000 events, and the worst of them."""

    slices = SliceOut(many=True)
    worst = WorstOut(many=True)


class AnswerReviewOut(serializers.ModelSerializer[AnswerReview]):
    """A review: who sent it to whom and why; the verdict, once it is given."""

    system = serializers.CharField(source="system.slug")
    key = serializers.CharField()
    sent_by = PersonOut()
    reviewer = PersonOut()

    class Meta:
        model = AnswerReview
        fields = [
            "id", "system", "key", "reason", "sent_by", "sent_at", "reviewer", "state", "verdict",
            "words", "reviewed_at",
        ]  # fmt: skip


class LookIn(serializers.Serializer[Any]):
    """Why somebody looks."""

    reason = serializers.CharField(max_length=LONGEST)


class LabelSetIn(LookIn):
    """How far back, whether with what was asked and answered, and what for."""

    days = serializers.ChoiceField(choices=PERIODS, default=USUAL_DAYS)
    content = serializers.BooleanField(default=False)


class AnswerReviewIn(LookIn):
    """Who shall review, and why."""

    reviewer = serializers.UUIDField()


class AnswerVerdictIn(serializers.Serializer[Any]):
    """What the reviewer found, and because of what."""

    verdict = serializers.ChoiceField(choices=AnswerReview.Verdict.choices)
    words = serializers.CharField(max_length=LONGEST)
    truth = serializers.CharField(
        max_length=LONGEST,
        default="",
        allow_blank=True,
        help_text="what a wrong answer should have been; kept with the label alone",
    )


def _rate(row: SliceCounts, measure: Measure) -> Any:
    figure = row.figure(measure)
    return None if figure is None else RateOut(figure).data
