"""Motions: the docket, one in full, putting one, convening, recusals, ballots, the count."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.motion_shapes import (
    BallotIn,
    BallotOut,
    CloseIn,
    ConveneIn,
    MotionIn,
    MotionOut,
    MotionPageOut,
    ReasonIn,
    RecusalIn,
    SubstituteIn,
)
from governance.models import Decision
from governance.selectors.rounds import docket_page, motion_by_number, read_round, vote_refusal
from governance.services.ballots import cast_ballot
from governance.services.closings import close_round
from governance.services.electorates import activate_substitute, declare_recusal
from governance.services.motions import propose_motion, withdraw_motion
from governance.services.rounds import convene, send_up
from incidents.models import Incident
from incidents.selectors.visibility import (
    incident_by_number,
    incidents_of,
    incidents_visible_to,
)
from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import (
    HasScope,
    IsPerson,
    actor_of,
    etag,
    expected_version,
    signed_in,
    visible_systems,
)
from registry.ceremony import reauthenticate
from registry.models import ServiceToken
from registry.selectors.systems import version_by_label

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the motion as you saw it.",
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Your own key; the same ballot under it is cast once.",
)
CURSOR = OpenApiParameter("cursor", str, description="The cursor of the page before.")
STATE = OpenApiParameter("state", str, enum=Decision.State.values)
TAGS = ["motions"]


class MotionList(APIView):
    """The docket: motions on the incidents that the caller may see."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="motions_list", tags=TAGS, parameters=[CURSOR, STATE], responses=MotionPageOut
    )
    def get(self, request: Request) -> Response:
        """Return one page of motions, the newest first."""
        rows, following = docket_page(
            visible=visible_incidents(request),
            state=request.query_params.get("state", ""),
            after=request.query_params.get("cursor", ""),
        )
        return Response(MotionPageOut({"next": following or None, "results": rows}).data)


class MotionDetail(APIView):
    """One motion in full."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="motions_read", tags=TAGS, responses=MotionOut)
    def get(self, request: Request, number: str) -> Response:
        """Return the motion as the caller may see it: votes are hidden until they have voted."""
        return answer(request, number)


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
            **_motion(dict(given.validated_data), incident),
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, decision.number, status.HTTP_201_CREATED)


class MotionConvening(APIView):
    """The convening on a motion."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_convene",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ConveneIn,
        responses=MotionOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Freeze the electorate and open the round; the answer says whether it is feasible."""
        given = ConveneIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        convene(
            decision_id=decision.pk,
            **given.validated_data,
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


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


class MotionRecusals(APIView):
    """The recusals of a round."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_recuse", tags=TAGS, request=RecusalIn, responses=MotionOut
    )
    def post(self, request: Request, number: str) -> Response:
        """Recuse oneself from the round, or accept another's reason as the chair."""
        given = RecusalIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        declare_recusal(
            decision_id=decision.pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


class MotionSubstitutes(APIView):
    """The substitutes of a round."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_substitute",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=SubstituteIn,
        responses=MotionOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Give a seat to its named substitute for this round."""
        given = SubstituteIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        activate_substitute(
            decision_id=decision.pk,
            **given.validated_data,
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


class MotionBallots(APIView):
    """The ballots of a round."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="motions_vote",
        tags=TAGS,
        parameters=[KEY],
        request=BallotIn,
        responses={201: BallotOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Cast a ballot on the motion that was read (its hash), signed with the password."""
        given = BallotIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        password = values.pop("password")
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        _refuse_before_signing(request, decision)
        ballot = cast_ballot(
            decision_id=decision.pk,
            expected_motion_sha256=values.pop("motion_sha256"),
            **values,
            ceremony=reauthenticate(request, password),
            idempotency_key=idempotency_key(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(BallotOut(ballot).data, status=status.HTTP_201_CREATED)


class MotionClosing(APIView):
    """The count of a round."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_close",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=CloseIn,
        responses=MotionOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Count the round as soon as nothing can change its outcome, or at its close."""
        given = CloseIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        version = expected_version(request)
        certify, password = given.validated_data["certify"], given.validated_data["password"]
        close_round(
            decision_id=decision.pk,
            ceremony=reauthenticate(request, password) if certify else None,
            expected_version=version,
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


def answer(request: Request, number: str, code: int = status.HTTP_200_OK) -> Response:
    """Return a motion as it is now for the caller, with its ETag."""
    decision = motion_by_number(number=number, visible=visible_incidents(request))
    by_token = isinstance(request.auth, ServiceToken)
    decision.view = read_round(  # type: ignore[attr-defined]
        decision=decision, user=None if by_token else signed_in(request), at=clock.now()
    )
    return Response(
        MotionOut(decision).data, status=code, headers={"ETag": etag(decision.version)}
    )


def visible_incidents(request: Request) -> QuerySet[Incident]:
    """Return the incidents that the caller may see."""
    at = clock.now()
    if isinstance(request.auth, ServiceToken):
        return incidents_of(visible_systems(request, at))
    return incidents_visible_to(user=signed_in(request), at=at)


def idempotency_key(request: Request) -> str | None:
    """Return the caller's key, None without one. Raises Invalid for one that is too long."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > 120:
        raise Invalid("key_too_long", "An Idempotency-Key has at most 120 characters.")
    return key or None


def _refuse_before_signing(request: Request, decision: Decision) -> None:
    """Tell somebody who cannot vote before they sign in vain; a replayed ballot is let through."""
    if isinstance(request.auth, ServiceToken) or idempotency_key(request):
        return
    refusal = vote_refusal(decision=decision, user=signed_in(request), at=clock.now())
    if refusal is not None:
        raise refusal


def _motion(values: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """Turn the labels of target versions into ids. Raises Missing."""
    for action in values["actions"]:
        label = action["target_version"]
        if label:
            version = version_by_label(system_id=incident.system_id, label=label)
            action["target_version"] = version.pk
    return values
