"""Systems: list, one in full, register, a step of its life."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django_filters.rest_framework import DjangoFilterBackend  # type: ignore[import-untyped]
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import (
    AS_OF,
    HasScope,
    IsPerson,
    actor_of,
    etag,
    expected_version,
    visible_system,
)
from registry.access.pages import asked
from registry.api.filters import SystemFilter
from registry.api.past import PastList, PastPages
from registry.api.profile_shapes import SystemChangeIn, given_of
from registry.api.shapes import LifecycleIn, SystemIn, SystemOut, SystemRow
from registry.models import Deployment, System
from registry.selectors.systems import deployments_of, lifecycle_of, versions_of
from registry.services.changes import change_system
from registry.services.lifecycle import change_lifecycle
from registry.services.systems import register_system

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the system as you saw it.",
)


class SystemPages(PastPages):
    """Keyset pages: a page costs the same wherever it stands."""

    ordering = "slug"


@extend_schema_view(
    get=extend_schema(operation_id="systems_list", tags=["registry"], parameters=[AS_OF])
)
class SystemList(PastList[System]):
    """The systems that the caller may see; register another one."""

    queryset = System.objects.none()
    serializer_class = SystemRow
    pagination_class = SystemPages
    filter_backends = [DjangoFilterBackend, OrderingFilter]
    filterset_class = SystemFilter
    ordering_fields = ["slug", "name", "registered_at"]

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; registering takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def get_queryset(self) -> QuerySet[System]:
        """Return what the caller may see, with what a row shows."""
        return self.systems.select_related("unit", "owner", "deputy").prefetch_related(_live())

    @extend_schema(
        operation_id="systems_register",
        tags=["registry"],
        request=SystemIn,
        responses={201: SystemOut},
    )
    def post(self, request: Request) -> Response:
        """Register a system as proposed."""
        given = SystemIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        system = register_system(
            unit_id=values.pop("unit"),
            owner_id=values.pop("owner"),
            deputy_id=values.pop("deputy"),
            **values,
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(system.pk, status.HTTP_201_CREATED)


class SystemDetail(APIView):
    """One system in full; changed by a person."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; changing takes a person."""
        return [IsPerson() if self.request.method == "PATCH" else HasScope("read")()]

    @extend_schema(
        operation_id="systems_change",
        tags=["registry"],
        parameters=[IF_MATCH],
        request=SystemChangeIn,
        responses=SystemOut,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change what the system says of itself, who answers for it, its unit, its reviewers."""
        given, at = given_of(request.data, SystemChangeIn), clock.now()
        system = change_system(
            system_id=visible_system(request, slug, at).pk,
            change=given.change(),
            expected_version=expected_version(request),
            reason=given.validated_data["reason"],
            acceptance=given.validated_data["acceptance"],
            actor=actor_of(request),
            at=at,
        )
        return answer(system.pk)

    @extend_schema(
        operation_id="systems_read", tags=["registry"], parameters=[AS_OF], responses=SystemOut
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the system with its ETag, its versions and what ran; now or at an instant."""
        found, moment = asked(request, slug)
        with moment.reading():
            return answer(found.pk, as_of=moment.as_of)


class SystemLifecycle(APIView):
    """The steps of a system's life."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="systems_step",
        tags=["registry"],
        parameters=[IF_MATCH],
        request=LifecycleIn,
        responses=SystemOut,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Take a step, through its gate."""
        given = LifecycleIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system = change_lifecycle(
            system_id=visible_system(request, slug, at).pk,
            expected_version=expected_version(request),
            **given.validated_data,
            actor=actor_of(request),
            at=at,
        )
        return answer(system.pk)


def answer(
    system_id: UUID, code: int = status.HTTP_200_OK, *, as_of: datetime | None = None
) -> Response:
    """Return a system in full with its ETag; `as_of` only says at which instant it was read."""
    rows = System.objects.select_related("unit", "owner", "deputy").prefetch_related(_live())
    system: Any = rows.get(pk=system_id)
    system.as_of = as_of
    system.all_versions = list(versions_of(system_id=system_id))
    system.all_deployments = list(deployments_of(system_id=system_id))
    system.all_changes = list(lifecycle_of(system_id=system_id))
    return Response(SystemOut(system).data, status=code, headers={"ETag": etag(system.version)})


def _live() -> "Prefetch[Any]":
    rows = Deployment.objects.filter(until_at__isnull=True).select_related("version", "fallback")
    return Prefetch(
        "deployments", queryset=rows.order_by("environment"), to_attr="live_deployments"
    )
