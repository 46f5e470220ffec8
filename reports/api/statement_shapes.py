"""Shapes of statements of applicability, uploads to controls and gaps in the API."""

from typing import Any

from rest_framework import serializers

from reports.rules.statements import LONGEST

REASON = 2000
STATES = "draft, in_force, replaced or withdrawn"


class ApplicabilityLineIn(serializers.Serializer[Any]):
    """What a statement says of one control."""

    provision = serializers.CharField(max_length=40)
    applicable = serializers.BooleanField()
    reason = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, default="")
    how = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, default="")


class ApplicabilityLinesIn(serializers.Serializer[Any]):
    """Lines to write; those that are left out stay."""

    lines = serializers.ListField(child=ApplicabilityLineIn(), max_length=500)


class ApplicabilityLineOut(serializers.Serializer[Any]):
    """A line of a statement."""

    provision = serializers.CharField(source="provision.pk")
    reference = serializers.CharField(source="provision.reference")
    title = serializers.CharField(source="provision.title")
    applicable = serializers.BooleanField(source="line.applicable")
    reason = serializers.CharField(source="line.reason")
    how = serializers.CharField(source="line.how")


class StatementLineOut(serializers.Serializer[Any]):
    """A statement in a list."""

    id = serializers.UUIDField()
    framework = serializers.CharField(source="framework_id")
    version = serializers.IntegerField()
    state = serializers.CharField(help_text=STATES)
    revision = serializers.IntegerField()
    author = serializers.CharField(source="author.name")
    drafted_at = serializers.DateTimeField()
    signed_by = serializers.CharField(source="signature.signer_name", default="")
    signed_at = serializers.DateTimeField(source="approved_at", allow_null=True)
    sha256 = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_reason = serializers.CharField()


class StatementOut(serializers.Serializer[Any]):
    """A statement with its lines; `shown_sha256` is what `approve` takes.

    `intact` says whether a signed statement reads as it was signed, null for one that is not.
    """

    statement = StatementLineOut()
    lines = ApplicabilityLineOut(many=True, source="rows")
    shown_sha256 = serializers.CharField(source="sha256")
    intact = serializers.BooleanField(allow_null=True)


class StatementIn(serializers.Serializer[Any]):
    """The framework whose next version is begun."""

    framework = serializers.CharField(max_length=40)


class StatementSignIn(serializers.Serializer[Any]):
    """A signature: the hash that was shown, why, and a proof who signs."""

    sha256 = serializers.CharField(min_length=64, max_length=64)
    reason = serializers.CharField(max_length=REASON)
    password = serializers.CharField(max_length=500, required=False, allow_blank=True)
    code = serializers.CharField(max_length=20, required=False, allow_blank=True)
    assertion = serializers.JSONField(required=False)


class StatedReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=REASON)


class ControlUploadOut(serializers.Serializer[Any]):
    """An upload to a control; it counts in the state `reviewed` until its last day."""

    id = serializers.UUIDField()
    provision = serializers.CharField(source="provision_id")
    title = serializers.CharField()
    link = serializers.CharField()
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    valid_until = serializers.DateField(allow_null=True)
    state = serializers.CharField(help_text="waiting, reviewed, refused or withdrawn")
    owner = serializers.CharField(source="owner.name")
    uploaded_by = serializers.CharField(source="uploaded_by.name")
    uploaded_at = serializers.DateTimeField()
    reviewed_by = serializers.CharField(source="reviewed_by.name", default="")
    reviewed_at = serializers.DateTimeField(allow_null=True)
    said = serializers.CharField()


class ControlUploadIn(serializers.Serializer[Any]):
    """A file (as multipart/form-data) or a link that shows a control; without owner the caller."""

    provision = serializers.CharField(max_length=40)
    title = serializers.CharField(max_length=200)
    file = serializers.FileField(required=False, max_length=1000)
    link = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    owner = serializers.UUIDField(required=False)
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)


class ControlReviewIn(serializers.Serializer[Any]):
    """Whether an upload shows the control, and what was looked at."""

    accepted = serializers.BooleanField()
    said = serializers.CharField(max_length=REASON)


class GapOut(serializers.Serializer[Any]):
    """A gap of a control; without a system it is of all of them, or of the organisation."""

    id = serializers.UUIDField()
    provision = serializers.CharField(source="provision_id")
    system = serializers.CharField(source="system.slug", default="")
    owner = serializers.UUIDField(source="owner_id")
    owner_name = serializers.CharField(source="owner.name")
    due_at = serializers.DateTimeField()
    note = serializers.CharField()
    state = serializers.CharField(help_text="open or closed")
    version = serializers.IntegerField()
    assigned_by = serializers.CharField(source="assigned_by.name")
    assigned_at = serializers.DateTimeField()
    closed_by = serializers.CharField(source="closed_by.name", default="")
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_reason = serializers.CharField()


class GapChangeIn(serializers.Serializer[Any]):
    """Who closes a gap until when; what is left out stays."""

    owner = serializers.UUIDField(required=False)
    due_at = serializers.DateTimeField(required=False)
    note = serializers.CharField(max_length=REASON, required=False, allow_blank=True)


class GapIn(serializers.Serializer[Any]):
    """A gap to assign."""

    provision = serializers.CharField(max_length=40)
    system = serializers.CharField(
        max_length=80, required=False, allow_blank=True, default="", help_text="Its short name."
    )
    owner = serializers.UUIDField()
    due_at = serializers.DateTimeField()
    note = serializers.CharField(max_length=REASON, required=False, allow_blank=True, default="")
