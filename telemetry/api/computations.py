"""Which KPIs are computed from a system's decision events: read, define, stop, resume."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Invalid, Missing
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, visible_system
from telemetry.models import Computation
from telemetry.rules.rows import window_seconds
from telemetry.selectors.computations import computations_of
from telemetry.services.computations import (
    define_computation,
    resume_computation,
    stop_computation,
)

TAGS = ["telemetry"]


class ComputationOut(serializers.ModelSerializer[Computation]):
    """A KPI that is computed, by window and segment."""

    system = serializers.CharField(source="system.slug")
    kpi = serializers.CharField(source="kpi_id")

    class Meta:
        model = Computation
        fields = [
            "id", "system", "kpi", "environment", "window_seconds", "cadence_seconds", "attribute",
            "reference", "group", "positive", "limit", "legal_basis", "active",
        ]  # fmt: skip


class ComputationIn(serializers.Serializer[Any]):
    """What is to be computed from now on."""

    kpi = serializers.CharField(max_length=60)
    window = serializers.RegexField(
        r"^\d+[smhd]$", max_length=10, help_text="such as 1d; aligned to 1970 in UTC"
    )
    cadence = serializers.RegexField(
        r"^\d+[smhd]$",
        max_length=10,
        default=None,
        allow_null=True,
        help_text="how often a reading is expected; silence beyond it is judged",
    )
    environment = serializers.CharField(max_length=30, default="production")
    attribute = serializers.CharField(
        max_length=59,
        default="",
        allow_blank=True,
        help_text="the attribute of the segment that the events are split by; tool: by tool",
    )
    reference = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="the group that others are held to"
    )
    group = serializers.CharField(max_length=60, default="", allow_blank=True)
    positive = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="the answer or class that counts"
    )
    limit = serializers.FloatField(
        default=None, allow_null=True, help_text="budget of a window; k of a ranking"
    )
    legal_basis = serializers.CharField(
        max_length=200,
        default="",
        allow_blank=True,
        help_text="for a fairness gap: on which legal basis the group attribute is processed",
    )


class ComputationReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=2000)


class ComputationResumeIn(ComputationReasonIn):
    """Why; and the legal basis of a fairness gap where none is on record yet."""

    legal_basis = serializers.CharField(max_length=200, default="", allow_blank=True)


class SystemComputations(APIView):
    """What is computed of a system."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; defining takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    @extend_schema(operation_id="computations_list", tags=TAGS, responses=ComputationOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Return all of them, what is stopped as well."""
        system = visible_system(request, slug, clock.now())
        rows = computations_of(system_id=system.pk)
        return Response(ComputationOut(rows, many=True).data)

    @extend_schema(
        operation_id="computations_define",
        tags=TAGS,
        request=ComputationIn,
        responses={201: ComputationOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have a KPI computed from now on."""
        at = clock.now()
        system = visible_system(request, slug, at)
        given = ComputationIn(data=request.data)
        given.is_valid(raise_exception=True)
        told = dict(given.validated_data)
        computation = define_computation(
            system_id=system.pk,
            kpi_id=told.pop("kpi"),
            window=_seconds(told.pop("window"), "window"),
            cadence=_cadence(told.pop("cadence")),
            actor=actor_of(request),
            at=at,
            **told,
        )
        return Response(ComputationOut(computation).data, status=201)


class ComputationStop(APIView):
    """Stop computing a KPI."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="computations_stop",
        tags=TAGS,
        request=ComputationReasonIn,
        responses=ComputationOut,
    )
    def post(self, request: Request, slug: str, computation_id: UUID) -> Response:
        """Compute it no more from now on; its readings stay."""
        return _switched(request, slug, computation_id, stop_computation, ComputationReasonIn)


class ComputationResume(APIView):
    """Compute a KPI again."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="computations_resume",
        tags=TAGS,
        request=ComputationResumeIn,
        responses=ComputationOut,
    )
    def post(self, request: Request, slug: str, computation_id: UUID) -> Response:
        """Compute it again from now on."""
        return _switched(request, slug, computation_id, resume_computation, ComputationResumeIn)


def _switched(
    request: Request, slug: str, computation_id: UUID, switch: Any, shape: Any
) -> Response:
    at = clock.now()
    system = visible_system(request, slug, at)
    if not computations_of(system_id=system.pk).filter(pk=computation_id).exists():
        raise Missing("unknown_computation", "There is no such computation.")
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    computation = switch(
        computation_id=computation_id, actor=actor_of(request), at=at, **given.validated_data
    )
    return Response(ComputationOut(computation).data)


def _cadence(text: str | None) -> int | None:
    return None if text is None else _seconds(text, "cadence")


def _seconds(text: str, field: str) -> int:
    seconds = window_seconds(text)
    if seconds is None:
        words = "A number and s, m, h or d, at most 366d, such as 7d."
        raise Invalid("invalid_computation", words, fields={field: words})
    return seconds
