"""The oversight log over HTTP: who could intervene in systems, and who did."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.access import AS_OF, IsPerson
from reports.forms.oversight import log_of
from reports.rules.oversight import Record

SINCE = OpenApiParameter("since", str, description="First day at the seat, 2027-03-01.")
UNTIL = OpenApiParameter("until", str, description="Last day at the seat; today without one.")
AFTER = OpenApiParameter("after", str, description="Only systems after this short name.")
PERIOD = [AS_OF, SINCE, UNTIL]
TAGS = ["oversight"]


class OversightAbleOut(serializers.Serializer[Any]):
    """A person with a power, by what, and whether they were there."""

    name = serializers.CharField()
    by = serializers.CharField()
    present = serializers.BooleanField()


class OversightPowerOut(serializers.Serializer[Any]):
    """One way to intervene, and who has it."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    people = OversightAbleOut(many=True)
    words = serializers.ListField(child=serializers.CharField())


class OversightCountsOut(serializers.Serializer[Any]):
    """What people did with answers."""

    events = serializers.IntegerField()
    reviewed = serializers.IntegerField()
    overridden = serializers.IntegerField()
    approvals = serializers.IntegerField()
    granted = serializers.IntegerField()
    blocked = serializers.IntegerField()
    outside = serializers.IntegerField()
    escalated = serializers.IntegerField()


class OversightDayOut(serializers.Serializer[Any]):
    """The counts of one day."""

    day = serializers.DateField()
    counts = OversightCountsOut()


class OversightActOut(serializers.Serializer[Any]):
    """One intervention."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    who = serializers.CharField()
    by_rule = serializers.BooleanField()
    what = serializers.CharField()
    reason = serializers.CharField()
    outcome = serializers.CharField()
    incident = serializers.CharField()
    late = serializers.BooleanField()


class OversightMeansOut(serializers.Serializer[Any]):
    """A means of intervening: last used, last tried."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    used_at = serializers.DateTimeField(allow_null=True)
    tried_at = serializers.DateTimeField(allow_null=True)


class OversightFindingOut(serializers.Serializer[Any]):
    """Something that stands out."""

    key = serializers.CharField()
    state = serializers.CharField()
    words = serializers.CharField()


class OversightRow(serializers.Serializer[Any]):
    """A system in the list."""

    system = serializers.CharField(source="slug")
    name = serializers.CharField(source="system")
    state = serializers.CharField()
    total = OversightCountsOut()
    findings = OversightFindingOut(many=True)
    interventions = serializers.SerializerMethodField()

    def get_interventions(self, row: Record) -> int:
        """How many interventions are on record in the period."""
        return len(row.acts)


class OversightOut(OversightRow):
    """A system in full."""

    powers = OversightPowerOut(many=True)
    working = serializers.BooleanField()
    on_call = serializers.BooleanField()
    controls = serializers.BooleanField()
    training = serializers.IntegerField()
    days = OversightDayOut(many=True)
    acts = OversightActOut(many=True)
    means = OversightMeansOut(many=True)


class OversightList(APIView):
    """The oversight log of the systems that the caller sees."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="oversight_list",
        tags=TAGS,
        parameters=[*PERIOD, AFTER],
        responses=OversightRow(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return 50 systems at once, by name, with what stands out."""
        return Response(OversightRow(log_of(request._request).records, many=True).data)


class SystemOversight(APIView):
    """The oversight log of one system."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="oversight_of_system",
        tags=TAGS,
        parameters=PERIOD,
        responses=OversightOut,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return who could intervene at the instant and who did in the period."""
        return Response(OversightOut(log_of(request._request, slug=slug).records[0]).data)


urlpatterns = [
    path("oversight/", OversightList.as_view(), name="api-oversight"),
    path("systems/<slug:slug>/oversight", SystemOversight.as_view(), name="api-system-oversight"),
]
