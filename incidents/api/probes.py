"""Where the state of a system is read, beside its gateway's word."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.api.incidents import IF_MATCH
from incidents.selectors.probes import probes_of
from incidents.services.probe_endpoints import Wanted, set_probe
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, expected_version, visible_system


class ProbeIn(serializers.Serializer[Any]):
    """Where it is asked. Without `token` the stored one stays; '' takes it away."""

    url = serializers.CharField(max_length=500)
    environment = serializers.CharField(max_length=30, default="production")
    every_seconds = serializers.IntegerField(default=60, min_value=1, max_value=10**6)
    token = serializers.CharField(
        max_length=4000, default=None, allow_null=True, allow_blank=True, trim_whitespace=False
    )
    active = serializers.BooleanField(default=True)


class ProbeOut(serializers.Serializer[Any]):
    """A probe and how it goes; its token is never shown."""

    environment = serializers.CharField()
    url = serializers.CharField()
    every_seconds = serializers.IntegerField()
    active = serializers.BooleanField()
    version = serializers.IntegerField()
    has_token = serializers.SerializerMethodField()
    answered_at = serializers.DateTimeField(source="state.answered_at", allow_null=True)
    answer = serializers.DictField(source="state.answer", allow_null=True)
    failures = serializers.IntegerField(source="state.failures")
    failure = serializers.CharField(source="state.failure")

    def get_has_token(self, row: Any) -> bool:
        """Whether it is asked with a token."""
        return bool(row.secrets)


class SystemProbes(APIView):
    """The probes of a system, one for each environment."""

    def get_permissions(self) -> list[Any]:
        """Reading is for tokens too, setting is for people."""
        return [HasScope("read")()] if self.request.method == "GET" else [IsPerson()]

    @extend_schema(operation_id="systems_probes", tags=["actions"], responses=ProbeOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Return where the system is asked, and what it said last."""
        system = visible_system(request, slug, clock.now())
        return Response(ProbeOut(probes_of(system), many=True).data)

    @extend_schema(
        operation_id="systems_probe_set",
        tags=["actions"],
        parameters=[IF_MATCH],
        request=ProbeIn,
        responses=ProbeOut,
    )
    def put(self, request: Request, slug: str) -> Response:
        """Set the probe of an environment; If-Match is needed once there is one."""
        given, at = ProbeIn(data=request.data), clock.now()
        given.is_valid(raise_exception=True)
        known = "If-Match" in request.headers
        found = set_probe(
            system_id=visible_system(request, slug, at).pk,
            wanted=Wanted(**given.validated_data),
            expected_version=expected_version(request) if known else None,
            actor=actor_of(request),
            at=at,
        )
        return Response(ProbeOut(probes_of(found.system).get(pk=found.pk)).data)
