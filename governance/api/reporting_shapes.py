"""What the endpoints of cases take and give."""

from typing import Any

from rest_framework import serializers

from governance.models import EscalationFiring, Policy, Watch
from governance.rules.policy import banners
from governance.selectors.policies import document_of
from registry.api.shapes import PersonOut

ANSWER = r"^(yes|no|unknown)$"


class ReportIn(serializers.Serializer[Any]):
    """What was seen of a system, when, and by whom; the four questions as far as they are known."""

    system = serializers.SlugField(max_length=80)
    title = serializers.CharField(max_length=200)
    seen = serializers.CharField(max_length=8000)
    seen_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    known_by = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    environment = serializers.CharField(max_length=30, default="production")
    person_harmed = serializers.RegexField(ANSWER, default="unknown")
    rights_affected = serializers.RegexField(ANSWER, default="unknown")
    personal_data = serializers.RegexField(ANSWER, default="unknown")
    critical_service = serializers.RegexField(ANSWER, default="unknown")


class LineIn(serializers.Serializer[Any]):
    """One line."""

    line = serializers.CharField(max_length=500)


class StepIn(serializers.Serializer[Any]):
    """A step of the escalation, as the firing names it."""

    rule = serializers.CharField(max_length=40)
    step = serializers.IntegerField(min_value=0)


class PolicyIn(serializers.Serializer[Any]):
    """The next version of a unit's policy, as a whole document."""

    unit_id = serializers.UUIDField()
    body = serializers.DictField()
    reason = serializers.CharField(max_length=2000)


class WatchOut(serializers.ModelSerializer[Watch]):
    """A breach too small for an incident."""

    system = serializers.CharField(source="system.slug")
    kind = serializers.CharField()
    state = serializers.CharField()
    answered_by = PersonOut(allow_null=True)

    class Meta:
        model = Watch
        exclude = ["dedup_key", "standing"]


class FiringOut(serializers.ModelSerializer[EscalationFiring]):
    """A step that fired: to whom, found how."""

    acknowledged_by = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = EscalationFiring
        exclude = ["incident", "plan_sha256"]


class PolicyOut(serializers.ModelSerializer[Policy]):
    """One version of the rules of a unit, with what readers must be told of it."""

    unit = serializers.CharField(source="unit.name")
    state = serializers.CharField()
    author = PersonOut()
    approved_by = PersonOut(allow_null=True)
    banners = serializers.SerializerMethodField()

    class Meta:
        model = Policy
        fields = [
            "id",
            "unit",
            "number",
            "profile",
            "state",
            "example",
            "set_up",
            "author",
            "approved_by",
            "valid_from",
            "sha256",
            "banners",
            "body",
        ]

    def get_banners(self, row: Policy) -> list[str]:
        """What readers must be told though it is allowed."""
        return list(banners(document_of(row)))
