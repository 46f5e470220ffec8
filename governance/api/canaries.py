"""Canary sets over the API: list, write, approve, send a run."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.services.canaries import take_in_canary_run
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, visible_system, visible_systems
from telemetry.models import CanaryRun, CanarySet
from telemetry.rules.canaries import LONGEST_ID, LONGEST_TEXT, MOST_EXPECTED, MOST_ITEMS
from telemetry.selectors.canaries import canary_sets, visible_set
from telemetry.services.canaries import approve_canary_set, draft_canary_set

TAGS = ["canary sets"]
MOST_SHOWN = 200


class ItemIn(serializers.Serializer[Any]):
    """A question with the answers any of which is right."""

    id = serializers.CharField(max_length=LONGEST_ID)
    question = serializers.CharField(max_length=LONGEST_TEXT)
    expected = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TEXT), max_length=MOST_EXPECTED
    )


class CanarySetIn(serializers.Serializer[Any]):
    """The next version of a system's set."""

    system = serializers.SlugField(max_length=80)
    environment = serializers.CharField(max_length=30, default="production")
    items = serializers.ListField(child=ItemIn(), max_length=MOST_ITEMS)
    reason = serializers.CharField(max_length=2000, default="", allow_blank=True)


class CanarySetOut(serializers.ModelSerializer[CanarySet]):
    """A version of a set."""

    system = serializers.CharField(source="system.slug")
    author = serializers.CharField(source="author.name")
    approved_by = serializers.CharField(source="approved_by.name", allow_null=True, default=None)
    items = ItemIn(many=True)

    class Meta:
        model = CanarySet
        fields = [
            "id", "system", "environment", "number", "items", "reason", "state", "author",
            "created_at", "approved_by", "approved_at",
        ]  # fmt: skip


class CanaryRunIn(serializers.Serializer[Any]):
    """The answers by item, and when they were given (null: now)."""

    answers = serializers.DictField(child=serializers.CharField(max_length=LONGEST_TEXT))
    ran_at = serializers.DateTimeField(allow_null=True, default=None)


class CanaryRunOut(serializers.ModelSerializer[CanaryRun]):
    """A run: how many agreed, and each answer."""

    answers = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = CanaryRun
        fields = ["id", "window_end", "source", "asked", "agreed", "answers", "recorded_at"]


class CanarySetList(APIView):
    """The sets of the systems that the caller may see; write another version."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; writing takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    @extend_schema(operation_id="canary_sets_list", tags=TAGS, responses=CanarySetOut(many=True))
    def get(self, request: Request) -> Response:
        """Return the newest versions."""
        rows = canary_sets(visible=visible_systems(request, clock.now()))[:MOST_SHOWN]
        return Response(CanarySetOut(rows, many=True).data)

    @extend_schema(
        operation_id="canary_sets_draft",
        tags=TAGS,
        request=CanarySetIn,
        responses={201: CanarySetOut},
    )
    def post(self, request: Request) -> Response:
        """Write a version for somebody else to approve."""
        at, given = clock.now(), CanarySetIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        made = draft_canary_set(
            system_id=visible_system(request, values["system"], at).pk,
            environment=values["environment"],
            items=values["items"],
            reason=values["reason"],
            actor=actor_of(request),
            at=at,
        )
        return Response(CanarySetOut(made).data, status=201)


class CanarySetApproval(APIView):
    """The approval of a version."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="canary_sets_approve", tags=TAGS, request=None, responses=CanarySetOut
    )
    def post(self, request: Request, set_id: UUID) -> Response:
        """Put it in force; its author cannot."""
        at = clock.now()
        found = visible_set(set_id=set_id, visible=visible_systems(request, at))
        made = approve_canary_set(set_id=found.pk, actor=actor_of(request), at=at)
        return Response(CanarySetOut(made).data)


class CanaryRuns(APIView):
    """The runs of a set."""

    def get_permissions(self) -> list[Any]:
        """Reading takes its scope; sending a run takes that of readings."""
        scope = "measurements:write" if self.request.method == "POST" else "read"
        return [HasScope(scope)()]

    @extend_schema(operation_id="canary_runs_list", tags=TAGS, responses=CanaryRunOut(many=True))
    def get(self, request: Request, set_id: UUID) -> Response:
        """Return the last runs."""
        found = visible_set(set_id=set_id, visible=visible_systems(request, clock.now()))
        return Response(CanaryRunOut(found.runs.all()[:MOST_SHOWN], many=True).data)

    @extend_schema(
        operation_id="canary_runs_send",
        tags=TAGS,
        request=CanaryRunIn,
        responses={201: CanaryRunOut},
    )
    def post(self, request: Request, set_id: UUID) -> Response:
        """Send what the set was answered; its agreement is judged at once."""
        at, given = clock.now(), CanaryRunIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = visible_set(set_id=set_id, visible=visible_systems(request, at))
        run = take_in_canary_run(
            set_id=found.pk,
            answers=given.validated_data["answers"],
            ran_at=given.validated_data["ran_at"] or at,
            actor=actor_of(request),
            at=at,
        )
        return Response(CanaryRunOut(run).data, status=201)
