"""Motions: the docket, one in full, putting one, withdrawing it, sending it up."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.motion_shapes import (
    MotionIn,
    MotionOut,
    MotionPageOut,
    ReasonIn,
)
from governance.models import Decision
from governance.selectors.rounds import docket_page, motion_by_number, read_round
from governance.services.motions import propose_motion, withdraw_motion
from governance.services.rounds import send_up
from incidents.models import Incident
from incidents.selectors.visibility import (
    incident_by_number,
    incidents_of,
    incidents_visible_to,
)
from outbox import clock
from registry.access import (
    AS_OF,
    HasScope,
    IsPerson,
    actor_of,
    etag,
    expected_version,
    moment_of,
    signed_in,
    visible_systems,
)
from registry.models import ServiceToken
from registry.selectors.systems import version_by_label

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the motion as you saw it.",
)
CURSOR = OpenApiParameter("cursor", str, description="The cursor of the page before.")
STATE = OpenApiParameter("state", str, enum=Decision.State.values)
TAGS = ["motions"]


class MotionList(APIView):
    """The docket: motions on the incidents that the caller may see."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="motions_list",
        tags=TAGS,
        parameters=[CURSOR, STATE, AS_OF],
        responses=MotionPageOut,
    )
    def get(self, request: Request) -> Response:
        """Return one page of motions, the newest first."""
        moment = moment_of(request, now=clock.now())
        visible = moment.kept(visible_incidents(request))
        with moment.reading():
            rows, following = docket_page(
                visible=visible,
                state=request.query_params.get("state", ""),
                after=request.query_params.get("cursor", ""),
            )
            told = {"as_of": moment.as_of, "next": following or None, "results": rows}
            return Response(MotionPageOut(told).data)


class MotionDetail(APIView):
    """One motion in full."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="motions_read", tags=TAGS, parameters=[AS_OF], responses=MotionOut)
    def get(self, request: Request, number: str) -> Response:
        """Return the motion as the caller may see it: votes are hidden until they have voted."""
        moment = moment_of(request, now=clock.now())
        visible = visible_incidents(request)
        found = motion_by_number(number=number, visible=visible)
        moment.require(began=found.created_at, what=f"Motion {number} was put")
        visible = moment.kept(visible.filter(pk=found.incident_id))
        with moment.reading():
            then = motion_by_number(number=number, visible=visible)
            return _told(request, then, at=moment.at, as_of=moment.as_of)


class IncidentMotions(APIView):
    """The motions on an incident."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_propose", tags=TAGS, request=MotionIn, responses={201: MotionOut}
    )
    def post(self, request: Request, number: str) -> Response:
        """Put a motion on an incident that waits for its decision."""
        given = MotionIn(data=request.data)
        given.is_valid(raise_exception=True)
        incident = incident_by_number(number=number, visible=visible_incidents(request))
        decision = propose_motion(
            incident_id=incident.pk,
            **_motion(dict(given.validated_data), incident, request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, decision.number, status.HTTP_201_CREATED)


class MotionWithdrawal(APIView):
    """The withdrawal of a motion."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_withdraw",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ReasonIn,
        responses=MotionOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Withdraw a draft of one's own, or void a running round as who leads the body."""
        given = ReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        withdraw_motion(
            decision_id=decision.pk,
            reason=given.validated_data["reason"],
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


class MotionLevel(APIView):
    """The next level of a motion."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_send_up",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ReasonIn,
        responses=MotionOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Send a running round to the next level now; returns the round that opens there."""
        given = ReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        following = send_up(
            decision_id=decision.pk,
            reason=given.validated_data["reason"],
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, following.number)


def answer(request: Request, number: str, code: int = status.HTTP_200_OK) -> Response:
    """Return a motion as it is now for the caller, with its ETag."""
    decision = motion_by_number(number=number, visible=visible_incidents(request))
    return _told(request, decision, at=clock.now(), code=code)


def _told(
    request: Request,
    decision: Any,
    *,
    at: datetime,
    as_of: datetime | None = None,
    code: int = status.HTTP_200_OK,
) -> Response:
    """Return a motion for the caller; of a past instant nobody is told that they may vote."""
    by_token = isinstance(request.auth, ServiceToken)
    user = None if by_token else signed_in(request)
    decision.as_of = as_of
    decision.view = read_round(decision=decision, user=user, at=at, may_act=as_of is None)
    return Response(MotionOut(decision).data, status=code, headers={"ETag": etag(decision.version)})


def visible_incidents(request: Request) -> QuerySet[Incident]:
    """Return the incidents that the caller may see."""
    at = clock.now()
    if isinstance(request.auth, ServiceToken):
        return incidents_of(visible_systems(request, at))
    return incidents_visible_to(user=signed_in(request), at=at)


def _motion(values: dict[str, Any], incident: Incident, request: Request) -> dict[str, Any]:
    """Turn labels of target versions and the number of a replaced motion into ids."""
    replaced = values.pop("supersedes")
    if replaced:
        former = motion_by_number(number=replaced, visible=visible_incidents(request))
        values["supersedes_id"] = former.pk
    return with_versions(values, incident)


def with_versions(values: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """Turn the labels of target versions into ids. Raises Missing."""
    for action in values.get("actions") or ():
        label = action["target_version"]
        if label:
            version = version_by_label(system_id=incident.system_id, label=label)
            action["target_version"] = version.pk
    return values
