"""Changes of a round that runs: edits, times, seats, recusals after voting, the casting vote."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.motion_shapes import (
    ActionIn,
    BallotOut,
    ConditionIn,
    MotionOut,
    ProofIn,
    ReasonIn,
)
from governance.api.motions import (
    IF_MATCH,
    TAGS,
    answer,
    visible_incidents,
    with_versions,
)
from governance.models import Ballot, RecusalRequest
from governance.selectors.rounds import motion_by_number
from governance.services.casting import cast_casting
from governance.services.conditions import settle_condition, show_condition
from governance.services.motion_edits import Edit, edit_motion
from governance.services.recusals import answer_recusal, ask_recusal, void_ballot
from governance.services.round_times import change_to_writing, move_close, return_to_seat
from outbox import clock
from registry.access import IsPerson, actor_of, expected_version
from registry.api.shapes import PersonOut
from registry.ceremony import reauthenticate, take_proof


class EditIn(serializers.Serializer[Any]):
    """What the motion says from now on, and why; what is left out stays."""

    why = serializers.CharField(max_length=2000)
    title = serializers.CharField(max_length=200, required=False)
    reason = serializers.CharField(max_length=10000, required=False)
    conditions = ConditionIn(many=True, required=False)
    actions = ActionIn(many=True, required=False)


class CloseMoveIn(ReasonIn):
    """By how much later than now planned the round closes ('24h', '2bd'), and why."""

    later_by = serializers.CharField(max_length=12)


class SeatIn(serializers.Serializer[Any]):
    """Which seat."""

    seat_number = serializers.IntegerField(min_value=1, max_value=1000)


class BallotVoidIn(SeatIn, ReasonIn):
    """Which seat's ballot is void, and for which cause."""


class AnswerIn(ReasonIn):
    """Whether the chair accepts the recusal, and why."""

    accept = serializers.BooleanField()


class CastingIn(ProofIn):
    """The casting vote on the motion that was read, with its reason and the proof that signs it."""

    vote = serializers.ChoiceField(choices=[("for", "For"), ("against", "Against")])
    reason = serializers.CharField(max_length=4000)
    motion_sha256 = serializers.CharField(max_length=64)


class ShownIn(serializers.Serializer[Any]):
    """Where the evidence stands that a condition is met."""

    reference = serializers.CharField(max_length=4000)


class SettledIn(ReasonIn):
    """Whether a condition is met or moved to an obligation, and why."""

    outcome = serializers.ChoiceField(choices=[("met", "Met"), ("moved", "Moved")])


class RecusalRequestOut(serializers.ModelSerializer[RecusalRequest]):
    """A recusal after voting that was asked for."""

    person = PersonOut()
    answered_by = PersonOut(allow_null=True)

    class Meta:
        model = RecusalRequest
        fields = [
            "id", "person", "reason", "asked_at", "state", "answered_by", "answered_at", "answer",
        ]  # fmt: skip


class MotionEdits(APIView):
    """The edits of a motion."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_edit",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=EditIn,
        responses={201: MotionOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Replace the motion by its edited text; the round is void, another takes its place."""
        given = EditIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        why = values.pop("why")
        following = edit_motion(
            decision_id=decision.pk,
            edit=Edit(**with_versions(values, decision.incident)),
            why=why,
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, following.number, status.HTTP_201_CREATED)


class MotionClosingTime(APIView):
    """The closing time of a round."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_move_close",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=CloseMoveIn,
        responses=MotionOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Move the closing time later."""
        given = CloseMoveIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        move_close(
            decision_id=decision.pk,
            **given.validated_data,
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


class MotionProcedure(APIView):
    """The procedure of a round."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_in_writing",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ReasonIn,
        responses=MotionOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Let a round that was to be held in a meeting be decided in writing, from now on."""
        given = ReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        change_to_writing(
            decision_id=decision.pk,
            reason=given.validated_data["reason"],
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


class MotionReturns(APIView):
    """Holders who return to their seats."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="motions_return", tags=TAGS, request=SeatIn, responses=MotionOut)
    def post(self, request: Request, number: str) -> Response:
        """Give a seat back to its holder, unless the substitute has voted."""
        given = SeatIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        return_to_seat(
            decision_id=decision.pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


class MotionRecusalRequests(APIView):
    """Recusals that are asked for after voting."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_ask_recusal",
        tags=TAGS,
        request=ReasonIn,
        responses={201: RecusalRequestOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Ask the chair to be recused after having voted; until then the ballot counts."""
        given = ReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        row = ask_recusal(
            decision_id=decision.pk,
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(RecusalRequestOut(row).data, status=status.HTTP_201_CREATED)


class MotionRecusalAnswer(APIView):
    """The chair's answer to a recusal after voting."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_answer_recusal",
        tags=TAGS,
        request=AnswerIn,
        responses=RecusalRequestOut,
    )
    def post(self, request: Request, number: str, request_id: int) -> Response:
        """Accept or decline it; accepted, the ballot is void, visibly."""
        given = AnswerIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        row = answer_recusal(
            decision_id=decision.pk,
            request_id=min(request_id, 2**63 - 1),
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(RecusalRequestOut(row).data)


class MotionVoids(APIView):
    """Ballots that are void for cause."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="motions_void_ballot", tags=TAGS, request=BallotVoidIn,
                   responses=MotionOut)  # fmt: skip
    def post(self, request: Request, number: str) -> Response:
        """Void the ballot of somebody who lost the seat after voting; the chair, with the cause."""
        given = BallotVoidIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        void_ballot(
            decision_id=decision.pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


class MotionCasting(APIView):
    """The casting vote."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="motions_cast", tags=TAGS, request=CastingIn, responses={201: BallotOut}
    )
    def post(self, request: Request, number: str) -> Response:
        """Break a tie by a separate signed ballot, as who chairs the round."""
        given = CastingIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        proof = take_proof(values)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        ballot: Ballot = cast_casting(
            decision_id=decision.pk,
            expected_motion_sha256=values.pop("motion_sha256"),
            **values,
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(BallotOut(ballot).data, status=status.HTTP_201_CREATED)


class MotionConditionShown(APIView):
    """What shows that a condition is met."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_show_condition", tags=TAGS, request=ShownIn, responses=MotionOut
    )
    def post(self, request: Request, number: str, condition: int) -> Response:
        """Say that a condition is met, with where the evidence stands."""
        given = ShownIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        show_condition(
            decision_id=decision.pk,
            number=min(condition, 2**31 - 1),
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


class MotionConditionSettled(APIView):
    """How a condition is settled."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_settle_condition", tags=TAGS, request=SettledIn, responses=MotionOut
    )
    def post(self, request: Request, number: str, condition: int) -> Response:
        """Find a condition met, or have it moved to an obligation; by another than its owner."""
        given = SettledIn(data=request.data)
        given.is_valid(raise_exception=True)
        decision = motion_by_number(number=number, visible=visible_incidents(request))
        settle_condition(
            decision_id=decision.pk,
            number=min(condition, 2**31 - 1),
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)
