"""Incidents that may have one cause, by the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.rules.shared_causes import ORDER
from governance.selectors.pages.together import together_with
from governance.selectors.shared_causes import open_incidents, suggested_causes
from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from outbox import clock
from registry.access import IsPerson, signed_in

TAGS = ["incidents"]


class SharedCauseOut(serializers.Serializer[Any]):
    """What open incidents share, since when, and which they are, the earliest first."""

    kind = serializers.ChoiceField(choices=ORDER, source="key.kind")
    name = serializers.CharField(source="key.name")
    began = serializers.DateTimeField()
    breaches = serializers.IntegerField()
    incidents = serializers.SerializerMethodField()

    def get_incidents(self, cause: Any) -> list[str]:
        """The numbers of the incidents."""
        return [one.number for one in cause.members]


class TogetherOut(serializers.Serializer[Any]):
    """What others share with an incident, who are not merged or linked with it yet."""

    kind = serializers.ChoiceField(choices=ORDER, source="key.kind")
    name = serializers.CharField(source="key.name")
    words = serializers.CharField()
    began = serializers.DateTimeField()
    others = serializers.SerializerMethodField()

    def get_others(self, found: Any) -> list[str]:
        """The numbers of the other incidents."""
        return [one.number for one in found.others]


class SharedCauses(APIView):
    """What open incidents may have as one cause."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="shared_causes_list", tags=TAGS, responses=SharedCauseOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return suggestions among the newest 300 open incidents that the caller sees."""
        at = clock.now()
        visible = incidents_visible_to(user=signed_in(request), at=at)
        rows = open_incidents(visible=visible, at=at)
        found = suggested_causes(incidents=rows, at=at).causes
        return Response(SharedCauseOut(found, many=True).data)


class IncidentTogether(APIView):
    """Which others may have the same cause as an incident."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="incident_together", tags=TAGS, responses=TogetherOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        """Return what they share; merging or linking them is a command of the incident."""
        at = clock.now()
        visible = incidents_visible_to(user=signed_in(request), at=at)
        incident = incident_by_number(number=number, visible=visible)
        found = together_with(incident=incident, visible=visible, at=at)
        return Response(TogetherOut(found, many=True).data)
