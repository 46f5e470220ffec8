"""Shapes of own frameworks in the API."""

from typing import Any

from rest_framework import serializers

from reports.api.statement_shapes import REASON
from reports.rules.plain_yaml import LONGEST

STATES = "proposed, in_force, replaced, refused or withdrawn"


class OwnFrameworkTextIn(serializers.Serializer[Any]):
    """A framework as YAML: the text itself, or a file in a form."""

    text = serializers.CharField(
        max_length=LONGEST, required=False, allow_blank=True, default="", trim_whitespace=False
    )
    file = serializers.FileField(required=False, max_length=1000)


class OwnFrameworkIn(OwnFrameworkTextIn):
    """A framework as YAML, and why it is brought."""

    reason = serializers.CharField(max_length=REASON)


class OwnFrameworkApprovalIn(serializers.Serializer[Any]):
    """The hash of the version that was read, and what was looked at."""

    sha256 = serializers.CharField(min_length=64, max_length=64)
    reason = serializers.CharField(max_length=REASON)


class OwnFrameworkLineOut(serializers.Serializer[Any]):
    """A version in a list."""

    id = serializers.UUIDField()
    framework = serializers.CharField(source="key")
    version = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.CharField(help_text=STATES)
    sha256 = serializers.CharField()
    brought_by = serializers.CharField(source="brought_by.name")
    brought_at = serializers.DateTimeField()
    brought_because = serializers.CharField()
    approved_by = serializers.CharField(source="approved_by.name", default="")
    approved_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_reason = serializers.CharField()


class OwnFrameworkChangeOut(serializers.Serializer[Any]):
    """One thing that a version changes; `control` is empty for the framework itself."""

    control = serializers.CharField()
    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class OwnFrameworkFaultOut(serializers.Serializer[Any]):
    """What is wrong, and on which line; 0 where it is of the whole."""

    line = serializers.IntegerField()
    words = serializers.CharField()


class OwnFrameworkOut(OwnFrameworkLineOut):
    """A version with what was understood, and what it changes of the version `against`."""

    document = serializers.DictField()
    against = serializers.IntegerField(allow_null=True)
    changes = OwnFrameworkChangeOut(many=True)


class OwnFrameworkPreviewOut(serializers.Serializer[Any]):
    """What would be understood; `document` is null while there are faults."""

    faults = OwnFrameworkFaultOut(many=True)
    document = serializers.DictField(allow_null=True)
    against = serializers.IntegerField(allow_null=True)
    changes = OwnFrameworkChangeOut(many=True)
