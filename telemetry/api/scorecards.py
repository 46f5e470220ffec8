"""The scorecard of a system: read it, and put a whole one in force."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import (
    AS_OF,
    HasScope,
    IsPerson,
    actor_of,
    etag,
    expected_version,
    visible_system,
)
from registry.access.pages import asked
from registry.api.shapes import PersonOut
from registry.models import System
from telemetry.models import Perspective, ScorecardLine
from telemetry.rules.scorecards import CEILING, LONGEST, Line
from telemetry.selectors.scorecards import (
    scorecard_findings,
    scorecard_lines,
    scorecard_version,
)
from telemetry.services.scorecards import set_scorecard

TAGS = ["telemetry"]
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description='The ETag of the scorecard as you saw it; "0" where there is none yet.',
)


class ScorecardLineOut(serializers.ModelSerializer[ScorecardLine]):
    """A line: the KPI, who answers for it, what is done when it breaks."""

    kpi = serializers.CharField(source="kpi_id")
    name = serializers.CharField(source="kpi.name")
    counter_metric = serializers.CharField(source="kpi.counter_metric_id", allow_null=True)
    owner = PersonOut()

    class Meta:
        model = ScorecardLine
        fields = [
            "position", "kpi", "name", "perspective", "owner", "on_breach", "target",
            "counter_metric", "from_at",
        ]  # fmt: skip


class ScorecardFindingOut(serializers.Serializer[Any]):
    """What is missing or too much; it is told, not refused."""

    code = serializers.CharField()
    words = serializers.CharField()


class ScorecardOut(serializers.Serializer[Any]):
    """The scorecard of a system; version 0 where nobody made one."""

    system = serializers.CharField()
    version = serializers.IntegerField()
    lines = ScorecardLineOut(many=True)
    findings = ScorecardFindingOut(many=True)


class ScorecardLineIn(serializers.Serializer[Any]):
    """A line to stand on the scorecard."""

    kpi = serializers.CharField(max_length=60)
    perspective = serializers.ChoiceField(choices=Perspective.choices)
    owner = serializers.UUIDField()
    on_breach = serializers.CharField(max_length=LONGEST)
    target = serializers.FloatField(default=None, allow_null=True)


class ScorecardIn(serializers.Serializer[Any]):
    """The whole scorecard, in its order, and why it is changed."""

    lines = serializers.ListField(child=ScorecardLineIn(), max_length=CEILING)
    reason = serializers.CharField(max_length=2000, default="", allow_blank=True)


class SystemScorecard(APIView):
    """The few KPIs that a system is steered by."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; setting takes a person."""
        return [IsPerson() if self.request.method == "PUT" else HasScope("read")()]

    @extend_schema(
        operation_id="scorecard_read", tags=TAGS, parameters=[AS_OF], responses=ScorecardOut
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return it with its ETag, and what is missing from it; now or at an instant."""
        found, moment = asked(request, slug)
        with moment.reading():
            return _answer(found)

    @extend_schema(
        operation_id="scorecard_set",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ScorecardIn,
        responses=ScorecardOut,
    )
    def put(self, request: Request, slug: str) -> Response:
        """Put a whole scorecard in force; what is no longer on it ends."""
        at = clock.now()
        system = visible_system(request, slug, at)
        given = ScorecardIn(data=request.data)
        given.is_valid(raise_exception=True)
        set_scorecard(
            system_id=system.pk,
            lines=[_line(line) for line in given.validated_data["lines"]],
            expected_version=expected_version(request),
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        return _answer(system)


def _line(given: Mapping[str, Any]) -> Line:
    return Line(
        kpi=given["kpi"],
        perspective=given["perspective"],
        owner_id=given["owner"],
        on_breach=given["on_breach"],
        target=given["target"],
    )


def _answer(system: System) -> Response:
    lines = list(scorecard_lines(system_id=system.pk))
    version = scorecard_version(system_id=system.pk)
    found = {
        "system": system.slug,
        "version": version,
        "lines": lines,
        "findings": scorecard_findings(lines),
    }
    return Response(ScorecardOut(found).data, headers={"ETag": etag(version)})
