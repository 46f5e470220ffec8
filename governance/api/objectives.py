"""Trend rules, error budgets and guardrail pairs over the API: read, draft, approve, end."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.objective_shapes import (
    BudgetIn,
    ErrorBudgetOut,
    GuardrailPairOut,
    MeasuredStandingOut,
    PairIn,
    TrendIn,
    TrendRuleOut,
    given_of,
)
from governance.models import ErrorBudget, GuardrailPair, MeasuredStanding, TrendRule
from governance.selectors.budgets import error_budgets_of
from governance.selectors.measured import measured_standings
from governance.selectors.pair_proposals import pair_of_kpi
from governance.selectors.pairs import guardrail_pairs_of
from governance.selectors.thresholds import visible_threshold
from governance.selectors.trends import trend_rules_of
from governance.services.objectives import (
    draft_error_budget,
    draft_guardrail_pair,
    draft_trend_rule,
)
from outbox import clock
from registry.access import AS_OF, HasScope, IsPerson, actor_of, visible_system, visible_systems
from registry.api.past import PastList, PastPages
from registry.models import System

SYSTEM = OpenApiParameter("system", str, description="Only those of this system (slug).")
TAGS = ["objectives"]


class ObjectivePages(PastPages):
    """Keyset pages, the newest first."""

    ordering = ("-created_at", "id")


class _Versions(PastList[Any]):
    """Versions of the systems that the caller may see; draft another one."""

    pagination_class = ObjectivePages

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; drafting takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def system_ids(self) -> list[UUID]:
        """Return the systems that are asked for."""
        return _asked(self.systems, self.request)


class TrendRuleList(_Versions):
    """How slides are told under thresholds."""

    queryset = TrendRule.objects.none()
    serializer_class = TrendRuleOut

    def get_queryset(self) -> QuerySet[TrendRule]:
        """Return what the caller may see."""
        return trend_rules_of(system_ids=self.system_ids())

    @extend_schema(operation_id="trend_rules_list", tags=TAGS, parameters=[SYSTEM, AS_OF])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of versions."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="trend_rules_draft",
        tags=TAGS,
        request=TrendIn,
        responses={201: TrendRuleOut},
    )
    def post(self, request: Request) -> Response:
        """Draft a version for somebody else to approve."""
        given, at = given_of(TrendIn, request), clock.now()
        visible = visible_systems(request, at)
        threshold = visible_threshold(threshold_id=given.pop("threshold"), visible=visible)
        row = draft_trend_rule(
            threshold_id=threshold.pk,
            reason=given.pop("reason"),
            stated=TrendIn.stated(given),
            actor=actor_of(request),
            at=at,
        )
        return Response(TrendRuleOut(row).data, status=201)


class ErrorBudgetList(_Versions):
    """The failures that are allowed."""

    queryset = ErrorBudget.objects.none()
    serializer_class = ErrorBudgetOut

    def get_queryset(self) -> QuerySet[ErrorBudget]:
        """Return what the caller may see."""
        return error_budgets_of(system_ids=self.system_ids())

    @extend_schema(operation_id="error_budgets_list", tags=TAGS, parameters=[SYSTEM, AS_OF])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of versions."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="error_budgets_draft",
        tags=TAGS,
        request=BudgetIn,
        responses={201: ErrorBudgetOut},
    )
    def post(self, request: Request) -> Response:
        """Draft a version for somebody else to approve."""
        given, at = given_of(BudgetIn, request), clock.now()
        row = draft_error_budget(
            system_id=visible_system(request, given.pop("system"), at).pk,
            kpi_id=given.pop("kpi"),
            place=BudgetIn.place(given),
            reason=given.pop("reason"),
            stated=BudgetIn.stated(given),
            actor=actor_of(request),
            at=at,
        )
        return Response(ErrorBudgetOut(row).data, status=201)


class GuardrailList(_Versions):
    """Gains beside what they must not cost."""

    queryset = GuardrailPair.objects.none()
    serializer_class = GuardrailPairOut

    def get_queryset(self) -> QuerySet[GuardrailPair]:
        """Return what the caller may see."""
        return guardrail_pairs_of(system_ids=self.system_ids())

    @extend_schema(operation_id="guardrails_list", tags=TAGS, parameters=[SYSTEM, AS_OF])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of versions."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="guardrails_draft",
        tags=TAGS,
        request=PairIn,
        responses={201: GuardrailPairOut},
    )
    def post(self, request: Request) -> Response:
        """Draft a version for somebody else to approve."""
        given, at = given_of(PairIn, request), clock.now()
        row = draft_guardrail_pair(
            system_id=visible_system(request, given.pop("system"), at).pk,
            gain_id=given.pop("gain"),
            guardrail_id=given.pop("guardrail"),
            place=PairIn.place(given),
            reason=given.pop("reason"),
            stated=PairIn.stated(given),
            actor=actor_of(request),
            at=at,
        )
        return Response(GuardrailPairOut(row).data, status=201)


class PairProposalOut(serializers.Serializer[Any]):
    """A gain and its guardrail; limits are null where the catalogue alone names it."""

    gain = serializers.CharField(source="gain.pk")
    guardrail = serializers.CharField(source="guardrail.pk")
    mode = serializers.CharField(source="terms.mode", default=None, allow_null=True)
    warning = serializers.CharField(source="terms.warning", default=None, allow_null=True)
    critical = serializers.CharField(source="terms.critical", default=None, allow_null=True)
    window = serializers.CharField(source="terms.window", default=None, allow_null=True)
    is_measured = serializers.BooleanField()
    judged_by = serializers.CharField(allow_blank=True)


class GuardrailProposals(APIView):
    """What a KPI of a system should be judged beside."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="guardrails_proposed",
        tags=TAGS,
        parameters=[OpenApiParameter("kpi", str, required=True)],
        responses=PairProposalOut(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the pairs that the policy in force and the catalogue name, and who judges them."""
        at = clock.now()
        system = visible_system(request, slug, at)
        found = pair_of_kpi(system=system, kpi_id=request.query_params.get("kpi", ""), at=at)
        return Response(PairProposalOut(found, many=True).data)


class StandingPages(PastPages):
    """Keyset pages."""

    ordering = ("-since", "id")


class MeasuredStandingList(PastList[MeasuredStanding]):
    """Where series stand under what is judged over many readings."""

    queryset = MeasuredStanding.objects.none()
    serializer_class = MeasuredStandingOut
    pagination_class = StandingPages
    permission_classes = [HasScope("read")]

    def get_queryset(self) -> QuerySet[MeasuredStanding]:
        """Return what the caller may see."""
        return measured_standings(system_ids=_asked(self.systems, self.request))

    @extend_schema(operation_id="measured_standings_list", tags=TAGS, parameters=[SYSTEM, AS_OF])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of standings with their figures; of the past without figures."""
        return super().get(request, *args, **kwargs)


def _asked(systems: QuerySet[System], request: Request) -> list[UUID]:
    """Return the systems that are asked for; no slug holds a NUL, which PostgreSQL refuses."""
    slug = request.query_params.get("system")
    if slug is not None:
        systems = systems.none() if "\x00" in slug else systems.filter(slug=slug)
    return list(systems.values_list("pk", flat=True))
