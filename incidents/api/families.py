"""Who may do what on an incident, its family, and asking those who can."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.models import Incident
from incidents.rules.transitions import COMMANDS
from incidents.selectors.families import family_seen
from incidents.selectors.parts import parts_of_incident
from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from incidents.services.asks import ask_who_can
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.api.shapes import PersonOut

PERSONAL = [name for name, command in COMMANDS.items() if not command.by_engine_only]


class CellOut(serializers.Serializer[Any]):
    """One person at one command."""

    person = PersonOut()
    may = serializers.BooleanField()
    why = serializers.CharField()
    acting_for = serializers.CharField()


class StepPartsOut(serializers.Serializer[Any]):
    """A command of the present state: what stands against it, and every person at it."""

    command = serializers.CharField(source="command.name")
    words = serializers.CharField(source="command.words")
    stands_against = serializers.CharField(source="stands")
    people = CellOut(many=True, source="cells")


class PastPartOut(serializers.Serializer[Any]):
    """An act on record: who, for whom, in which incident of the family, which parts it makes."""

    name = serializers.CharField()
    principal = serializers.CharField()
    words = serializers.CharField()
    parts = serializers.ListField(child=serializers.CharField())
    incident = serializers.CharField()
    cycle = serializers.IntegerField()
    at = serializers.DateTimeField()


class MatrixOut(serializers.Serializer[Any]):
    """A part, and for each part, in the order of the rows, whether the two are kept apart."""

    part = serializers.CharField()
    words = serializers.CharField()
    apart = serializers.ListField(child=serializers.BooleanField())


class PartsOut(serializers.Serializer[Any]):
    """Who may do what now and why not; who did what; which parts exclude which."""

    number = serializers.CharField()
    state = serializers.CharField()
    steps = StepPartsOut(many=True)
    history = PastPartOut(many=True)
    matrix = MatrixOut(many=True)


class MemberOut(serializers.Serializer[Any]):
    """An incident of the family."""

    number = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()


class LinkOut(serializers.Serializer[Any]):
    """A link, said of `incident`."""

    incident = serializers.CharField(source="incident.number")
    kind = serializers.CharField()
    other = serializers.CharField(source="other.number")
    reason = serializers.CharField()
    linked_by = PersonOut()
    at = serializers.DateTimeField()
    entry = serializers.IntegerField(source="entry_number")


class FamilyOut(serializers.Serializer[Any]):
    """The case that an incident goes with, those that go with it, and its links."""

    parent = MemberOut(allow_null=True)
    children = MemberOut(many=True)
    links = LinkOut(many=True)


class AskedOut(serializers.Serializer[Any]):
    """Who was asked."""

    asked = PersonOut(many=True)


class IncidentParts(APIView):
    """Who may do what on an incident."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="incident_parts", tags=["incidents"], responses=PartsOut)
    def get(self, request: Request, number: str) -> Response:
        """Return every person at every command of the present state, and the history."""
        incident = _incident(request, number)
        parts = parts_of_incident(incident=incident, at=clock.now())
        told = {
            "number": incident.number,
            "state": incident.state,
            "steps": parts.steps,
            "history": parts.history,
            "matrix": parts.matrix,
        }
        return Response(PartsOut(told).data)


class IncidentFamily(APIView):
    """With which cases an incident goes, and how it is linked."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="incident_family", tags=["incidents"], responses=FamilyOut)
    def get(self, request: Request, number: str) -> Response:
        """Return parent, children and links; cases that the reader may not see are left out."""
        incident = _incident(request, number)
        return Response(FamilyOut(family_seen(incident, _visible(request))).data)


class IncidentAsk(APIView):
    """'Ask them'."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="incident_ask",
        tags=["incidents"],
        parameters=[OpenApiParameter("command", str, OpenApiParameter.PATH, enum=PERSONAL)],
        request=None,
        responses=AskedOut,
    )
    def post(self, request: Request, number: str, command: str) -> Response:
        """Send one notice to those who can, each at most once an hour about this incident."""
        people = ask_who_can(
            incident_id=_incident(request, number).pk,
            command=command,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(AskedOut({"asked": people}).data)


def _visible(request: Request) -> Any:
    return incidents_visible_to(user=signed_in(request), at=clock.now())


def _incident(request: Request, number: str) -> Incident:
    return incident_by_number(number=number, visible=_visible(request))
