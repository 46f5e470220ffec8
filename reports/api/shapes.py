"""What the reports' endpoints take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reports.models import Pack
from reports.rules.asked import FRAMEWORK_KINDS, KINDS, RECIPIENTS
from reports.selectors.packs import systems_of


class PackIn(serializers.Serializer[Pack]):
    """A request for a pack of exactly one of system, unit, organisation and number."""

    system = serializers.SlugField(
        default="", allow_blank=True, help_text="The system's short name."
    )
    unit = serializers.CharField(
        max_length=120,
        default="",
        allow_blank=True,
        help_text="A unit's id or name: all its systems and those of the units below it.",
    )
    organisation = serializers.BooleanField(
        default=False, help_text="Every system, and simply every ledger line of the period."
    )
    number = serializers.CharField(
        max_length=20,
        default="",
        allow_blank=True,
        help_text="One matter: the number of an incident, or of an authority's request.",
    )
    kind = serializers.ChoiceField(
        choices=[(key, KINDS[key]) for key in (*FRAMEWORK_KINDS, "everything")],
        default="everything",
        help_text="Along which framework; a matter has its own kind.",
    )
    recipient = serializers.ChoiceField(
        choices=list(RECIPIENTS.items()),
        default="auditor",
        help_text="For whom: decides what is withheld, which the pack lists.",
    )
    since = serializers.DateTimeField(
        required=False, help_text="Begin of the period, with its zone. A matter knows its own."
    )
    until = serializers.DateTimeField(
        required=False, help_text="End of the period, not included; cut to now, or to as_of."
    )
    as_of = serializers.CharField(
        max_length=60,
        default="",
        allow_blank=True,
        help_text="Show the record as it was at this instant, read as the parameter as_of is.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want a period, but of a matter."""
        if not attrs["number"]:
            missing = {
                name: "This field is required." for name in ("since", "until") if name not in attrs
            }
            if missing:
                raise serializers.ValidationError(missing)
        return attrs


class PackSystemOut(serializers.Serializer[Pack]):
    """A system that a pack is about."""

    slug = serializers.CharField()
    name = serializers.CharField()


class PackOut(serializers.ModelSerializer[Pack]):
    """A pack: what it is about, how far it is, what was built."""

    system = serializers.SerializerMethodField(help_text="The one system's short name, else ''.")
    systems = serializers.SerializerMethodField()
    unit = serializers.SerializerMethodField()
    incident = serializers.SerializerMethodField()
    request = serializers.SerializerMethodField()
    requested_by = serializers.CharField(source="requested_by.name")

    class Meta:
        model = Pack
        fields = [
            "number",
            "kind",
            "breadth",
            "recipient",
            "subject",
            "system",
            "systems",
            "unit",
            "incident",
            "request",
            "since",
            "until",
            "as_of",
            "state",
            "step",
            "part",
            "progress",
            "waits_for",
            "failure",
            "requested_by",
            "requested_at",
            "request_entry",
            "newest_entry",
            "built_at",
            "sha256",
            "size",
            "files",
            "pages",
            "missing",
            "checkpoint_size",
            "key",
        ]

    def get_system(self, pack: Pack) -> str:
        """Return the one system's short name."""
        systems = systems_of(pack)
        return systems[0].slug if len(systems) == 1 else ""

    @extend_schema_field(PackSystemOut(many=True))
    def get_systems(self, pack: Pack) -> list[dict[str, str]]:
        """Return the systems as they were when it was asked for."""
        return [{"slug": item.slug, "name": item.name} for item in systems_of(pack)]

    def get_unit(self, pack: Pack) -> str:
        """Return the unit's name."""
        return pack.unit.name if pack.unit else ""

    def get_incident(self, pack: Pack) -> str:
        """Return the incident's number."""
        return pack.incident.number if pack.incident else ""

    def get_request(self, pack: Pack) -> str:
        """Return the number of the authority's request."""
        return pack.request.number if pack.request else ""


class WhyIn(serializers.Serializer[object]):
    """Why."""

    reason = serializers.CharField(max_length=2000)
