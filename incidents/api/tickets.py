"""Tickets of an incident in other systems: asked for by people, answered by signed notes."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.models import Incident
from incidents.selectors.tickets import tickets_of
from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from incidents.services.tickets import open_incident_ticket
from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import worded
from outbox import clock
from outbox.rules.tickets import system_of
from outbox.services.tickets import Said, note_ticket
from registry.access import IsPerson, actor_of, signed_in

TAGS = ["tickets"]
MOST_BYTES = 64 * 1024
SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")


class TicketNoteOut(serializers.Serializer[Any]):
    """What the other system said."""

    status = serializers.CharField()
    text = serializers.CharField()
    received_at = serializers.DateTimeField()
    entry = serializers.IntegerField(source="entry_number")


class TicketOut(serializers.Serializer[Any]):
    """A ticket; `id` is the stable one that goes out and comes back."""

    id = serializers.UUIDField()
    system = serializers.SerializerMethodField()
    external_id = serializers.CharField()
    url = serializers.CharField()
    opened_at = serializers.DateTimeField()
    notes = serializers.SerializerMethodField()

    @extend_schema_field(TicketNoteOut(many=True))
    def get_notes(self, row: Any) -> Any:
        """What came back; nothing did to a ticket that was just asked for."""
        return TicketNoteOut(getattr(row, "said", []), many=True).data

    def get_system(self, row: Any) -> str:
        """The name of the other system."""
        return system_of(row.endpoint.name)


class TicketIn(serializers.Serializer[Any]):
    """Which system is asked."""

    system = serializers.CharField(max_length=70)


class TicketNoteIn(serializers.Serializer[Any]):
    """What comes back, signed in the Standard Webhooks form with the endpoint's secret."""

    status = serializers.CharField(max_length=60)
    text = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    external_id = serializers.CharField(max_length=120, required=False, allow_blank=True)
    url = serializers.CharField(max_length=500, required=False, allow_blank=True)


class IncidentTickets(APIView):
    """The tickets of an incident."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="incident_tickets_list", tags=TAGS, responses=TicketOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        """Return them, oldest first, each with its notes, newest first."""
        rows = tickets_of(_incident(request, number))
        return Response(TicketOut(rows, many=True).data)

    @extend_schema(
        operation_id="incident_tickets_open",
        tags=TAGS,
        request=TicketIn,
        responses={201: TicketOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Ask a system for a ticket; it decides nothing here."""
        given = TicketIn(data=request.data)
        given.is_valid(raise_exception=True)
        ticket = open_incident_ticket(
            incident_id=_incident(request, number).pk,
            system=given.validated_data["system"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(TicketOut(ticket).data, status=201)


class TicketNotes(APIView):
    """Where another system tells of a ticket: its signature is the only key."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="ticket_notes_send",
        tags=TAGS,
        auth=[],
        request=TicketNoteIn,
        responses={201: TicketNoteOut},
    )
    def post(self, request: Request, ticket_id: UUID) -> Response:
        """Note what the other system says; it changes no state here."""
        raw = _body(request)
        headers = {name: request.headers.get(name, "") for name in SIGNED}
        payload = request.data
        if not isinstance(payload, dict):
            raise Invalid("bad_note", "A note is a JSON object.")
        note = note_ticket(ticket_id=ticket_id, said=Said(headers, raw, payload), at=clock.now())
        return Response(TicketNoteOut(note).data, status=201)


def _body(request: Request) -> bytes:
    """Return what was signed, before it is read. Raises TooLarge."""
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        raise TooLarge(
            "too_large", worded("A note has at most {most_bytes} bytes.", most_bytes=MOST_BYTES)
        )
    return request._request.body


def _incident(request: Request, number: str) -> Incident:
    visible = incidents_visible_to(user=signed_in(request), at=clock.now())
    return incident_by_number(number=number, visible=visible)
