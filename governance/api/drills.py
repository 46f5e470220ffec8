"""Fire drills over the API: list, start, read with the report, end."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.models import Drill
from governance.rules.drills import FACTORS
from governance.selectors.drills import drills_of, report_of, visible_drill
from governance.services.drills import end_drill, start_drill
from incidents.rules.plan import SEVERITIES
from outbox import clock
from registry.access import AS_OF, HasScope, IsPerson, actor_of, visible_system, visible_systems
from registry.api.past import PastList, PastPages

TAGS = ["drills"]


class FireDrillIn(serializers.Serializer[Any]):
    """What is rehearsed; `factor` is by how much faster than the policy the time runs."""

    system = serializers.SlugField(max_length=80)
    purpose = serializers.CharField(max_length=2000)
    severity = serializers.ChoiceField(choices=[(one, one) for one in SEVERITIES])
    factor = serializers.ChoiceField(choices=list(FACTORS.items()), default=1)


class FireDrillLessonsIn(serializers.Serializer[Any]):
    """What was learned."""

    lessons = serializers.CharField(max_length=2000)


class FireDrillOut(serializers.ModelSerializer[Drill]):
    """A drill; `incident` is its rehearsal, counted nowhere."""

    system = serializers.CharField(source="system.slug")
    incident = serializers.CharField(source="incident.number")
    started_by = serializers.CharField(source="started_by.name")
    ended_by = serializers.CharField(source="ended_by.name", allow_null=True, default=None)

    class Meta:
        model = Drill
        fields = [
            "id", "system", "incident", "purpose", "severity", "factor", "started_by",
            "started_at", "state", "ended_by", "ended_at", "lessons",
        ]  # fmt: skip


class FireDrillReportOut(FireDrillOut):
    """A drill with its report: steps, people, gaps; as it stands, or as it was kept at the end."""

    report = serializers.SerializerMethodField()

    class Meta(FireDrillOut.Meta):
        fields = [*FireDrillOut.Meta.fields, "report"]

    def get_report(self, row: Drill) -> dict[str, Any]:
        """The report."""
        return report_of(drill=row, at=clock.now())


class FireDrillPages(PastPages):
    """Keyset pages."""

    ordering = ("-started_at", "-id")


class FireDrillList(PastList[Drill]):
    """The drills on systems that the caller may see; start another one."""

    queryset = Drill.objects.none()
    serializer_class = FireDrillOut
    pagination_class = FireDrillPages

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; starting takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def get_queryset(self) -> QuerySet[Drill]:
        """Return what the caller may see."""
        return drills_of(visible=self.systems)

    @extend_schema(operation_id="drills_list", tags=TAGS, parameters=[AS_OF])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of drills, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="drills_start",
        tags=TAGS,
        request=FireDrillIn,
        responses={201: FireDrillReportOut},
    )
    def post(self, request: Request) -> Response:
        """Start a drill: people are told at once, every message begins with DRILL."""
        given, at = FireDrillIn(data=request.data), clock.now()
        given.is_valid(raise_exception=True)
        values = given.validated_data
        drill = start_drill(
            system_id=visible_system(request, values["system"], at).pk,
            severity=values["severity"],
            factor=int(values["factor"]),
            purpose=values["purpose"],
            actor=actor_of(request),
            at=at,
        )
        return Response(FireDrillReportOut(drill).data, status=201)


class FireDrillDetail(APIView):
    """One drill with its report."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="drills_read", tags=TAGS, responses=FireDrillReportOut)
    def get(self, request: Request, drill_id: UUID) -> Response:
        """Return it."""
        return Response(FireDrillReportOut(_visible(request, drill_id)).data)


class FireDrillEnd(APIView):
    """The end of a drill."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="drills_end",
        tags=TAGS,
        request=FireDrillLessonsIn,
        responses=FireDrillReportOut,
    )
    def post(self, request: Request, drill_id: UUID) -> Response:
        """End it and keep the report, with what was learned."""
        found, given = _visible(request, drill_id), FireDrillLessonsIn(data=request.data)
        given.is_valid(raise_exception=True)
        drill = end_drill(
            drill_id=found.pk,
            lessons=given.validated_data["lessons"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(FireDrillReportOut(drill).data)


def _visible(request: Request, drill_id: UUID) -> Drill:
    return visible_drill(drill_id=drill_id, visible=visible_systems(request, clock.now()))
