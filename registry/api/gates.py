"""The gates of a system's life, and the checks of its fallbacks."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import AS_OF, HasScope, IsPerson, actor_of, etag, signed_in, visible_system
from registry.api.past import PastList, PastPages
from registry.api.version_shapes import FallbackCheckIn, FallbackCheckOut, LifeGateOut
from registry.models import FallbackCheck
from registry.selectors.life import fallback_checks_of, gates_of
from registry.selectors.systems import no_such_system
from registry.selectors.versions import version_named
from registry.services.fallbacks import record_fallback_check


class GateList(APIView):
    """The steps that a system could take next, and what each of them still misses."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="systems_gates", tags=["registry"], responses=LifeGateOut(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return every check of every next step, those that pass too."""
        at = clock.now()
        system = visible_system(request, slug, at)
        told = LifeGateOut(gates_of(system=system, at=at), many=True).data
        return Response(told, headers={"ETag": etag(system.version)})


class CheckPages(PastPages):
    """Keyset pages, newest first."""

    ordering = ("-recorded_at", "-id")


@extend_schema_view(
    get=extend_schema(operation_id="fallback_checks_list", tags=["registry"], parameters=[AS_OF])
)
class FallbackCheckList(PastList[FallbackCheck]):
    """The checks of a system's fallbacks; record one."""

    queryset = FallbackCheck.objects.none()
    serializer_class = FallbackCheckOut
    pagination_class = CheckPages

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; recording takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def get_queryset(self) -> QuerySet[FallbackCheck]:
        """Return the checks of one system that the caller may see."""
        system = self.systems.filter(slug=self.kwargs["slug"]).first()
        if system is None:
            raise no_such_system(self.kwargs["slug"])
        return fallback_checks_of(system_id=system.pk)

    @extend_schema(
        operation_id="fallback_checks_record",
        tags=["registry"],
        request=FallbackCheckIn,
        responses={201: FallbackCheckOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Record that you tried to fall back to a version, with what came of it."""
        given = FallbackCheckIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = dict(given.validated_data), clock.now()
        system = visible_system(request, slug, at)
        check = record_fallback_check(
            system_id=system.pk,
            version_id=version_named(system=system, label=values.pop("version")).pk,
            **values,
            person_id=signed_in(request).pk,
            actor=actor_of(request),
            at=at,
        )
        return Response(FallbackCheckOut(check).data, status=status.HTTP_201_CREATED)
