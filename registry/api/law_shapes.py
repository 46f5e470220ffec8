"""What the endpoints of the law take and give."""

from typing import Any

from rest_framework import serializers

from registry.models import (
    ClockRule,
    CrosswalkPair,
    Framework,
    KpiDuty,
    Milestone,
    Provision,
    Questionnaire,
    Source,
)
from registry.rules.obligations import Obligation
from registry.selectors.law_pages import checked_words, condition_words

LONGEST = 2000


class LawSourceOut(serializers.ModelSerializer[Source]):
    """A publication that rows rest on."""

    class Meta:
        model = Source
        fields = ["id", "title", "kind"]


class FrameworkOut(serializers.ModelSerializer[Framework]):
    """A framework with how many rows stand in it."""

    parts = serializers.IntegerField()

    class Meta:
        model = Framework
        fields = ["id", "name", "kind", "edition", "about", "sources", "checked", "parts"]


class MilestoneOut(serializers.ModelSerializer[Milestone]):
    """A date of the law with its status; `plain_date` says whether it may be called a due date."""

    status_words = serializers.CharField(source="get_status_display")
    plain_date = serializers.SerializerMethodField()

    class Meta:
        model = Milestone
        fields = [
            "id",
            "framework",
            "date",
            "status",
            "status_words",
            "plain_date",
            "what",
            "provisions",
            "legal_basis",
            "note",
            "superseded_by",
            "sources",
            "checked",
            "superseded_in",
        ]

    def get_plain_date(self, row: Milestone) -> bool:
        """Adopted law with a date; all else is shown with its status only."""
        return row.date is not None and row.status.startswith("adopted_")


class MilestoneFactOut(serializers.Serializer[Any]):
    """A milestone as part of a date."""

    id = serializers.CharField()
    date = serializers.DateField(allow_null=True)
    status = serializers.CharField()
    what = serializers.CharField()
    legal_basis = serializers.CharField()
    note = serializers.CharField()
    superseded_by = serializers.CharField()
    sources = serializers.ListField(child=serializers.CharField())
    checked = serializers.CharField()


class DateLineOut(serializers.Serializer[Any]):
    """A date of a provision: the latest of its milestones; `plain` only for adopted, dated law.

    `reading` is own, at_latest or see; `applies` is open where a fact of the system is undecided.
    """

    date = serializers.DateField(allow_null=True)
    status = serializers.CharField()
    reading = serializers.CharField()
    applies = serializers.CharField()
    plain = serializers.BooleanField()
    milestones = MilestoneFactOut(many=True)
    replaced = MilestoneFactOut(many=True)


class ProvisionRow(serializers.ModelSerializer[Provision]):
    """A provision in a list."""

    class Meta:
        model = Provision
        fields = [
            "id",
            "framework",
            "parent",
            "kind",
            "reference",
            "title",
            "who",
            "supporting",
            "status",
            "sources",
            "checked",
            "superseded_in",
        ]


class PairOut(serializers.ModelSerializer[CrosswalkPair]):
    """A pair of the crosswalk with its confidence."""

    class Meta:
        model = CrosswalkPair
        fields = [
            "id",
            "reference",
            "ai_act",
            "iso_42001",
            "nist_ai_rmf",
            "confidence",
            "why",
            "sources",
            "checked",
        ]


class KpiDutyOut(serializers.ModelSerializer[KpiDuty]):
    """A KPI that answers to the provision."""

    class Meta:
        model = KpiDuty
        fields = ["kpi", "provision", "words", "sources", "checked"]


class ProvisionOut(ProvisionRow):
    """A provision in full."""

    condition = serializers.JSONField()
    condition_words = serializers.SerializerMethodField()
    document = serializers.JSONField()
    dates = DateLineOut(many=True, source="all_dates")
    parts = ProvisionRow(many=True, source="all_parts")
    crosswalk = PairOut(many=True, source="all_pairs")
    kpis = KpiDutyOut(many=True, source="all_kpis")
    publications = LawSourceOut(many=True, source="all_sources")

    class Meta(ProvisionRow.Meta):
        fields = [
            *ProvisionRow.Meta.fields,
            "condition",
            "condition_words",
            "document",
            "dates",
            "parts",
            "crosswalk",
            "kpis",
            "publications",
        ]

    def get_condition_words(self, row: Provision) -> str:
        """The condition as the page says it."""
        return condition_words(row.condition)


class ClockRuleOut(serializers.ModelSerializer[ClockRule]):
    """A duty to report within a time; `regime_answer` is the organisation's, null for every one."""

    regime_answer = serializers.CharField(allow_null=True)

    class Meta:
        model = ClockRule
        fields = [
            "id",
            "regime",
            "limb",
            "basis",
            "question",
            "hours",
            "period",
            "counts_from",
            "status",
            "statutory_from",
            "applies_to",
            "regime_answer",
            "source",
            "sources",
            "checked",
            "superseded_in",
        ]


class QuestionnaireOut(serializers.ModelSerializer[Questionnaire]):
    """The newest version of a questionnaire."""

    class Meta:
        model = Questionnaire
        fields = ["slug", "version", "title", "document", "sources", "checked", "loaded_at"]


class ObligationOut(serializers.Serializer[Obligation]):
    """What a provision asks of a system.

    `due` is null where the law or a fact leaves it open; `due_now` is null there too.
    """

    provision = serializers.CharField(source="provision.id")
    framework = serializers.CharField(source="provision.framework")
    reference = serializers.CharField(source="provision.reference")
    title = serializers.CharField(source="provision.title")
    who = serializers.ListField(child=serializers.CharField(), source="provision.who")
    roles = serializers.ListField(child=serializers.CharField())
    supporting = serializers.BooleanField()
    applies = serializers.CharField()
    status = serializers.CharField()
    due = serializers.DateField(allow_null=True)
    due_now = serializers.BooleanField(allow_null=True)
    dates = DateLineOut(many=True)
    evidence = serializers.SerializerMethodField()
    only_where = serializers.SerializerMethodField()
    sources = serializers.ListField(child=serializers.CharField(), source="provision.sources")
    checked = serializers.CharField(source="provision.checked")
    checked_words = serializers.SerializerMethodField()

    def get_evidence(self, one: Obligation) -> str:
        """The evidence that is wanted."""
        return str(one.provision.document.get("evidence", ""))

    def get_only_where(self, one: Obligation) -> str:
        """A circumstance that no fact of the classification states; '' for none."""
        return str(one.provision.document.get("only_where", ""))

    def get_checked_words(self, one: Obligation) -> str:
        """Whether the row was compared with its sources."""
        return checked_words(one.provision.checked)


class SystemObligationsOut(serializers.Serializer[Any]):
    """What a system owes on a day at the organisation's seat."""

    system = serializers.CharField()
    on = serializers.DateField()
    classified = serializers.BooleanField()
    roles = serializers.ListField(child=serializers.CharField())
    open_facts = serializers.ListField(child=serializers.CharField())
    obligations = ObligationOut(many=True)


class RegimeAnswerIn(serializers.Serializer[Any]):
    """An answer on a regime, and what it rests on."""

    answer = serializers.ChoiceField(choices=["yes", "no", "undecided"])
    # A field of this name is the contract; what it hides on the base class is never used here.
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=LONGEST, default="", allow_blank=True
    )


class RegimesIn(serializers.Serializer[Any]):
    """Answers by fact, and why."""

    answers = serializers.DictField(child=RegimeAnswerIn())
    reason = serializers.CharField(max_length=LONGEST)


class RegimeOut(serializers.Serializer[Any]):
    """The answer that counts on one regime."""

    fact = serializers.CharField()
    regime = serializers.CharField()
    ask = serializers.CharField()
    answer = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    of_system = serializers.BooleanField()


class RegimesOut(serializers.Serializer[Any]):
    """The regimes with the version that a change must name; 0 before anybody decided."""

    version = serializers.IntegerField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    regimes = RegimeOut(many=True)
