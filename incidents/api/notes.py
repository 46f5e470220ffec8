"""Privileged notes of an incident: for people only, with no text in what is kept of a request."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.models import Incident
from incidents.selectors.notes import count_notes, notes_for
from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from incidents.services.notes import LONGEST, write_note
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in


class NoteIn(serializers.Serializer[object]):
    """What is written."""

    text = serializers.CharField(max_length=LONGEST)


class NoteOut(serializers.Serializer[object]):
    """A note that the reader may read."""

    id = serializers.UUIDField()
    author = serializers.CharField(source="author.name")
    text = serializers.CharField()
    made_at = serializers.DateTimeField()
    entry = serializers.IntegerField(source="entry_number")


class NotesOut(serializers.Serializer[object]):
    """How many there are, and those that the reader may read."""

    count = serializers.IntegerField()
    notes = NoteOut(many=True)


class NoteWritten(serializers.Serializer[object]):
    """That a note was written. The answer is kept for retries, so it holds no text."""

    id = serializers.UUIDField()
    made_at = serializers.DateTimeField()
    entry = serializers.IntegerField(source="entry_number")


class IncidentNotes(APIView):
    """The privileged notes of an incident."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="incident_notes_list", tags=["incidents"], responses=NotesOut)
    def get(self, request: Request, number: str) -> Response:
        """Return how many there are, and the text of those that the reader may read."""
        at, reader = clock.now(), signed_in(request)
        incident = _incident(request, number)
        notes = notes_for(incident=incident, user_id=reader.pk, at=at)
        told = {"count": count_notes(incident=incident), "notes": notes}
        answer = Response(NotesOut(told).data)
        answer["Cache-Control"] = "no-store"
        return answer

    @extend_schema(
        operation_id="incident_notes_write",
        tags=["incidents"],
        request=NoteIn,
        responses={201: NoteWritten},
    )
    def post(self, request: Request, number: str) -> Response:
        """Write one; compliance and its author read it, nobody else."""
        given = NoteIn(data=request.data)
        given.is_valid(raise_exception=True)
        note = write_note(
            incident_id=_incident(request, number).pk,
            text=given.validated_data["text"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(NoteWritten(note).data, status=201)


def _incident(request: Request, number: str) -> Incident:
    visible = incidents_visible_to(user=signed_in(request), at=clock.now())
    return incident_by_number(number=number, visible=visible)
