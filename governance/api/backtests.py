"""Back-tests over the API: ask for one, see how far it is and what it found."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.baseline_shapes import BacktestOut
from governance.api.thresholds import ThresholdIn
from governance.models import Backtest
from governance.rules.stated import Stated
from governance.selectors.backtests import backtest_of_id, backtests_visible
from governance.services.backtests import ask_backtest
from governance.services.threshold_baselines import over_approved
from outbox import clock
from registry.access import AS_OF, HasScope, IsPerson, actor_of, visible_system, visible_systems
from registry.api.past import PastList, PastPages

SYSTEM = OpenApiParameter("system", str, description="Only the back-tests of this system (slug).")


class BacktestIn(ThresholdIn):
    """The limits to try, as a threshold states them, and the past to try them on."""

    since = serializers.DateTimeField(allow_null=True, default=None)
    until = serializers.DateTimeField(allow_null=True, default=None)


class BacktestPages(PastPages):
    """Keyset pages, the newest first."""

    ordering = ("-asked_at", "id")


class BacktestList(PastList[Backtest]):
    """The back-tests of the systems that the caller may see; ask for another one."""

    queryset = Backtest.objects.none()
    serializer_class = BacktestOut
    pagination_class = BacktestPages

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; asking takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def get_queryset(self) -> QuerySet[Backtest]:
        """Return what the caller may see."""
        systems = self.systems
        if "system" in self.request.query_params:
            systems = systems.filter(slug=self.request.query_params["system"].replace("\0", ""))
        return backtests_visible(visible=systems)

    @extend_schema(operation_id="backtests_list", tags=["thresholds"], parameters=[SYSTEM, AS_OF])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of back-tests."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="backtests_ask",
        tags=["thresholds"],
        request=BacktestIn,
        responses={201: BacktestOut},
    )
    def post(self, request: Request) -> Response:
        """Replay the stored past through limits; nothing of the present is touched."""
        given = BacktestIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = dict(given.validated_data), clock.now()
        place = {name: values.pop(name) for name in ("environment", "segment")}
        system = visible_system(request, values.pop("system"), at)
        kpi, since, until = values.pop("kpi"), values.pop("since"), values.pop("until")
        for name in ("name", "valid_from"):
            values.pop(name)
        stated = over_approved(
            stated=Stated(**values), system_id=system.pk, kpi_id=kpi, at=at, **place
        )
        asked = ask_backtest(
            system_id=system.pk,
            kpi_id=kpi,
            stated=stated,
            since=since,
            until=until,
            actor=actor_of(request),
            at=at,
            **place,
        )
        return Response(BacktestOut(asked).data, status=201)


class BacktestDetail(APIView):
    """One back-test."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="backtests_read", tags=["thresholds"], responses=BacktestOut)
    def get(self, request: Request, backtest_id: UUID) -> Response:
        """Return how far it is, and its result once it is done."""
        visible = visible_systems(request, clock.now())
        return Response(BacktestOut(backtest_of_id(backtest_id=backtest_id, visible=visible)).data)
