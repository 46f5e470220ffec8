"""Doors that senders push through, over the API: what was taken last, what was refused and why."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import HasScope, visible_systems
from telemetry.models import DoorRun, DoorState
from telemetry.selectors.doors import deliveries_of, door_of, doors_of, refuses

TAGS = ["connectors"]


class DoorOut(serializers.ModelSerializer[DoorState]):
    """A door of a system; rows are excerpts, what could speak of a person is left out."""

    system = serializers.CharField(source="system.slug")
    accepted_row = serializers.JSONField(allow_null=True)
    rejected_row = serializers.JSONField(allow_null=True)
    refuses = serializers.SerializerMethodField()

    class Meta:
        model = DoorState
        fields = [
            "id", "system", "door", "refuses", "accepted_at", "accepted_row", "accepted_by",
            "deliveries", "refused", "rejected_at", "rejected_row", "rejected_field",
            "rejected_why", "rejected_by",
        ]  # fmt: skip

    def get_refuses(self, found: DoorState) -> bool:
        """Say whether what came last was refused."""
        return refuses(found)


class RefusedDeliveryOut(serializers.ModelSerializer[DoorRun]):
    """A delivery of which something was refused; `failure` says why nothing was taken."""

    rows = serializers.SerializerMethodField()

    class Meta:
        model = DoorRun
        fields = ["at", "sender", "failure", "accepted", "repeated", "rejected", "rows"]

    def get_rows(self, run: DoorRun) -> list[dict[str, Any]]:
        """Return the first five hundred rows refused: number, field, reason, excerpt."""
        return [
            {"row": number, "field": field, "reason": reason, "excerpt": row}
            for number, field, reason, row in run.rows
        ]


class DoorPages(CursorPagination):
    """Keyset pages."""

    ordering = ("id",)
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


class DeliveryPages(CursorPagination):
    """Keyset pages, newest first."""

    ordering = ("-at", "-id")
    page_size = 20
    page_size_query_param = "limit"
    max_page_size = 60


class DoorList(APIView):
    """Doors of the systems that the caller sees."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="doors_list",
        tags=TAGS,
        parameters=[
            OpenApiParameter("search", str, description="name or short name of the system"),
            OpenApiParameter("door", str, enum=DoorState.Door.values),
            OpenApiParameter("refused", bool, description="only where the last was refused"),
        ],
        responses=DoorOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return a page of doors."""
        given = request.query_params
        asked = {name: given.get(name, "") for name in ("search", "door")}
        if given.get("refused", "").lower() == "true":
            asked["refused"] = "true"
        pages = DoorPages()
        rows = doors_of(visible_systems(request, clock.now()), asked)
        page = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response(DoorOut(page or [], many=True).data)


class DoorDetail(APIView):
    """One door of a system."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="doors_detail", tags=TAGS, responses=DoorOut)
    def get(self, request: Request, state_id: int) -> Response:
        """Return the last row taken, the last row refused and why."""
        return Response(DoorOut(door_of(state_id, visible_systems(request, clock.now()))).data)


class DoorRefused(APIView):
    """What was refused at a door within two weeks."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="doors_refused", tags=TAGS, responses=RefusedDeliveryOut(many=True))
    def get(self, request: Request, state_id: int) -> Response:
        """Return a page of deliveries with their refused rows, newest first."""
        found = door_of(state_id, visible_systems(request, clock.now()))
        pages = DeliveryPages()
        page = pages.paginate_queryset(deliveries_of(found), request, self)
        return pages.get_paginated_response(RefusedDeliveryOut(page or [], many=True).data)
