"""The emergency stop of a system over the API: what was stopped, and stopping it at once."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.motion_shapes import ProofIn
from governance.selectors.emergencies import containments_of, why_not_stop
from governance.services.emergency import stop_system
from incidents.api.containments import TAGS, ContainmentOut
from incidents.models import Containment
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, signed_in, visible_system
from registry.ceremony import reauthenticate, take_proof

MOST = 200


class StopIn(ProofIn):
    """What is stopped or restricted, where and why, with the proof of who does it."""

    kind = serializers.ChoiceField(choices=Containment.Kind.choices, default="stop")
    scope = serializers.CharField(max_length=300, default="everything")
    environment = serializers.CharField(max_length=30, default="production")
    reason = serializers.CharField(
        max_length=4000, default="", allow_blank=True, help_text="may follow within a day"
    )


class StopOut(serializers.Serializer[Any]):
    """The case and the containment."""

    incident = serializers.CharField()
    containment = ContainmentOut()


class SystemStop(APIView):
    """The emergency containments of a system; stop it at once."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; stopping takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    @extend_schema(operation_id="systems_stops", tags=TAGS, responses=ContainmentOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Return what was stopped or restricted at once, the newest first."""
        system = visible_system(request, slug, clock.now())
        rows = containments_of(system=system)[:MOST]
        return Response(ContainmentOut(rows, many=True).data)

    @extend_schema(operation_id="systems_stop", tags=TAGS, request=StopIn, responses={201: StopOut})
    def post(self, request: Request, slug: str) -> Response:
        """Stop or restrict it at once; a case is opened with it where none is."""
        given = StopIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = dict(given.validated_data), clock.now()
        proof = take_proof(values)
        system = visible_system(request, slug, at)
        refusal = why_not_stop(system=system, user=signed_in(request), at=at)
        if refusal is not None:
            raise refusal
        result = stop_system(
            system_id=system.pk,
            **values,
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=at,
        )
        newest = result.incident.containments.select_related("incident", "person").latest("at")
        told = {"incident": result.incident.number, "containment": newest}
        return Response(StopOut(told).data, status=201)
