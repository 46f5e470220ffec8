"""Privileged notes of an incident: for people only, with no text in what is kept of a request."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.models import Incident
from incidents.selectors.notes import count_notes, notes_for
from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from incidents.services.notes import LONGEST, write_note
from incidents.services.releases import agree_release, ask_release
from ledger.rules.refusals import Missing
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


class ReleaseIn(serializers.Serializer[object]):
    """For whom a note is released, and why."""

    recipient = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=2000)


class ReleaseOut(serializers.Serializer[object]):
    """One step of a release."""

    step = serializers.CharField()
    recipient = serializers.CharField()
    reason = serializers.CharField()
    by = serializers.CharField(source="by.name")
    at = serializers.DateTimeField()
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


class NoteReleases(APIView):
    """The release of a privileged note, asked for by its author."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="incident_notes_release",
        tags=["incidents"],
        request=ReleaseIn,
        responses={201: ReleaseOut},
    )
    def post(self, request: Request, number: str, note_id: UUID) -> Response:
        """Ask that a note of one's own may be read in packs: for whom, and why."""
        given = ReleaseIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = ask_release(
            note_id=_note(request, number, note_id),
            actor=actor_of(request),
            at=clock.now(),
            **given.validated_data,
        )
        return Response(ReleaseOut(row).data, status=201)


class NoteAgreement(APIView):
    """The agreement to the release of a privileged note."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="incident_notes_agree",
        tags=["incidents"],
        request=None,
        responses={201: ReleaseOut},
    )
    def post(self, request: Request, number: str, note_id: UUID) -> Response:
        """Agree, as a compliance or risk officer who did not write it."""
        row = agree_release(
            note_id=_note(request, number, note_id), actor=actor_of(request), at=clock.now()
        )
        return Response(ReleaseOut(row).data, status=201)


def _note(request: Request, number: str, note_id: UUID) -> UUID:
    """Return the id of a note of an incident that the caller may see. Raises Missing."""
    incident = _incident(request, number)
    if not incident.privileged_notes.filter(pk=note_id).exists():
        raise Missing("unknown_note", "There is no such note that you may see.")
    return note_id


def _incident(request: Request, number: str) -> Incident:
    visible = incidents_visible_to(user=signed_in(request), at=clock.now())
    return incident_by_number(number=number, visible=visible)
