"""Declared interests of one's own, and what delegates decided in a month."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.motion_shapes import MotionRow
from governance.api.motions import TAGS, visible_incidents
from governance.models import DeclaredInterest
from governance.selectors.delegated import decided_by_delegates
from governance.services.interests import declare_interest, end_interest
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, signed_in, visible_system

MONTH = OpenApiParameter("month", str, description="Such as 2026-11; left out: this month.")
MOST = 500


class InterestIn(serializers.Serializer[Any]):
    """What the interest is, and in which system; empty: in every system."""

    words = serializers.CharField(max_length=500)
    system = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)


class InterestOut(serializers.ModelSerializer[DeclaredInterest]):
    """A declared interest."""

    system = serializers.CharField(source="system.slug", default=None)

    class Meta:
        model = DeclaredInterest
        fields = ["id", "system", "words", "from_at", "until_at"]


class MyInterests(APIView):
    """The interests that the caller has declared."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="interests_list", tags=TAGS, responses=InterestOut(many=True))
    def get(self, request: Request) -> Response:
        """Return one's own declared interests, the newest first."""
        rows = DeclaredInterest.objects.filter(person=signed_in(request)).select_related("system")
        return Response(InterestOut(rows.order_by("-from_at")[:MOST], many=True).data)

    @extend_schema(
        operation_id="interests_declare",
        tags=TAGS,
        request=InterestIn,
        responses={201: InterestOut},
    )
    def post(self, request: Request) -> Response:
        """Declare an interest; one is recused from every round on the system from now on."""
        given = InterestIn(data=request.data)
        given.is_valid(raise_exception=True)
        slug = given.validated_data["system"]
        system = visible_system(request, slug, clock.now()) if slug else None
        row = declare_interest(
            system_id=system.pk if system else None,
            words=given.validated_data["words"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(InterestOut(row).data, status=status.HTTP_201_CREATED)


class InterestEnd(APIView):
    """The end of a declared interest."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="interests_end", tags=TAGS, request=None, responses=InterestOut)
    def post(self, request: Request, interest: UUID) -> Response:
        """End an interest of one's own."""
        row = end_interest(interest_id=interest, actor=actor_of(request), at=clock.now())
        return Response(InterestOut(row).data)


class DelegatedMotions(APIView):
    """What delegates have decided."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="motions_delegated",
        tags=TAGS,
        parameters=[MONTH],
        responses=MotionRow(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return the rounds that delegates closed in a month, for the committee to look at."""
        rows = decided_by_delegates(
            visible=visible_incidents(request),
            month=request.query_params.get("month", ""),
            at=clock.now(),
        )
        return Response(MotionRow(rows[:MOST], many=True).data)
