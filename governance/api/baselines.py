"""Baselines over the API: read, draft, agree to, withdraw; before and after."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.baseline_shapes import BaselineIn, BaselineOut, BaselineReasonIn, ImprovementOut
from governance.selectors.improvements import compare
from governance.services.baselines import agree_to_baseline, end_baseline
from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import AS_OF, HasScope, IsPerson, actor_of, visible_systems
from registry.access.instants import instant_of
from registry.access.permissions import signed_in
from registry.api.past import PastList, PastPages
from telemetry.models import Baseline
from telemetry.selectors.baselines import RELATED, baseline_of_id
from telemetry.selectors.readings import series_by_id
from telemetry.services.baselines import Window, draft_baseline

SYSTEM = OpenApiParameter("system", str, description="Only the baselines of this system (slug).")
SPANS = [
    OpenApiParameter(name, str, required=True, description="ISO 8601 with an offset.")
    for name in ("before_since", "before_until", "after_since", "after_until")
]


class BaselinePages(PastPages):
    """Keyset pages, the newest first."""

    ordering = ("-drafted_at", "id")


class BaselineList(PastList[Baseline]):
    """The baselines of the systems that the caller may see; draft another one."""

    queryset = Baseline.objects.none()
    serializer_class = BaselineOut
    pagination_class = BaselinePages

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; drafting takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def get_queryset(self) -> QuerySet[Baseline]:
        """Return what the caller may see."""
        systems = self.systems
        if "system" in self.request.query_params:
            systems = systems.filter(slug=self.request.query_params["system"].replace("\0", ""))
        return Baseline.objects.filter(system__in=systems).select_related(*RELATED)

    @extend_schema(operation_id="baselines_list", tags=["baselines"], parameters=[SYSTEM, AS_OF])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of baselines."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="baselines_draft",
        tags=["baselines"],
        request=BaselineIn,
        responses={201: BaselineOut},
    )
    def post(self, request: Request) -> Response:
        """Compute a baseline of stored readings, for somebody else to agree to."""
        given = BaselineIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = dict(given.validated_data), clock.now()
        visible = visible_systems(request, at)
        comparison = values.pop("comparison")
        if comparison is not None:
            comparison = series_by_id(series_id=comparison, visible=visible).pk
        drafted = draft_baseline(
            series_id=series_by_id(series_id=values.pop("series"), visible=visible).pk,
            window=Window(comparison_id=comparison, **values),
            actor=actor_of(request),
            at=at,
        )
        return Response(BaselineOut(drafted).data, status=201)


class BaselineApproval(APIView):
    """A second person's word for a baseline."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="baselines_approve",
        tags=["baselines"],
        request=BaselineReasonIn,
        responses=BaselineOut,
    )
    def post(self, request: Request, baseline_id: UUID) -> Response:
        """Agree to a baseline; thresholds relative to it follow."""
        found, why, at = _asked(request, baseline_id)
        agreed = agree_to_baseline(baseline_id=found.pk, reason=why, actor=actor_of(request), at=at)
        return Response(BaselineOut(agreed).data)


class BaselineWithdrawal(APIView):
    """The end of a baseline that turned out wrong, or of a draft."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="baselines_withdraw",
        tags=["baselines"],
        request=BaselineReasonIn,
        responses=BaselineOut,
    )
    def post(self, request: Request, baseline_id: UUID) -> Response:
        """Withdraw it; thresholds relative to it judge nothing until there is another."""
        found, why, at = _asked(request, baseline_id)
        ended = end_baseline(baseline_id=found.pk, reason=why, actor=actor_of(request), at=at)
        return Response(BaselineOut(ended).data)


class SeriesImprovement(APIView):
    """Before and after of a series, with an interval."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="series_improvement",
        tags=["baselines"],
        parameters=SPANS,
        responses=ImprovementOut,
    )
    def get(self, request: Request, series_id: int) -> Response:
        """Compare two spans; refused without an approved baseline."""
        at = clock.now()
        series = series_by_id(series_id=series_id, visible=visible_systems(request, at))
        given = {one.name: _instant(request, one.name) for one in SPANS}
        found = compare(
            series=series,
            before=(given["before_since"], given["before_until"]),
            after=(given["after_since"], given["after_until"]),
            at=at,
        )
        return Response(ImprovementOut(found).data)


def _asked(request: Request, baseline_id: UUID) -> tuple[Baseline, str, Any]:
    given, at = BaselineReasonIn(data=request.data), clock.now()
    given.is_valid(raise_exception=True)
    found = baseline_of_id(baseline_id=baseline_id, visible=visible_systems(request, at))
    return found, given.validated_data["reason"], at


def _instant(request: Request, name: str) -> Any:
    text = request.query_params.get(name, "").replace("\0", "")
    found = instant_of(text, user=signed_in(request), now=clock.now())
    if found is None:
        words = "Give an instant of the past, such as 2026-11-15T00:00:00Z."
        raise Invalid("invalid_span", words, fields={name: words})
    return found
