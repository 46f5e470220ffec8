"""What the endpoints of controls give."""

from datetime import datetime

from rest_framework import serializers

from reports.rules.controls import STATES
from reports.rules.evidence import Evidence

STANDINGS = ("present", "stale", "partial", "missing", "idle")


class FrameworkStandingOut(serializers.Serializer[object]):
    """A framework, and how many of its controls stand where."""

    id = serializers.CharField(source="framework.pk")
    name = serializers.CharField(source="framework.name")
    edition = serializers.CharField(source="framework.edition")
    counts = serializers.DictField(child=serializers.IntegerField())
    binding = serializers.IntegerField(help_text="How many apply now.")
    sentence = serializers.CharField()


class EvidenceLackOut(serializers.Serializer[object]):
    """What is wanting of one system."""

    system = serializers.CharField(source="slug")
    words = serializers.CharField()
    path = serializers.CharField()
    owner = serializers.CharField()


class ControlEvidenceOut(serializers.Serializer[object]):
    """What one source shows."""

    source = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    standing = serializers.SerializerMethodField()
    count = serializers.IntegerField()
    newest = serializers.DateTimeField(allow_null=True)
    fresh_until = serializers.DateTimeField(allow_null=True)
    covered = serializers.IntegerField()
    of = serializers.IntegerField()
    level = serializers.CharField()
    path = serializers.CharField()
    gap = serializers.CharField()
    owner = serializers.CharField()
    idle = serializers.CharField(help_text="Why nothing is wanted of it here.")
    lacks = EvidenceLackOut(many=True)

    def get_standing(self, one: Evidence) -> str:
        """Say where it stands at the instant: present, stale, partial, missing or idle."""
        at: datetime = self.context["at"]
        return one.standing(at)


class CrosswalkOut(serializers.Serializer[object]):
    """What the crosswalk brings: shown, never counted."""

    provision = serializers.CharField()
    framework = serializers.CharField()
    reference = serializers.CharField()
    title = serializers.CharField()
    confidence = serializers.CharField()
    why = serializers.CharField()
    checked = serializers.CharField()
    shared = serializers.ListField(child=serializers.CharField())
    more = serializers.ListField(child=serializers.CharField())


class ControlOut(serializers.Serializer[object]):
    """A control with its evidence and its state."""

    provision = serializers.CharField()
    framework = serializers.CharField()
    reference = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=list(STATES))
    applies = serializers.ChoiceField(choices=["yes", "later", "open", "no"])
    due = serializers.DateField(allow_null=True)
    owing = serializers.DictField(child=serializers.IntegerField())
    owner = serializers.CharField()
    newest = serializers.DateTimeField(allow_null=True)
    fresh_until = serializers.DateTimeField(allow_null=True)
    coverage = serializers.CharField(source="covered")
    wanted = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    signed_by = serializers.CharField()
    signed_at = serializers.DateTimeField(allow_null=True)
    evidence = ControlEvidenceOut(many=True)
    through = CrosswalkOut(many=True)


class ReadinessWorkOut(serializers.Serializer[object]):
    """One thing to do."""

    source = serializers.CharField()  # type: ignore[assignment]
    label = serializers.CharField()  # type: ignore[assignment]
    words = serializers.CharField()
    standing = serializers.ChoiceField(choices=list(STANDINGS))
    owner = serializers.CharField()
    path = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    controls = serializers.ListField(child=serializers.CharField())
    binding = serializers.IntegerField()


class ReadinessOut(serializers.Serializer[object]):
    """How it will stand on a day."""

    day = serializers.DateField()
    counts = serializers.DictField(child=serializers.IntegerField())
    work = ReadinessWorkOut(many=True)
    controls = ControlOut(many=True)
