"""How a system's telemetry is read, over the API: service names, decisions, mapping, arrivals."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.models import AlertNotice, Arrival, MetricMapping, OtlpDoor
from governance.rules.mappings import FIGURES, Mapped
from governance.selectors.doors import (
    alerts_of,
    arrivals_of,
    decisions_of,
    mappings_of,
    otlp_door_of,
    service_names_of,
)
from governance.services.doors import end_mapping, map_metric, set_otlp_door
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, etag, expected_version, visible_system
from registry.models import System

TAGS = ["telemetry"]


class TelemetryIn(serializers.Serializer[Any]):
    """Which names a system's telemetry comes under, which spans are its decisions."""

    decisions = serializers.ChoiceField(choices=OtlpDoor.Decisions.choices)
    service_names = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=20, default=list
    )


class ArrivalOut(serializers.ModelSerializer[Arrival]):
    """What came in under a name, and why some of it became nothing."""

    class Meta:
        model = Arrival
        fields = [
            "door", "name", "unit", "taken", "not_taken", "reason",
            "first_at", "last_at", "refused_at",
        ]  # fmt: skip


class AlertNoticeOut(serializers.ModelSerializer[AlertNotice]):
    """An alert that began or ended."""

    incident = serializers.CharField(source="incident.number", allow_null=True, default=None)

    class Meta:
        model = AlertNotice
        fields = [
            "name", "status", "environment", "severity", "fingerprint", "labels", "summary",
            "starts_at", "ends_at", "received_at", "incident", "became", "reason",
        ]  # fmt: skip


class TelemetryOut(serializers.Serializer[Any]):
    """How a system's telemetry is read, and what came in last."""

    decisions = serializers.CharField(help_text="as stated; by_kind where nobody stated it")
    decisions_in_force = serializers.CharField()
    service_names = serializers.ListField(child=serializers.CharField())
    version = serializers.IntegerField()
    arrivals = ArrivalOut(many=True)
    alerts = AlertNoticeOut(many=True)


class MetricMappingIn(serializers.Serializer[Any]):
    """That a metric is a KPI."""

    metric = serializers.CharField(max_length=200)
    unit = serializers.CharField(max_length=40, default="", allow_blank=True)
    attributes = serializers.DictField(
        child=serializers.CharField(max_length=120), default=dict, help_text="all must be equal"
    )
    kpi = serializers.CharField(max_length=60)
    figure = serializers.ChoiceField(choices=FIGURES)
    segment_attribute = serializers.CharField(max_length=59, default="", allow_blank=True)
    window = serializers.CharField(max_length=10, help_text="such as 5m")
    factor = serializers.FloatField(
        allow_null=True, default=None, help_text="null: by the units, where these are known"
    )


class MetricMappingOut(serializers.ModelSerializer[MetricMapping]):
    """A mapping in force."""

    kpi = serializers.CharField(source="kpi_id")

    class Meta:
        model = MetricMapping
        fields = [
            "id", "metric", "unit", "attributes", "kpi", "figure", "segment_attribute",
            "window_seconds", "factor", "stated_at", "ended_at",
        ]  # fmt: skip


class MappingEndIn(serializers.Serializer[Any]):
    """Why a mapping ends."""

    reason = serializers.CharField(max_length=2000)


class _OfSystem(APIView):
    """Reading takes the scope; writing takes a person."""

    def get_permissions(self) -> list[Any]:
        """Return what the method takes."""
        return [HasScope("read")() if self.request.method == "GET" else IsPerson()]


class SystemTelemetry(_OfSystem):
    """The doors of one system's telemetry."""

    @extend_schema(operation_id="telemetry_read", tags=TAGS, responses=TelemetryOut)
    def get(self, request: Request, slug: str) -> Response:
        """Return how its telemetry is read, what came in last, and what became nothing and why."""
        return _shown(visible_system(request, slug, clock.now()))

    @extend_schema(
        operation_id="telemetry_set", tags=TAGS, request=TelemetryIn, responses=TelemetryOut
    )
    def put(self, request: Request, slug: str) -> Response:
        """Say under which names it comes and which spans are decisions; If-Match is the version."""
        given, at = _checked(TelemetryIn, request), clock.now()
        system = visible_system(request, slug, at)
        set_otlp_door(
            system=system,
            decisions=given["decisions"],
            service_names=given["service_names"],
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=at,
        )
        return _shown(system)


class MetricMappings(_OfSystem):
    """Which metrics are which KPIs."""

    @extend_schema(
        operation_id="metric_mappings_list", tags=TAGS, responses=MetricMappingOut(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the mappings in force."""
        rows = mappings_of(system=visible_system(request, slug, clock.now()))
        return Response(MetricMappingOut(rows, many=True).data)

    @extend_schema(
        operation_id="metric_mappings_add",
        tags=TAGS,
        request=MetricMappingIn,
        responses={201: MetricMappingOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Say that a metric is a KPI of the system."""
        given, at = _checked(MetricMappingIn, request), clock.now()
        row = map_metric(
            system=visible_system(request, slug, at),
            given=Mapped(kpi_id=given.pop("kpi"), **given),
            actor=actor_of(request),
            at=at,
        )
        return Response(MetricMappingOut(row).data, status=status.HTTP_201_CREATED)


class MetricMappingEnd(APIView):
    """Ends a mapping."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="metric_mappings_end",
        tags=TAGS,
        request=MappingEndIn,
        responses=MetricMappingOut,
    )
    def post(self, request: Request, slug: str, mapping_id: UUID) -> Response:
        """End it with a reason; what came by it stays."""
        given, at = _checked(MappingEndIn, request), clock.now()
        row = end_mapping(
            system=visible_system(request, slug, at),
            mapping_id=mapping_id,
            reason=given["reason"],
            actor=actor_of(request),
            at=at,
        )
        return Response(MetricMappingOut(row).data)


def _checked(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _shown(system: System) -> Response:
    door = otlp_door_of(system=system)
    stated = door.decisions if door else OtlpDoor.Decisions.BY_KIND
    version = door.version if door else 0
    told = {
        "decisions": stated,
        "decisions_in_force": decisions_of(stated, system.kind),
        "service_names": service_names_of(system=system),
        "version": version,
        "arrivals": arrivals_of(system=system),
        "alerts": alerts_of(system=system),
    }
    return Response(TelemetryOut(told).data, headers={"ETag": etag(version)})
