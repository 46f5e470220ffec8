"""Shapes of board reports and factors in the API."""

from typing import Any

from rest_framework import serializers

from reports.models import ConsequenceFactor, Report
from reports.rules.board import LONGEST, NARRATIVES
from reports.rules.consequence import CONSEQUENCES, DIRECTIONS
from reports.rules.quarters import KINDS

HASH = 64
KIND_CHOICES = list(KINDS.items())
MEASURE_CHOICES = list(CONSEQUENCES.items())
DIRECTION_CHOICES = list(DIRECTIONS.items())


class ReportLineOut(serializers.ModelSerializer[Report]):
    """A report in a list; `system` and `unit` are empty for the whole organisation."""

    system = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    author = serializers.CharField(source="author.name")

    class Meta:
        model = Report
        fields = [
            "number",
            "kind",
            "system",
            "unit",
            "year",
            "quarter",
            "edition",
            "state",
            "author",
            "begun_at",
            "drawn_at",
            "version",
            "issued_at",
            "sha256",
        ]


class ReportPageOut(serializers.Serializer[Any]):
    """A page of reports; `next` is the place of the next one, empty at the end.

    `as_of` is the past instant that was asked for, null for now.
    """

    results = ReportLineOut(many=True, source="reports")
    next = serializers.CharField(allow_blank=True)
    as_of = serializers.DateTimeField(allow_null=True)


class BoardReportOut(serializers.Serializer[Any]):
    """A report: `content` is what is frozen when it is issued, with names beside the persons' ids.

    `shown_sha256` is the hash of the canonical content: what `issue` takes. `intact` says whether
    an issued report reads as it was signed. `as_of` is the past instant that was asked for, null
    for now.
    """

    report = ReportLineOut()
    content = serializers.JSONField()
    shown_sha256 = serializers.CharField(source="sha256")
    intact = serializers.BooleanField()
    as_of = serializers.DateTimeField(allow_null=True)


class BoardReportIn(serializers.Serializer[Any]):
    """A report to begin: a review of a system, a board report of a unit or of the organisation."""

    kind = serializers.ChoiceField(choices=KIND_CHOICES)
    quarter = serializers.CharField(max_length=10, help_text="2026-Q3")
    system = serializers.CharField(max_length=80, required=False, help_text="Its short name.")
    unit = serializers.UUIDField(required=False)


class NarrativeIn(serializers.Serializer[Any]):
    """What is written beside the figures; sections that are left out stay as they are."""

    def get_fields(self) -> dict[str, Any]:
        """Return a field for each section."""
        return {
            name: serializers.CharField(
                max_length=LONGEST, required=False, allow_blank=True, help_text=title
            )
            for name, title in NARRATIVES.items()
        }


class ReportReasonIn(serializers.Serializer[Any]):
    """A reason."""

    reason = serializers.CharField(max_length=2000)


class IssueIn(ReportReasonIn):
    """A signature under the content whose hash is given; the proof as in every ceremony."""

    sha256 = serializers.CharField(min_length=HASH, max_length=HASH)
    password = serializers.CharField(max_length=500, required=False, allow_blank=True)
    code = serializers.CharField(max_length=20, required=False, allow_blank=True)
    assertion = serializers.JSONField(required=False)


class FactorIn(serializers.Serializer[Any]):
    """A factor to draft, for a system or a unit; `amount` is for one point in a quarter."""

    kpi = serializers.CharField(max_length=60)
    system = serializers.CharField(max_length=80, required=False, help_text="Its short name.")
    unit = serializers.UUIDField(required=False)
    measures = serializers.ChoiceField(choices=MEASURE_CHOICES)
    amount = serializers.DecimalField(max_digits=18, decimal_places=4)
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True, default="")
    direction = serializers.ChoiceField(choices=DIRECTION_CHOICES)
    words = serializers.CharField(max_length=2000)
    source = serializers.CharField(max_length=500)  # type: ignore[assignment]
    source_words = serializers.CharField(max_length=2000)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)


class FactorOut(serializers.ModelSerializer[ConsequenceFactor]):
    """A factor with its source and who stands behind it."""

    system = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    author = serializers.CharField(source="author.name")
    approved_by = serializers.CharField(source="approved_by.name", default=None)

    class Meta:
        model = ConsequenceFactor
        fields = [
            "id",
            "kpi",
            "system",
            "unit",
            "version",
            "measures",
            "amount",
            "currency",
            "direction",
            "words",
            "source",
            "source_words",
            "valid_from",
            "valid_until",
            "state",
            "author",
            "drafted_at",
            "approved_by",
            "approved_at",
            "ended_at",
            "ended_reason",
        ]
