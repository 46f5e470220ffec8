"""Evaluation plans and runs (REG-9); a pipeline sends runs with the scope evaluations:write."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from outbox import clock
from registry.access import AS_OF, HasScope, IsPerson, actor_of, signed_in, visible_system
from registry.api.evaluation_shapes import (
    DrillIn,
    EvaluationRunIn,
    EvaluationRunOut,
    EvaluationRunRow,
    PlanApprovalIn,
    PlanIn,
    PlanOut,
    PlanRow,
    limits_of,
    results_of,
    scenarios_of,
    slices_of,
)
from registry.api.past import PastList, PastPages
from registry.models import EvaluationPlan, EvaluationRun
from registry.selectors.evaluations import (
    plan_by_number,
    plans_of,
    run_by_id,
    runs_of,
    signatures_of_run,
)
from registry.selectors.systems import no_such_system
from registry.selectors.versions import version_named
from registry.services.evaluation_runs import Report, record_run
from registry.services.evaluations import approve_plan, draft_plan, record_drill


class PlanPages(PastPages):
    """Keyset pages, the newest number first."""

    ordering = "-number"


class RunPages(PastPages):
    """Keyset pages, newest first."""

    ordering = ("-recorded_at", "-id")


@extend_schema_view(
    get=extend_schema(operation_id="evaluation_plans_list", tags=["registry"], parameters=[AS_OF])
)
class PlanList(PastList[EvaluationPlan]):
    """The evaluation plans of a system; draft the next."""

    queryset = EvaluationPlan.objects.none()
    serializer_class = PlanRow
    pagination_class = PlanPages

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; drafting takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def get_queryset(self) -> QuerySet[EvaluationPlan]:
        """Return the plans of one system that the caller may see."""
        system = self.systems.filter(slug=self.kwargs["slug"]).first()
        if system is None:
            raise no_such_system(self.kwargs["slug"])
        return plans_of(system_id=system.pk)

    @extend_schema(
        operation_id="evaluation_plans_draft",
        tags=["registry"],
        request=PlanIn,
        responses={201: PlanOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Draft the next plan; a second person approves it before any run counts."""
        given = PlanIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = dict(given.validated_data), clock.now()
        system = visible_system(request, slug, at)
        plan = draft_plan(
            system_id=system.pk,
            slices=slices_of(values.pop("slices")),
            limits=limits_of(values.pop("metrics")),
            scenarios=scenarios_of(values.pop("scenarios")),
            **values,
            author_id=signed_in(request).pk,
            actor=actor_of(request),
            at=at,
        )
        return _plan(system.pk, plan.number, status.HTTP_201_CREATED)


class PlanDetail(APIView):
    """One evaluation plan."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="evaluation_plans_read", tags=["registry"], responses=PlanOut)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """Return a plan in full, with its failure scenarios and their drills."""
        return _plan(visible_system(request, slug, clock.now()).pk, number)


class PlanApproval(APIView):
    """The approval of an evaluation plan."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="evaluation_plans_approve",
        tags=["registry"],
        request=PlanApprovalIn,
        responses=PlanOut,
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Put a plan that somebody else drafted in force, by the hash of what was looked at."""
        given = PlanApprovalIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system = visible_system(request, slug, at)
        plan = plan_by_number(system_id=system.pk, number=number)
        approve_plan(plan_id=plan.pk, **given.validated_data, actor=actor_of(request), at=at)
        return _plan(system.pk, number)


class ScenarioDrill(APIView):
    """The drill of a failure scenario."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="evaluation_plans_drill", tags=["registry"], request=DrillIn, responses=PlanOut
    )
    def post(self, request: Request, slug: str, number: int, place: int) -> Response:
        """Record that the response to a scenario was rehearsed, and what came of it."""
        given = DrillIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system = visible_system(request, slug, at)
        plan = plan_by_number(system_id=system.pk, number=number)
        scenario = next((one for one in plan.scenarios.all() if one.place == place), None)
        if scenario is None:
            raise Missing(
                "unknown_scenario",
                worded("Plan {number} has no scenario {place}.", number=number, place=place),
            )
        record_drill(
            scenario_id=scenario.pk,
            **given.validated_data,
            person_id=signed_in(request).pk,
            actor=actor_of(request),
            at=at,
        )
        return _plan(system.pk, number)


@extend_schema_view(
    get=extend_schema(operation_id="evaluation_runs_list", tags=["registry"], parameters=[AS_OF])
)
class RunList(PastList[EvaluationRun]):
    """The evaluation runs of a system; send one."""

    queryset = EvaluationRun.objects.none()
    serializer_class = EvaluationRunRow
    pagination_class = RunPages

    def get_permissions(self) -> list[Any]:
        """Reading takes its scope, sending another."""
        return [HasScope("evaluations:write" if self.request.method == "POST" else "read")()]

    def get_queryset(self) -> QuerySet[EvaluationRun]:
        """Return the runs of one system that the caller may see."""
        system = self.systems.filter(slug=self.kwargs["slug"]).first()
        if system is None:
            raise no_such_system(self.kwargs["slug"])
        return runs_of(system_id=system.pk)

    @extend_schema(
        operation_id="evaluation_runs_send",
        tags=["registry"],
        request=EvaluationRunIn,
        responses={201: EvaluationRunOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Record a run under the plan in force; persons sign it afterwards on its page."""
        given = EvaluationRunIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = dict(given.validated_data), clock.now()
        system = visible_system(request, slug, at)
        version = version_named(system=system, label=values.pop("version"))
        run = record_run(
            system_id=system.pk,
            version_id=version.pk,
            identity_hash=values.pop("identity_hash", None),
            report=Report(results=results_of(values.pop("results")), **values),
            sender_id=signed_in(request).pk,
            actor=actor_of(request),
            at=at,
        )
        return _run(system.pk, run.pk, status.HTTP_201_CREATED)


class RunDetail(APIView):
    """One evaluation run."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="evaluation_runs_read", tags=["registry"], responses=EvaluationRunOut
    )
    def get(self, request: Request, slug: str, run_id: UUID) -> Response:
        """Return a run line by line, with the signatures that stand for it."""
        return _run(visible_system(request, slug, clock.now()).pk, run_id)


def _plan(system_id: UUID, number: int, code: int = status.HTTP_200_OK) -> Response:
    plan = plan_by_number(system_id=system_id, number=number)
    return Response(PlanOut(plan).data, status=code)


def _run(system_id: UUID, run_id: UUID, code: int = status.HTTP_200_OK) -> Response:
    run: Any = run_by_id(system_id=system_id, run_id=run_id)
    run.standing_signatures = signatures_of_run(run)
    return Response(EvaluationRunOut(run).data, status=code)
