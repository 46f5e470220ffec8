"""What the endpoints of versions, deployments, gates and fallback checks take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from registry.api.shapes import DeploymentOut, PersonOut
from registry.models import FallbackCheck, SystemVersion
from registry.rules.identities import HASHES, LONGEST, NAMES, Identity, identity_from


class HostedOut(serializers.Serializer[Any]):
    """The identity of a hosted model: what the provider calls it, and hashes of what is ours."""

    provider = serializers.CharField()
    model = serializers.CharField(source="hosted_model")
    snapshot = serializers.CharField()
    fingerprint = serializers.CharField()
    prompt_sha256 = serializers.CharField()
    tools_sha256 = serializers.CharField()
    index_sha256 = serializers.CharField()
    guardrails_sha256 = serializers.CharField()


class VersionFull(serializers.ModelSerializer[SystemVersion]):
    """A version with its identity and the hash of it that an approval names."""

    hosted = serializers.SerializerMethodField()
    author = PersonOut()
    approved_by = PersonOut(allow_null=True)

    class Meta:
        model = SystemVersion
        fields = [
            "label",
            "state",
            "digest",
            "hosted",
            "identity_hash",
            "changelog",
            "significant_design_change",
            "substantial_modification",
            "placed_on_market_at",
            "author",
            "created_at",
            "approved_by",
            "approved_at",
        ]

    @extend_schema_field(HostedOut(allow_null=True))
    def get_hosted(self, row: SystemVersion) -> Any:
        """The hosted model, null for a version that is a digest."""
        return HostedOut(row).data if row.provider else None


class HostedIn(serializers.Serializer[Any]):
    """A hosted model; hashes are SHA-256 in hex, empty where there is nothing to hash."""

    provider = serializers.CharField(max_length=LONGEST["provider"])
    model = serializers.CharField(max_length=LONGEST["hosted_model"])
    snapshot = serializers.CharField(max_length=120, default="", allow_blank=True)
    fingerprint = serializers.CharField(max_length=120, default="", allow_blank=True)
    prompt_sha256 = serializers.CharField(max_length=71, default="", allow_blank=True)
    tools_sha256 = serializers.CharField(max_length=71, default="", allow_blank=True)
    index_sha256 = serializers.CharField(max_length=71, default="", allow_blank=True)
    guardrails_sha256 = serializers.CharField(max_length=71, default="", allow_blank=True)


class VersionIn(serializers.Serializer[Any]):
    """A version to register: by its digest, or as a hosted model."""

    label = serializers.CharField(max_length=60)  # type: ignore[assignment]
    digest = serializers.CharField(max_length=80, default="", allow_blank=True)
    hosted = HostedIn(required=False, allow_null=True, default=None)
    changelog = serializers.CharField(max_length=5000, default="", allow_blank=True)
    significant_design_change = serializers.BooleanField(allow_null=True, default=None)
    substantial_modification = serializers.BooleanField(allow_null=True, default=None)


def identity_of(given: dict[str, Any]) -> Identity:
    """Take the identity out of what was given."""
    hosted = given.pop("hosted") or {}
    names = {"hosted_model": "model"}
    parts = {name: hosted.get(names.get(name, name), "") for name in (*NAMES, *HASHES)}
    return identity_from(digest=given.pop("digest"), **parts)


class ApprovalIn(serializers.Serializer[Any]):
    """An approval: what was looked at (its identity hash, or its digest), and why."""

    identity_hash = serializers.CharField(max_length=64, required=False)
    digest = serializers.CharField(max_length=80, required=False)
    significant_design_change = serializers.BooleanField(allow_null=True, default=None)
    substantial_modification = serializers.BooleanField(allow_null=True, default=None)
    reason = serializers.CharField(max_length=5000, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want what the approver looked at."""
        if not attrs.get("identity_hash") and not attrs.get("digest"):
            raise serializers.ValidationError(
                {"identity_hash": "Send the identity_hash of the version that you looked at."}
            )
        return attrs


class VersionRevocationIn(serializers.Serializer[Any]):
    """Why a version is revoked."""

    reason = serializers.CharField(max_length=5000)


class MarketIn(serializers.Serializer[Any]):
    """When a version was placed on the market or put into service, and why it is recorded."""

    placed_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=5000)


class SpanOut(serializers.Serializer[Any]):
    """A span of time; `until` null runs on."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)


class RanOut(serializers.Serializer[Any]):
    """What ran in an environment at an instant; `deployment` null: nothing did.

    `version.state` is that of today; `suspended` and `stop_scope` are those of the instant.
    """

    system = serializers.CharField()
    environment = serializers.CharField()
    environments = serializers.ListField(child=serializers.CharField())
    at = serializers.DateTimeField()
    deployment = DeploymentOut(allow_null=True)
    version = VersionFull(allow_null=True)
    suspended = serializers.BooleanField()
    stop_scope = serializers.CharField()
    gap = SpanOut(allow_null=True)
    gaps = SpanOut(many=True)


class LifeGapOut(serializers.Serializer[Any]):
    """One thing that is missing, and the page where it is mended."""

    words = serializers.CharField()
    link = serializers.CharField()


class GateCheckOut(serializers.Serializer[Any]):
    """One check of a gate; it passes when nothing is missing."""

    name = serializers.CharField()
    missing = LifeGapOut(many=True, source="gaps")


class LifeGateOut(serializers.Serializer[Any]):
    """A step that the system could take next, and its checks."""

    edge = serializers.CharField()
    open = serializers.BooleanField()
    checks = GateCheckOut(many=True)


class FallbackCheckIn(serializers.Serializer[Any]):
    """A try to fall back to a version, by the person who did it."""

    version = serializers.CharField(max_length=60)
    environment = serializers.RegexField(r"^[a-z][a-z0-9-]*$", max_length=30, default="production")
    passed = serializers.BooleanField()
    how = serializers.CharField(max_length=5000)
    evidence = serializers.CharField(max_length=5000, default="", allow_blank=True)
    evidence_sha256 = serializers.CharField(max_length=71, default="", allow_blank=True)
    tested_at = serializers.DateTimeField()


class FallbackCheckOut(serializers.ModelSerializer[FallbackCheck]):
    """A check of a fallback."""

    version = serializers.CharField(source="version.label")
    passed = serializers.SerializerMethodField()
    person = PersonOut()

    class Meta:
        model = FallbackCheck
        fields = [
            "id",
            "version",
            "environment",
            "passed",
            "how",
            "evidence",
            "evidence_sha256",
            "person",
            "tested_at",
            "recorded_at",
            "entry_number",
        ]

    def get_passed(self, row: FallbackCheck) -> bool:
        """Whether it worked."""
        return row.result == FallbackCheck.Result.PASSED
