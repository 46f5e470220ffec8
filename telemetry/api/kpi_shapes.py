"""What the endpoints of the catalogue take and give."""

from typing import Any

from rest_framework import serializers

from registry.api.shapes import PersonOut
from telemetry.models import Kpi, KpiDefinition, KpiTemplate, Perspective
from telemetry.rules.kpi_checks import (
    BETTER,
    LONGEST_ID,
    MOST_BANDS,
    OWNER_ROLES,
    TIMINGS,
    YEAR,
    Meaning,
)

MEANING = [
    "name", "category", "unit", "better", "formula", "window", "timing", "cadence_seconds",
    "owner_role", "perspective", "counter_metric", "counter_metric_note", "explanation", "lowest",
    "highest", "neutral", "bands",
]  # fmt: skip


class KpiOut(serializers.ModelSerializer[Kpi]):
    """A KPI of the catalogue. `bands` are examples: they bind nobody until one is approved."""

    counter_metric = serializers.CharField(source="counter_metric_id", allow_null=True)
    of_unit = serializers.UUIDField(source="of_unit_id", allow_null=True)
    bands = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = Kpi
        fields = [
            "id", *MEANING, "reference", "checked", "computed", "breach_kind", "own", "of_unit",
            "definition_number", "catalogue_version", "off", "switched_at",
        ]  # fmt: skip


class KpiDefinitionOut(serializers.ModelSerializer[KpiDefinition]):
    """A definition of a KPI: one that is in force, was, or waits for approval."""

    kpi = serializers.CharField(source="key")
    counter_metric = serializers.CharField(source="counter_metric_id", allow_null=True)
    of_unit = serializers.UUIDField(source="of_unit_id", allow_null=True)
    bands = serializers.ListField(child=serializers.DictField())
    author = PersonOut(allow_null=True)
    decided_by = PersonOut(allow_null=True)

    class Meta:
        model = KpiDefinition
        fields = [
            "id", "kpi", "number", "state", *MEANING, "of_unit", "reason", "author", "drafted_at",
            "decided_by", "decided_at", "note",
        ]  # fmt: skip


class KpiMeaningIn(serializers.Serializer[Any]):
    """What an own KPI is to say, and why it is needed or changed."""

    name = serializers.CharField(max_length=120)
    category = serializers.ChoiceField(choices=Kpi.Category.choices)
    unit = serializers.CharField(max_length=40)
    better = serializers.ChoiceField(choices=BETTER)
    formula = serializers.CharField(max_length=2000)
    window = serializers.CharField(max_length=160)
    timing = serializers.ChoiceField(choices=TIMINGS)
    cadence_seconds = serializers.IntegerField(min_value=60, max_value=YEAR)
    owner_role = serializers.ChoiceField(choices=OWNER_ROLES, default="owner")
    perspective = serializers.ChoiceField(choices=Perspective.choices)
    explanation = serializers.CharField(max_length=600)
    counter_metric = serializers.CharField(max_length=LONGEST_ID, default=None, allow_null=True)
    counter_metric_note = serializers.CharField(max_length=200, default="", allow_blank=True)
    lowest = serializers.FloatField(default=None, allow_null=True)
    highest = serializers.FloatField(default=None, allow_null=True)
    neutral = serializers.FloatField(default=None, allow_null=True)
    bands = serializers.ListField(
        child=serializers.DictField(), max_length=MOST_BANDS, default=list
    )
    reason = serializers.CharField(max_length=2000)

    def meaning(self) -> Meaning:
        """Return what the service takes."""
        given = dict(self.validated_data)
        for name in ("reason", "id", "of_unit"):
            given.pop(name, None)
        counter, bands = given.pop("counter_metric"), given.pop("bands")
        return Meaning(counter_metric_id=counter, bands=tuple(bands), **given)


class NewKpiIn(KpiMeaningIn):
    """An own KPI with its id, which begins with own_, and the unit that it is for."""

    id = serializers.CharField(max_length=LONGEST_ID)
    of_unit = serializers.UUIDField()


class KpiNoteIn(serializers.Serializer[Any]):
    """What whoever decides has to say."""

    note = serializers.CharField(max_length=2000, default="", allow_blank=True)


class KpiTemplateOut(serializers.ModelSerializer[KpiTemplate]):
    """A KPI that the scorecard of a kind of system begins with."""

    kpi = serializers.CharField(source="kpi_id")

    class Meta:
        model = KpiTemplate
        fields = ["kind", "position", "kpi", "perspective", "why", "on_breach", "release"]


class ProposedBandsOut(serializers.Serializer[Any]):
    """The threshold that a profile proposes, by the names that a threshold is drafted with."""

    kpi = serializers.CharField()
    profile = serializers.CharField()
    proposed = serializers.DictField(allow_null=True)
