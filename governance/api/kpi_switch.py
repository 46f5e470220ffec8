"""An own KPI switched off or on by the API, and what relies on it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.selectors.kpi_uses import uses_of
from governance.services.kpi_switch import LONGEST, switch_kpi
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, visible_systems
from telemetry.api.kpi_shapes import KpiOut
from telemetry.api.kpis import reader_units
from telemetry.selectors.catalogue import kpi_seen

TAGS = ["telemetry"]


class KpiSwitchIn(serializers.Serializer[Any]):
    """Off or on, and why."""

    off = serializers.BooleanField()
    reason = serializers.CharField(max_length=LONGEST)


class KpiUseOut(serializers.Serializer[Any]):
    """A place that relies on a KPI."""

    words = serializers.CharField()
    url = serializers.CharField(allow_blank=True)


class KpiUses(APIView):
    """Where a KPI is relied upon."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="kpis_uses", tags=TAGS, responses=KpiUseOut(many=True))
    def get(self, request: Request, kpi_id: str) -> Response:
        """Return what stands against switching it off; nothing for none."""
        at = clock.now()
        kpi = kpi_seen(kpi_id, units=reader_units(request, at))
        found = uses_of(kpi=kpi, systems=visible_systems(request, at))
        return Response(KpiUseOut(found, many=True).data)


class KpiSwitch(APIView):
    """The switch of an organisation's own KPI."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="kpis_switch", tags=TAGS, request=KpiSwitchIn, responses=KpiOut)
    def post(self, request: Request, kpi_id: str) -> Response:
        """Switch it off, or on again; refused while something relies on it."""
        at = clock.now()
        given = KpiSwitchIn(data=request.data)
        given.is_valid(raise_exception=True)
        kpi = kpi_seen(kpi_id, units=reader_units(request, at))
        switched = switch_kpi(
            kpi_id=kpi.pk,
            **given.validated_data,
            systems=visible_systems(request, at),
            actor=actor_of(request),
            at=at,
        )
        return Response(KpiOut(switched).data)
