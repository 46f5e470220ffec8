"""Rounds: convening, recusals, substitutes, ballots, the count."""

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
    MotionOut,
    RecusalIn,
    SubstituteIn,
)
from governance.api.motions import IF_MATCH, TAGS, answer, visible_incidents
from governance.models import Decision
from governance.selectors.rounds import motion_by_number, vote_refusal
from governance.services.ballots import cast_ballot
from governance.services.closings import close_round
from governance.services.electorates import activate_substitute, declare_recusal
from governance.services.rounds import convene
from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import IsPerson, actor_of, expected_version, signed_in
from registry.ceremony import reauthenticate, take_proof
from registry.models import ServiceToken

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Your own key; the same ballot under it is cast once.",
)


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


class MotionRecusals(APIView):
    """The recusals of a round."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="motions_recuse", tags=TAGS, request=RecusalIn, responses=MotionOut)
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
        """Cast a ballot on the motion that was read (its hash), signed with a fresh proof."""
        given = BallotIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        proof = take_proof(values)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        _refuse_before_signing(request, decision)
        ballot = cast_ballot(
            decision_id=decision.pk,
            expected_motion_sha256=values.pop("motion_sha256"),
            **values,
            ceremony=reauthenticate(request, **proof),
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
        values = dict(given.validated_data)
        proof = take_proof(values)
        close_round(
            decision_id=decision.pk,
            ceremony=reauthenticate(request, **proof) if values["certify"] else None,
            expected_version=version,
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


def _refuse_before_signing(request: Request, decision: Decision) -> None:
    """Tell somebody who cannot vote before they sign in vain; a replayed ballot is let through."""
    if isinstance(request.auth, ServiceToken) or idempotency_key(request):
        return
    refusal = vote_refusal(decision=decision, user=signed_in(request), at=clock.now())
    if refusal is not None:
        raise refusal


def idempotency_key(request: Request) -> str | None:
    """Return the caller's key, None without one. Raises Invalid for one that is too long."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > 120:
        raise Invalid("key_too_long", "An Idempotency-Key has at most 120 characters.")
    return key or None
