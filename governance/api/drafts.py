"""The draft of findings: what the record knows before their owner writes."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.selectors.pages.drafted import draft_of
from governance.selectors.pages.papers import causes_of
from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from outbox import clock
from registry.access import IsPerson, signed_in


class DraftSourceOut(serializers.Serializer[Any]):
    """Where something that the draft says stands, below this installation."""

    name = serializers.CharField()
    url = serializers.CharField()
    meta = serializers.CharField()


class FindingsDraftOut(serializers.Serializer[Any]):
    """A draft: facts alone; why it happened, harm and what is to be done are the owner's."""

    narrative = serializers.CharField(source="text")
    affected = serializers.IntegerField(allow_null=True)
    sources = DraftSourceOut(many=True)


class IncidentDraft(APIView):
    """The draft of an incident's findings."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="incident_findings_draft", tags=["incidents"], responses=FindingsDraftOut
    )
    def get(self, request: Request, number: str) -> Response:
        """Return onset, decisions since, live version and its change, and similar cases."""
        at = clock.now()
        visible = incidents_visible_to(user=signed_in(request), at=at)
        incident = incident_by_number(number=number, visible=visible)
        causes = causes_of(incident)
        found = draft_of(incident=incident, causes=causes, visible=visible, at=at)
        return Response(FindingsDraftOut(found).data)
