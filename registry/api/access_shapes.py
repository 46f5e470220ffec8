"""What the endpoints of people and access take and give."""

from typing import Any

from rest_framework import serializers

from registry.api.shapes import PersonOut
from registry.models import (
    BreakGlass,
    Delegation,
    Leave,
    RoleAssignment,
    SetupException,
    Unit,
    User,
)

LONG = 5000


class PersonShown(serializers.ModelSerializer[User]):
    """An account as who looks into its unit sees it."""

    unit = serializers.CharField(source="unit.name", allow_null=True, default=None)

    class Meta:
        model = User
        fields = [
            "id",
            "kind",
            "name",
            "title",
            "email",
            "unit",
            "zone",
            "is_active",
            "joined_at",
            "last_login",
            "deactivated_at",
        ]


class InviteIn(serializers.Serializer[Any]):
    """A person to invite."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=120)
    title = serializers.CharField(max_length=120, default="", allow_blank=True)
    unit = serializers.UUIDField()


class ChangePersonIn(serializers.Serializer[Any]):
    """What is said of a person."""

    name = serializers.CharField(max_length=120)
    title = serializers.CharField(max_length=120, default="", allow_blank=True)
    unit = serializers.UUIDField()
    zone = serializers.CharField(max_length=60)


class AccessReasonIn(serializers.Serializer[Any]):
    """Why something is done."""

    reason = serializers.CharField(max_length=LONG)


class RoleHeld(serializers.ModelSerializer[RoleAssignment]):
    """A role: of whom, for what, since when, until when, granted and confirmed by whom."""

    user = PersonOut()
    unit = serializers.CharField(source="unit.name", allow_null=True, default=None)
    system = serializers.CharField(source="system.slug", allow_null=True, default=None)
    granted_by = PersonOut(allow_null=True)
    confirmed_by = PersonOut(allow_null=True)

    class Meta:
        model = RoleAssignment
        fields = [
            "id",
            "user",
            "role",
            "unit",
            "system",
            "from_at",
            "until_at",
            "granted_by",
            "reason",
            "confirmed_at",
            "confirmed_by",
        ]


class GrantIn(serializers.Serializer[Any]):
    """A role to grant, for one unit or one system."""

    role = serializers.ChoiceField(choices=RoleAssignment.Role.choices)
    unit = serializers.UUIDField(allow_null=True, default=None)
    system = serializers.UUIDField(allow_null=True, default=None)
    until_at = serializers.DateTimeField(allow_null=True, default=None)
    reason = serializers.CharField(max_length=LONG)


class LeaveOut(serializers.ModelSerializer[Leave]):
    """A leave."""

    class Meta:
        model = Leave
        fields = ["id", "from_at", "until_at"]


class LeaveIn(serializers.Serializer[Any]):
    """When somebody is away."""

    from_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField()


class DelegationOut(serializers.ModelSerializer[Delegation]):
    """Who acts for whom, in what, until when, recorded by whom."""

    principal = PersonOut()
    delegate = PersonOut()
    approved_by = PersonOut(allow_null=True)
    unit = serializers.CharField(source="unit.name", allow_null=True, default=None)
    system = serializers.CharField(source="system.slug", allow_null=True, default=None)

    class Meta:
        model = Delegation
        fields = [
            "id",
            "principal",
            "delegate",
            "unit",
            "system",
            "from_at",
            "until_at",
            "reason",
            "approved_by",
        ]


class DelegationIn(serializers.Serializer[Any]):
    """Who shall act for a person; for everything without a unit or system."""

    delegate = serializers.UUIDField()
    unit = serializers.UUIDField(allow_null=True, default=None)
    system = serializers.UUIDField(allow_null=True, default=None)
    from_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=LONG)


class DutyOut(serializers.Serializer[Any]):
    """A duty of who leaves."""

    key = serializers.CharField()
    source = serializers.CharField(source="source.label")  # type: ignore[assignment]
    words = serializers.CharField(source="duty.words")
    successor = serializers.ChoiceField(
        source="duty.successor", choices=["needed", "optional", "none"]
    )
    note = serializers.CharField(source="duty.note")


class LeavingIn(serializers.Serializer[Any]):
    """Who takes over what, by the duty's key, and why."""

    successors = serializers.DictField(child=serializers.UUIDField(), default=dict)
    reason = serializers.CharField(max_length=LONG)


class UnitOut(serializers.ModelSerializer[Unit]):
    """A unit."""

    class Meta:
        model = Unit
        fields = ["id", "name", "parent", "calendar"]


class UnitIn(serializers.Serializer[Any]):
    """A unit to create below another one."""

    name = serializers.CharField(max_length=120)
    parent = serializers.UUIDField()  # type: ignore[assignment]
    calendar = serializers.UUIDField()


class RenameIn(AccessReasonIn):
    """Another name for a unit."""

    name = serializers.CharField(max_length=120)


class MoveIn(AccessReasonIn):
    """Where a unit goes."""

    parent = serializers.UUIDField()  # type: ignore[assignment]


class MoveOut(serializers.Serializer[Any]):
    """Who gains and who loses which role by a move."""

    gains = RoleHeld(many=True)
    loses = RoleHeld(many=True)
    systems = serializers.IntegerField()
    units = serializers.IntegerField()


class GlassOut(serializers.ModelSerializer[BreakGlass]):
    """An access in an emergency."""

    person = PersonOut()
    reviewed_by = PersonOut(allow_null=True)
    unit = serializers.CharField(source="unit.name", allow_null=True, default=None)
    system = serializers.CharField(source="system.slug", allow_null=True, default=None)

    class Meta:
        model = BreakGlass
        fields = [
            "id",
            "person",
            "unit",
            "system",
            "reason",
            "from_at",
            "until_at",
            "review_due_at",
            "reviewed_at",
            "reviewed_by",
            "verdict",
            "review",
        ]


class GlassIn(serializers.Serializer[Any]):
    """What to open, for how many hours, and why."""

    unit = serializers.UUIDField(allow_null=True, default=None)
    system = serializers.UUIDField(allow_null=True, default=None)
    hours = serializers.IntegerField(min_value=1, max_value=4)
    reason = serializers.CharField(max_length=LONG)


class GlassReviewIn(serializers.Serializer[Any]):
    """What compliance makes of it."""

    verdict = serializers.ChoiceField(choices=BreakGlass.Verdict.choices)
    review = serializers.CharField(max_length=LONG)


class SetupOut(serializers.ModelSerializer[SetupException]):
    """What one person approved alone, and who confirmed it."""

    person = PersonOut()
    confirmed_by = PersonOut(allow_null=True)

    class Meta:
        model = SetupException
        fields = ["id", "kind", "object_id", "label", "person", "at", "confirmed_by",
                  "confirmed_at"]  # fmt: skip


class RoleShown(serializers.Serializer[Any]):
    """What a role may, by the names of acts."""

    role = serializers.CharField()
    words = serializers.CharField()
    may = serializers.ListField(child=serializers.CharField())
    never = serializers.ListField(child=serializers.CharField())
