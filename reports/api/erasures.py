"""Erasures over HTTP: asked for by one, confirmed or declined by another."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.services.erasures import confirm_erasure
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.models import ErasureRequest
from registry.services.erasure import ask_erasure, decline_erasure
from reports.api.shapes import WhyIn
from reports.selectors.retention_page import reader_of, request_by_id, requests_seen_by


class ErasureIn(serializers.Serializer[object]):
    """Whose data, on which basis, why."""

    person = serializers.UUIDField()
    basis = serializers.ChoiceField(choices=ErasureRequest.Basis.choices)
    reason = serializers.CharField(max_length=2000)


class ErasureOut(serializers.ModelSerializer[ErasureRequest]):
    """A request to erase a person."""

    name = serializers.CharField(source="person.name")
    asked_by = serializers.CharField(source="asked_by.name")
    decided_by = serializers.CharField(source="decided_by.name", default=None)

    class Meta:
        model = ErasureRequest
        fields = (
            "id", "person", "name", "basis", "reason", "state", "asked_by", "asked_at",
            "decided_by", "decided_at", "decided_reason",
        )  # fmt: skip


class ErasureList(APIView):
    """Requests to erase people."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="erasures_list", tags=["retention"], responses=ErasureOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return the newest hundred, those that wait first."""
        user, at = signed_in(request), clock.now()
        reader_of(user=user, at=at)
        rows = requests_seen_by(user=user, at=at)
        return Response(ErasureOut(rows[:100], many=True).data)

    @extend_schema(
        operation_id="erasures_ask",
        tags=["retention"],
        request=ErasureIn,
        responses={201: ErasureOut},
    )
    def post(self, request: Request) -> Response:
        """Ask for an erasure; a second person agrees before anything goes."""
        given = ErasureIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        asked = ask_erasure(
            person_id=values["person"],
            basis=values["basis"],
            reason=values["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(ErasureOut(asked).data, status=status.HTTP_201_CREATED)


class ErasureConfirmation(APIView):
    """The second person's yes."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="erasures_confirm", tags=["retention"], request=None, responses=ErasureOut
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        """Agree, and erase."""
        asked = _asked(request, request_id)
        done = confirm_erasure(request_id=asked.pk, actor=actor_of(request), at=clock.now())
        done.person.refresh_from_db()
        return Response(ErasureOut(done).data)


class ErasureRefusal(APIView):
    """The second person's no."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="erasures_decline",
        tags=["retention"],
        request=WhyIn,
        responses=ErasureOut,
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        """Decline, with the reason."""
        given = WhyIn(data=request.data)
        given.is_valid(raise_exception=True)
        known = _asked(request, request_id)
        asked = decline_erasure(
            request_id=known.pk, actor=actor_of(request), at=clock.now(), **given.validated_data
        )
        return Response(ErasureOut(asked).data)


def _asked(request: Request, request_id: UUID) -> ErasureRequest:
    return request_by_id(request_id, user=signed_in(request), at=clock.now())
