"""Trend rules, error budgets and guardrail pairs over the API: approved, ended."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.objective_shapes import (
    ErrorBudgetOut,
    GuardrailPairOut,
    ObjectiveReasonIn,
    TrendRuleOut,
    given_of,
)
from governance.models import ErrorBudget, GuardrailPair, TrendRule
from governance.selectors.pages.objectives import visible_agreement
from governance.services.agreements import Agreement, Kind
from governance.services.objectives import approve_objective, end_objective
from outbox import clock
from registry.access import IsPerson, actor_of, visible_systems

TAGS = ["objectives"]


class _Act(APIView):
    """What a person does to a version."""

    permission_classes = [IsPerson]
    kind: ClassVar[Kind]
    shape: ClassVar[type[serializers.ModelSerializer[Any]]]

    def found(self, request: Request, version_id: UUID) -> Agreement:
        """Return the version. Raises Missing."""
        visible = visible_systems(request, clock.now())
        return visible_agreement(kind=self.kind, version_id=version_id, visible=visible)

    def approved(self, request: Request, version_id: UUID) -> Response:
        """Put a draft in force."""
        given, at = given_of(ObjectiveReasonIn, request), clock.now()
        row = approve_objective(
            kind=self.kind,
            version_id=self.found(request, version_id).pk,
            reason=given["reason"],
            actor=actor_of(request),
            at=at,
        )
        return Response(self.shape(row).data)

    def ended(self, request: Request, version_id: UUID) -> Response:
        """Draft the end."""
        given, at = given_of(ObjectiveReasonIn, request), clock.now()
        row = end_objective(
            row=self.found(request, version_id),
            reason=given["reason"],
            actor=actor_of(request),
            at=at,
        )
        return Response(self.shape(row).data, status=201)


class TrendRuleApproval(_Act):
    """The approval of a trend rule."""

    kind, shape = TrendRule, TrendRuleOut

    @extend_schema(
        operation_id="trend_rules_approve",
        tags=TAGS,
        request=ObjectiveReasonIn,
        responses=TrendRuleOut,
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        """Put a version in force; its author cannot."""
        return self.approved(request, version_id)


class TrendRuleEnd(_Act):
    """The end of a trend rule."""

    kind, shape = TrendRule, TrendRuleOut

    @extend_schema(
        operation_id="trend_rules_end",
        tags=TAGS,
        request=ObjectiveReasonIn,
        responses={201: TrendRuleOut},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        """Draft the end of a version in force for somebody else to approve."""
        return self.ended(request, version_id)


class ErrorBudgetApproval(_Act):
    """The approval of an error budget."""

    kind, shape = ErrorBudget, ErrorBudgetOut

    @extend_schema(
        operation_id="error_budgets_approve",
        tags=TAGS,
        request=ObjectiveReasonIn,
        responses=ErrorBudgetOut,
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        """Put a version in force; its author cannot."""
        return self.approved(request, version_id)


class ErrorBudgetEnd(_Act):
    """The end of an error budget."""

    kind, shape = ErrorBudget, ErrorBudgetOut

    @extend_schema(
        operation_id="error_budgets_end",
        tags=TAGS,
        request=ObjectiveReasonIn,
        responses={201: ErrorBudgetOut},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        """Draft the end of a version in force for somebody else to approve."""
        return self.ended(request, version_id)


class GuardrailApproval(_Act):
    """The approval of a guardrail."""

    kind, shape = GuardrailPair, GuardrailPairOut

    @extend_schema(
        operation_id="guardrails_approve",
        tags=TAGS,
        request=ObjectiveReasonIn,
        responses=GuardrailPairOut,
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        """Put a version in force; its author cannot."""
        return self.approved(request, version_id)


class GuardrailEnd(_Act):
    """The end of a guardrail."""

    kind, shape = GuardrailPair, GuardrailPairOut

    @extend_schema(
        operation_id="guardrails_end",
        tags=TAGS,
        request=ObjectiveReasonIn,
        responses={201: GuardrailPairOut},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        """Draft the end of a version in force for somebody else to approve."""
        return self.ended(request, version_id)
