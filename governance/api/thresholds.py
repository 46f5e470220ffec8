"""Thresholds over the API: read, draft, approve."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.models import Threshold, ThresholdVersion
from governance.rules.stated import DIRECTIONS, Stated
from governance.selectors.thresholds import visible_version
from governance.services.thresholds import approve_threshold, draft_threshold
from governance.services.tier_thresholds import draft_for_tier
from outbox import clock
from registry.access import AS_OF, HasScope, IsPerson, actor_of, visible_system, visible_systems
from registry.api.past import PastList, PastPages

SYSTEM = OpenApiParameter("system", str, description="Only the thresholds of this system (slug).")


class SideIn(serializers.Serializer[Any]):
    """Limits on one side; what is null does not exist."""

    warning = serializers.FloatField(allow_null=True, default=None)
    critical = serializers.FloatField(allow_null=True, default=None)
    instant_critical = serializers.FloatField(allow_null=True, default=None)
    recover_warning = serializers.FloatField(allow_null=True, default=None)
    recover_critical = serializers.FloatField(allow_null=True, default=None)


class ThresholdIn(SideIn):
    """A version of a threshold as its author states it."""

    system = serializers.SlugField(max_length=80)
    kpi = serializers.SlugField(max_length=60)
    environment = serializers.CharField(max_length=30, default="production")
    segment = serializers.CharField(max_length=120, default="", allow_blank=True)
    name = serializers.CharField(max_length=120, default="", allow_blank=True)
    direction = serializers.ChoiceField(choices=DIRECTIONS)
    mode = serializers.ChoiceField(
        choices=ThresholdVersion.Mode.choices,
        default="absolute",
        help_text="absolute; points to add to the baseline; shares of it (-0.03: 3 % less)",
    )
    target = serializers.FloatField(allow_null=True, default=None)
    low = SideIn(allow_null=True, default=None, help_text="the lower limits, for outside")
    baseline = serializers.FloatField(allow_null=True, default=None)
    baseline_note = serializers.CharField(max_length=2000, default="", allow_blank=True)
    fires_k = serializers.IntegerField(min_value=1, max_value=100, default=2)
    fires_n = serializers.IntegerField(min_value=1, max_value=100, default=3)
    least_n = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    recover_windows = serializers.IntegerField(min_value=1, max_value=1000, default=2)
    keep_for_seconds = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    for_seconds = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    grace_seconds = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    judged_by = serializers.ChoiceField(choices=["value", "lower_bound"], default="value")
    valid_from = serializers.DateTimeField(allow_null=True, default=None)
    reason = serializers.CharField(max_length=5000, default="", allow_blank=True)
    for_tier = serializers.BooleanField(
        default=False,
        help_text="also for every other system of its risk tier that you see and that measures it",
    )


class ThresholdVersionOut(serializers.ModelSerializer[ThresholdVersion]):
    """A version: its limits in the KPI's unit, who wrote it, who approved it."""

    author = serializers.CharField(source="author.name")
    approved_by = serializers.SerializerMethodField()
    low = serializers.JSONField(source="low_side", allow_null=True)
    stated = serializers.JSONField()

    class Meta:
        model = ThresholdVersion
        fields = [
            "id",
            "number",
            "state",
            "direction",
            "target",
            "warning",
            "critical",
            "instant_critical",
            "recover_warning",
            "recover_critical",
            "low",
            "mode",
            "stated",
            "baseline",
            "baseline_note",
            "fires_k",
            "fires_n",
            "least_n",
            "recover_windows",
            "keep_for_seconds",
            "for_seconds",
            "grace_seconds",
            "judged_by",
            "valid_from",
            "author",
            "approved_by",
            "approved_at",
            "reason",
            "example",
            "set_up",
        ]

    def get_approved_by(self, row: ThresholdVersion) -> str | None:
        """The printed name of who approved it."""
        return row.approved_by.name if row.approved_by else None


class AlsoDraftedOut(serializers.Serializer[Any]):
    """The draft for another system of the tier."""

    system = serializers.CharField()
    version = serializers.UUIDField()


class LeftOut(serializers.Serializer[Any]):
    """A system of the tier for which nothing was drafted."""

    system = serializers.CharField()
    why = serializers.CharField()


class ThresholdDraftedOut(ThresholdVersionOut):
    """The draft; with `for_tier` those for the other systems, and which were left out."""

    also = AlsoDraftedOut(many=True, required=False)
    left = LeftOut(many=True, required=False)

    class Meta(ThresholdVersionOut.Meta):
        fields = [*ThresholdVersionOut.Meta.fields, "also", "left"]


class ThresholdOut(serializers.ModelSerializer[Threshold]):
    """A threshold with all its versions."""

    system = serializers.CharField(source="system.slug")
    kpi = serializers.CharField(source="kpi_id")
    versions = ThresholdVersionOut(many=True)

    class Meta:
        model = Threshold
        fields = ["id", "name", "system", "kpi", "environment", "segment", "versions"]


class ApproveIn(serializers.Serializer[Any]):
    """Why it is approved."""

    reason = serializers.CharField(max_length=5000, default="", allow_blank=True)


class ThresholdPages(PastPages):
    """Keyset pages."""

    ordering = ("name", "id")


class ThresholdList(PastList[Threshold]):
    """The thresholds of the systems that the caller may see; draft another version."""

    queryset = Threshold.objects.none()
    serializer_class = ThresholdOut
    pagination_class = ThresholdPages

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; drafting takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def get_queryset(self) -> QuerySet[Threshold]:
        """Return what the caller may see."""
        systems = self.systems
        if "system" in self.request.query_params:
            systems = systems.filter(slug=self.request.query_params["system"].replace("\0", ""))
        rows = Threshold.objects.filter(system__in=systems).select_related("system")
        return rows.prefetch_related("versions__author", "versions__approved_by")

    @extend_schema(operation_id="thresholds_list", tags=["thresholds"], parameters=[SYSTEM, AS_OF])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of thresholds."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="thresholds_draft",
        tags=["thresholds"],
        request=ThresholdIn,
        responses={201: ThresholdDraftedOut},
    )
    @transaction.atomic
    def post(self, request: Request) -> Response:
        """Draft a version for somebody else to approve; perhaps for a whole risk tier."""
        given = ThresholdIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = dict(given.validated_data), clock.now()
        for_tier, valid_from = values.pop("for_tier"), values.pop("valid_from")
        version = draft_threshold(
            system_id=visible_system(request, values.pop("system"), at).pk,
            kpi_id=values.pop("kpi"),
            environment=values.pop("environment"),
            segment=values.pop("segment"),
            name=values.pop("name"),
            valid_from=valid_from,
            stated=Stated(**values),
            actor=actor_of(request),
            at=at,
        )
        said = ThresholdVersionOut(version).data
        if for_tier:
            said |= _for_tier(request, version, Stated(**values), valid_from, at)
        return Response(said, status=201)


def _for_tier(
    request: Request,
    like: ThresholdVersion,
    stated: Stated,
    valid_from: datetime | None,
    at: datetime,
) -> dict[str, Any]:
    found = draft_for_tier(
        like=like,
        stated=stated,
        among=visible_systems(request, at),
        actor=actor_of(request),
        at=at,
        valid_from=valid_from,
    )
    return {
        "also": [{"system": one.threshold.system.slug, "version": one.pk} for one in found.drafted],
        "left": [{"system": one.system.slug, "why": one.why} for one in found.left],
    }


class ThresholdApproval(APIView):
    """The approval of a drafted version."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="thresholds_approve",
        tags=["thresholds"],
        request=ApproveIn,
        responses=ThresholdVersionOut,
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        """Put a version in force; its author cannot."""
        given = ApproveIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        version = visible_version(version_id=version_id, visible=visible_systems(request, at))
        approved = approve_threshold(
            version_id=version.pk,
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        return Response(ThresholdVersionOut(approved).data)
