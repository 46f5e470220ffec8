"""A motion's procedure: meetings demanded, recorded votes, dissent, decisions outside; minutes."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.meeting_shapes import (
    AddendumIn,
    AddendumOut,
    CertifyIn,
    CountersignIn,
    DissentIn,
    DissentOut,
    MeetingReasonIn,
    MinutesOut,
    MinutesSignIn,
    NarrativeIn,
    NarrativeOut,
    RecordedDecisionIn,
    RecordedDecisionOut,
    RecordedVoteIn,
    RecordedVoteOut,
)
from governance.api.motion_shapes import BallotOut, MotionOut
from governance.api.motions import answer, visible_incidents
from governance.models import Decision, Minutes, RecordedDecision, RecordedVote
from governance.selectors.meetings import recorded_votes_of
from governance.selectors.minutes import standing_minutes, subject_of_number
from governance.selectors.rounds import motion_by_number
from governance.services.dissents import add_dissent
from governance.services.meeting_rounds import demand_meeting
from governance.services.minutes import (
    add_addendum,
    attach_narrative,
    draft_minutes,
    sign_minutes,
)
from governance.services.recorded_decisions import (
    Taken,
    certify_decision,
    record_decision,
    refuse_decision,
)
from governance.services.recorded_votes import countersign_vote, record_vote
from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.access.json_body import JSONParser
from registry.access.uploads import check_length
from registry.ceremony import reauthenticate, take_proof
from registry.services.files import keep_file

TAGS = ["meetings"]
CREATED = status.HTTP_201_CREATED


class MotionMeetingDemands(APIView):
    """Demands for a meeting in place of a written round."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_demand_meeting",
        tags=TAGS,
        request=MeetingReasonIn,
        responses=MotionOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Demand a meeting, as any member; the charter's notice begins now."""
        given = MeetingReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        demand_meeting(
            decision_id=_motion(request, number).pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


class MotionRecordedVotes(APIView):
    """Votes that were called in a meeting."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_recorded_votes",
        tags=TAGS,
        responses=RecordedVoteOut(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        """Return whose votes were recorded, and which of them count."""
        rows = recorded_votes_of(_motion(request, number))
        return Response(RecordedVoteOut(rows, many=True).data)

    @extend_schema(
        operation_id="motions_record_vote",
        tags=TAGS,
        request=RecordedVoteIn,
        responses={201: RecordedVoteOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Record a vote, as the secretary; uncounted until the member countersigns it."""
        given = RecordedVoteIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = record_vote(
            decision_id=_motion(request, number).pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(RecordedVoteOut(row).data, status=CREATED)


class MotionCountersignature(APIView):
    """The countersignature of a recorded vote."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="motions_countersign",
        tags=TAGS,
        request=CountersignIn,
        responses={201: BallotOut},
    )
    def post(self, request: Request, number: str, recorded_id: int) -> Response:
        """Countersign one's recorded vote before the round closes; then it counts."""
        values, proof = _signed(request, CountersignIn)
        decision = _motion(request, number)
        known = RecordedVote.objects.filter(decision=decision, pk=recorded_id).first()
        if known is None:
            raise Missing("unknown_vote", "There is no such recorded vote.")
        ballot = countersign_vote(
            recorded_id=known.pk,
            expected_motion_sha256=values["motion_sha256"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(BallotOut(ballot).data, status=CREATED)


class MotionDissents(APIView):
    """Statements of dissent."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="motions_dissent", tags=TAGS, request=DissentIn, responses={201: DissentOut}
    )
    def post(self, request: Request, number: str) -> Response:
        """State a dissent, signed, after the round; by who voted against."""
        values, proof = _signed(request, DissentIn)
        row = add_dissent(
            decision_id=_motion(request, number).pk,
            text=values["text"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(DissentOut(row).data, status=CREATED)


class _Upload(APIView):
    """A body beyond the limit is not read."""

    permission_classes = [IsPerson]
    parser_classes = [MultiPartParser, JSONParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what is too large before it is parsed."""
        super().initial(request, *args, **kwargs)
        check_length(request._request)


class MotionRecordedDecisions(_Upload):
    """Decisions that were taken outside."""

    @extend_schema(
        operation_id="motions_record_decision",
        tags=TAGS,
        request={"multipart/form-data": RecordedDecisionIn},
        responses={201: RecordedDecisionOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Attach a decision with its document, as the first of two who certify it."""
        values, proof = _signed(request, RecordedDecisionIn)
        decision = _motion(request, number)
        document, sha256 = values.pop("file"), values.pop("motion_sha256")
        ceremony = reauthenticate(request, **proof)
        row = record_decision(
            decision_id=decision.pk,
            taken=Taken(**values),
            document=keep_file(upload=document),
            expected_motion_sha256=sha256,
            ceremony=ceremony,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(RecordedDecisionOut(row).data, status=CREATED)


class MotionRecordedDecisionCertificate(APIView):
    """The second certificate on a decision taken outside."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="motions_certify_decision", tags=TAGS, request=CertifyIn, responses=MotionOut
    )
    def post(self, request: Request, number: str, recorded_id: UUID) -> Response:
        """Certify it as the second person; then it counts as the resolution."""
        values, proof = _signed(request, CertifyIn)
        certify_decision(
            recorded_id=_recorded(request, number, recorded_id).pk,
            expected_record_sha256=values["record_sha256"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return answer(request, number)


class MotionRecordedDecisionRefusal(APIView):
    """The refusal of the second certificate."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="motions_refuse_decision",
        tags=TAGS,
        request=MeetingReasonIn,
        responses=RecordedDecisionOut,
    )
    def post(self, request: Request, number: str, recorded_id: UUID) -> Response:
        """Refuse to certify it, with the reason; it counts for nothing."""
        given = MeetingReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = refuse_decision(
            recorded_id=_recorded(request, number, recorded_id).pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(RecordedDecisionOut(row).data)


class MinutesDetail(APIView):
    """The minutes of a meeting, or of a round in writing."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="minutes_get", tags=TAGS, responses=MinutesOut)
    def get(self, request: Request, number: str) -> Response:
        """Return the minutes that stand."""
        return Response(MinutesOut(_minutes(request, number)).data)

    @extend_schema(
        operation_id="minutes_draft", tags=TAGS, request=None, responses={201: MinutesOut}
    )
    def post(self, request: Request, number: str) -> Response:
        """Draw them up from the records as they are now."""
        at = clock.now()
        meeting, decision = subject_of_number(number=number, user=signed_in(request), at=at)
        row = draft_minutes(
            meeting_id=meeting.pk if meeting else None,
            decision_id=decision.pk if decision else None,
            actor=actor_of(request),
            at=at,
        )
        return Response(MinutesOut(row).data, status=CREATED)


class MinutesSignature(APIView):
    """The signatures on minutes."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="minutes_sign", tags=TAGS, request=MinutesSignIn, responses=MinutesOut
    )
    def post(self, request: Request, number: str) -> Response:
        """Certify them as chair, then approve them as a second person."""
        values, proof = _signed(request, MinutesSignIn)
        row = sign_minutes(
            minutes_id=_minutes(request, number).pk,
            expected_sha256=values["sha256"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(MinutesOut(row).data)


class MinutesAddenda(APIView):
    """Addenda to approved minutes."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="minutes_amend", tags=TAGS, request=AddendumIn, responses={201: AddendumOut}
    )
    def post(self, request: Request, number: str) -> Response:
        """Add a signed addendum."""
        values, proof = _signed(request, AddendumIn)
        row = add_addendum(
            minutes_id=_minutes(request, number).pk,
            text=values["text"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(AddendumOut(row).data, status=CREATED)


class MinutesNarratives(_Upload):
    """Edited copies that came back."""

    @extend_schema(
        operation_id="minutes_attach_narrative",
        tags=TAGS,
        request={"multipart/form-data": NarrativeIn},
        responses={201: NarrativeOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Attach an edited copy as a draft narrative; the record stays as it is."""
        given = NarrativeIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = attach_narrative(
            minutes_id=_minutes(request, number).pk,
            document=keep_file(upload=given.validated_data["file"]),
            note=given.validated_data["note"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(NarrativeOut(row).data, status=CREATED)


def _signed(request: Request, shape: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what was given and the proof of who signs."""
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    values = dict(given.validated_data)
    return values, take_proof(values)


def _motion(request: Request, number: str) -> Decision:
    return motion_by_number(number=number, visible=visible_incidents(request))


def _recorded(request: Request, number: str, recorded_id: UUID) -> RecordedDecision:
    decision = _motion(request, number)
    found = RecordedDecision.objects.filter(decision=decision, pk=recorded_id).first()
    if found is None:
        raise Missing("unknown_record", "There is no such recorded decision.")
    return found


def _minutes(request: Request, number: str) -> Minutes:
    at = clock.now()
    meeting, decision = subject_of_number(number=number, user=signed_in(request), at=at)
    row = standing_minutes(meeting=meeting, decision=decision)
    if row is None:
        raise Missing("unknown_minutes", "No minutes were drawn up yet.")
    return row
