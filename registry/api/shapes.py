"""What the registry's endpoints take and give."""

from typing import Any

from rest_framework import serializers

from registry.models import Deployment, System, SystemVersion, User
from registry.rules.lifecycle import EDGES


class PersonOut(serializers.ModelSerializer[User]):
    """A person as others see them."""

    class Meta:
        model = User
        fields = ["id", "name", "title"]


class VersionOut(serializers.ModelSerializer[SystemVersion]):
    """A version: what it is, who wrote it, who approved it."""

    author = PersonOut()
    approved_by = PersonOut(allow_null=True)

    class Meta:
        model = SystemVersion
        fields = [
            "label",
            "digest",
            "changelog",
            "state",
            "author",
            "created_at",
            "approved_by",
            "approved_at",
        ]


class DeploymentOut(serializers.ModelSerializer[Deployment]):
    """A version that is or was live in an environment."""

    version = serializers.CharField(source="version.label")
    fallback = serializers.SerializerMethodField()

    class Meta:
        model = Deployment
        fields = [
            "environment",
            "version",
            "fallback",
            "suspended",
            "stop_scope",
            "from_at",
            "until_at",
            "ended_reason",
        ]

    def get_fallback(self, row: Deployment) -> str | None:
        """The label of the version to fall back to."""
        return row.fallback.label if row.fallback else None


class SystemRow(serializers.ModelSerializer[System]):
    """A system in a list."""

    unit = serializers.CharField(source="unit.name")
    owner = PersonOut()
    deputy = PersonOut()
    live = DeploymentOut(many=True, source="live_deployments")

    class Meta:
        model = System
        fields = [
            "slug",
            "name",
            "kind",
            "unit",
            "owner",
            "deputy",
            "risk_tier",
            "legal_class",
            "lifecycle",
            "version",
            "live",
        ]


class LifecycleChangeOut(serializers.Serializer[Any]):
    """One step of a system's life."""

    edge = serializers.CharField()
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    actor_name = serializers.CharField()
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    entry_number = serializers.IntegerField()


class SystemOut(SystemRow):
    """A system in full, with its versions, deployments and the steps of its life.

    `as_of` is the past instant that was asked for, null for now.
    """

    as_of = serializers.DateTimeField(default=None, allow_null=True)
    versions = VersionOut(many=True, source="all_versions")
    deployments = DeploymentOut(many=True, source="all_deployments")
    lifecycle_changes = LifecycleChangeOut(many=True, source="all_changes")

    class Meta(SystemRow.Meta):
        fields = [
            "as_of",
            *SystemRow.Meta.fields,
            "purpose",
            "users_affected",
            "supplier",
            "data_sources",
            "simulated",
            "registered_at",
            "versions",
            "deployments",
            "lifecycle_changes",
        ]


class SystemIn(serializers.Serializer[Any]):
    """A system to register."""

    slug = serializers.SlugField(max_length=80)
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=System.Kind.choices)
    unit = serializers.UUIDField()
    owner = serializers.UUIDField()
    deputy = serializers.UUIDField()
    purpose = serializers.CharField(max_length=5000)
    risk_tier = serializers.ChoiceField(choices=System.Tier.choices)
    legal_class = serializers.ChoiceField(
        choices=System.LegalClass.choices, default=System.LegalClass.UNDECIDED
    )
    users_affected = serializers.CharField(max_length=5000, default="", allow_blank=True)
    supplier = serializers.CharField(max_length=120, default="", allow_blank=True)
    data_sources = serializers.CharField(max_length=5000, default="", allow_blank=True)


class LifecycleIn(serializers.Serializer[Any]):
    """A step of a system's life, with the reason."""

    edge = serializers.ChoiceField(choices=list(EDGES))
    reason = serializers.CharField(max_length=5000)


class DeploymentIn(serializers.Serializer[Any]):
    """What to make live, by labels."""

    environment = serializers.RegexField(r"^[a-z][a-z0-9-]*$", max_length=30, default="production")
    version = serializers.CharField(max_length=60)
    fallback = serializers.CharField(max_length=60, allow_null=True, default=None)
    reason = serializers.CharField(max_length=5000)


class RoleOut(serializers.Serializer[Any]):
    """A role that is held now, for a unit or a system."""

    role = serializers.CharField()
    unit = serializers.CharField(allow_null=True)
    system = serializers.CharField(allow_null=True)


class MeOut(serializers.Serializer[Any]):
    """Who the caller is, and what they hold."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    name = serializers.CharField()
    title = serializers.CharField()
    email = serializers.EmailField()
    zone = serializers.CharField()
    language = serializers.CharField()
    roles = RoleOut(many=True)
    acts_for = PersonOut(many=True)
    scopes = serializers.ListField(child=serializers.CharField())
    systems = serializers.ListField(child=serializers.CharField())
