"""Voided readings, retired series and mismatches of versions over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.selectors.mismatches import decisions_of
from governance.selectors.pages.visibility import incident_of_number
from governance.services.voids import decide_void
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, visible_systems
from registry.models import User
from telemetry.models import SeriesRetirement, VoidRequest
from telemetry.selectors.readings import series_by_id
from telemetry.selectors.voids import visible_request, void_requests
from telemetry.services.voids import ask_void, retire_series

TAGS = ["voids"]
MOST_SHOWN = 200


class VoidIn(serializers.Serializer[Any]):
    """Which windows count nowhere (both ends belong to them), and why."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    reason = serializers.CharField(max_length=2000)


class VoidOut(serializers.ModelSerializer[VoidRequest]):
    """A request to void readings. `readings`: how many count no more by it."""

    system = serializers.CharField(source="series.system.slug")
    kpi = serializers.CharField(source="series.kpi_id")
    asked_by = serializers.CharField(source="asked_by.name")
    decided_by = serializers.CharField(source="decided_by.name", allow_null=True, default=None)
    readings = serializers.IntegerField(source="readings.count")

    class Meta:
        model = VoidRequest
        fields = [
            "id", "series", "system", "kpi", "since", "until", "reason", "state", "asked_by",
            "asked_at", "decided_by", "decided_at", "decided_reason", "readings",
        ]  # fmt: skip


class VoidDecisionIn(serializers.Serializer[Any]):
    """Confirmed or refused; a refusal needs its reason."""

    confirmed = serializers.BooleanField()
    reason = serializers.CharField(max_length=2000, default="", allow_blank=True)


class RetirementIn(serializers.Serializer[Any]):
    """Why nothing is expected of the series any more."""

    reason = serializers.CharField(max_length=2000)


class RetirementOut(serializers.ModelSerializer[SeriesRetirement]):
    """A series of which nothing is expected."""

    retired_by = serializers.CharField(source="retired_by.name")

    class Meta:
        model = SeriesRetirement
        fields = ["series", "reason", "retired_by", "at"]


class MismatchOut(serializers.Serializer[Any]):
    """Who answered without an approval, why it does not fit, and its decisions since."""

    version = serializers.CharField()
    parts = serializers.DictField(child=serializers.CharField())
    reason = serializers.CharField()
    words = serializers.CharField()
    first_at = serializers.DateTimeField()
    decisions = serializers.IntegerField()


class SeriesVoids(APIView):
    """What was asked to be voided of a series."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; asking takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    @extend_schema(operation_id="voids_list", tags=TAGS, responses=VoidOut(many=True))
    def get(self, request: Request, series_id: int) -> Response:
        """Return the requests, the newest first."""
        series = series_by_id(series_id=series_id, visible=visible_systems(request, clock.now()))
        rows = void_requests(series_ids=[series.pk]).prefetch_related("readings")[:MOST_SHOWN]
        return Response(VoidOut(rows, many=True).data)

    @extend_schema(operation_id="voids_ask", tags=TAGS, request=VoidIn, responses={201: VoidOut})
    def post(self, request: Request, series_id: int) -> Response:
        """Ask; somebody else confirms."""
        at, given = clock.now(), VoidIn(data=request.data)
        given.is_valid(raise_exception=True)
        series = series_by_id(series_id=series_id, visible=visible_systems(request, at))
        asked = ask_void(
            series_id=series.pk, actor=actor_of(request), at=at, **given.validated_data
        )
        return Response(VoidOut(asked).data, status=201)


class VoidDecision(APIView):
    """The decision on a request."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="voids_decide", tags=TAGS, request=VoidDecisionIn, responses=VoidOut
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        """Confirm or refuse; who asked cannot."""
        at, given = clock.now(), VoidDecisionIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = visible_request(request_id=request_id, visible=visible_systems(request, at))
        decided = decide_void(
            request_id=found.pk, actor=actor_of(request), at=at, **given.validated_data
        )
        return Response(VoidOut(decided).data)


class Retirement(APIView):
    """A series that is expected no more."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="series_retire",
        tags=TAGS,
        request=RetirementIn,
        responses={201: RetirementOut},
    )
    def post(self, request: Request, series_id: int) -> Response:
        """Retire it: its silence says nothing from now on."""
        at, given = clock.now(), RetirementIn(data=request.data)
        given.is_valid(raise_exception=True)
        series = series_by_id(series_id=series_id, visible=visible_systems(request, at))
        row = retire_series(
            series_id=series.pk,
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        return Response(RetirementOut(row).data, status=201)


class IncidentMismatches(APIView):
    """Who answered without an approval."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="incidents_mismatches", tags=["incidents"], responses=MismatchOut(many=True)
    )
    def get(self, request: Request, number: str) -> Response:
        """Return every answerer of an incident with the decisions that it made since."""
        assert isinstance(request.user, User)
        incident = incident_of_number(number=number, user=request.user, at=clock.now())
        rows = [
            {
                "version": cause.version_label,
                "parts": cause.parts,
                "reason": cause.reason,
                "words": cause.words,
                "first_at": cause.first_at,
                "decisions": count,
            }
            for cause, count in decisions_of(incident=incident)
        ]
        return Response(MismatchOut(rows, many=True).data)
