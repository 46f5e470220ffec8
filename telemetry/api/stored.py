"""How much is stored of the systems that the caller may see."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import HasScope, visible_systems
from telemetry.selectors.stored import stored_counts


class StoredOut(serializers.Serializer[Any]):
    """Rows stored, all revisions counted."""

    systems = serializers.IntegerField()
    measurements = serializers.IntegerField()
    decision_events = serializers.IntegerField()


class Stored(APIView):
    """How many readings and decision events are stored."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="stored_read", tags=["telemetry"], responses=StoredOut)
    def get(self, request: Request) -> Response:
        """Return the counts."""
        systems = visible_systems(request, clock.now())
        return Response(StoredOut(stored_counts(systems=systems)).data)
