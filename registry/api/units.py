"""Units over the API: listed, created, renamed, moved."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.api.access_shapes import MoveIn, MoveOut, RenameIn, UnitIn, UnitOut
from registry.api.people import TAG, ByName
from registry.models import Unit
from registry.selectors.access import effect_of_move, require_reader, unit_seen_by
from registry.services.people import create_unit
from registry.services.units import move_unit, rename_unit

PARENT = OpenApiParameter("parent", OpenApiTypes.UUID, required=True)


@extend_schema_view(get=extend_schema(operation_id="units_list", tags=TAG))
class UnitList(ListAPIView[Unit]):
    """The units that the caller may look into; create another one."""

    permission_classes = [IsPerson]
    serializer_class = UnitOut
    pagination_class = ByName
    filter_backends: list[Any] = []
    queryset = Unit.objects.none()

    def get_queryset(self) -> QuerySet[Unit]:
        """Return the caller's units with all below them."""
        units = require_reader(user=signed_in(self.request), at=clock.now())
        rows: QuerySet[Unit] = Unit.objects.filter(pk__in=units)
        return rows

    @extend_schema(operation_id="units_create", tags=TAG, request=UnitIn, responses={201: UnitOut})
    def post(self, request: Request) -> Response:
        """Create a unit below another one."""
        given = UnitIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = given.validated_data, clock.now()
        unit_seen_by(unit_id=values["parent"], user=signed_in(request), at=at)
        made = create_unit(
            name=values["name"],
            parent_id=values["parent"],
            calendar_id=values["calendar"],
            actor=actor_of(request),
            at=at,
        )
        return Response(UnitOut(made).data, status=status.HTTP_201_CREATED)


class UnitName(APIView):
    """The name of a unit."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="units_rename", tags=TAG, request=RenameIn, responses=UnitOut)
    def put(self, request: Request, unit_id: UUID) -> Response:
        """Give a unit another name."""
        given, at = RenameIn(data=request.data), clock.now()
        given.is_valid(raise_exception=True)
        found = unit_seen_by(unit_id=unit_id, user=signed_in(request), at=at)
        changed = rename_unit(
            unit_id=found.pk, **given.validated_data, actor=actor_of(request), at=at
        )
        return Response(UnitOut(changed).data)


class UnitMove(APIView):
    """Where a unit stands in the tree."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="units_move_preview", tags=TAG, parameters=[PARENT], responses=MoveOut
    )
    def get(self, request: Request, unit_id: UUID) -> Response:
        """Return who would gain and who would lose access."""
        user, at = signed_in(request), clock.now()
        asked = serializers.UUIDField().run_validation(request.query_params.get("parent", ""))
        found = unit_seen_by(unit_id=unit_id, user=user, at=at)
        parent = unit_seen_by(unit_id=asked, user=user, at=at)
        return Response(MoveOut(effect_of_move(unit=found, parent=parent, at=at)).data)

    @extend_schema(operation_id="units_move", tags=TAG, request=MoveIn, responses=UnitOut)
    def post(self, request: Request, unit_id: UUID) -> Response:
        """Move a unit with all below it."""
        given, user, at = MoveIn(data=request.data), signed_in(request), clock.now()
        given.is_valid(raise_exception=True)
        found = unit_seen_by(unit_id=unit_id, user=user, at=at)
        parent = unit_seen_by(unit_id=given.validated_data["parent"], user=user, at=at)
        moved = move_unit(
            unit_id=found.pk,
            parent_id=parent.pk,
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        return Response(UnitOut(moved).data)
