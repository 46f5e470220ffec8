"""Meetings: convening, agenda, attendance, the consent agenda, lists that one ceremony signs."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.meeting_shapes import (
    AgendaItemIn,
    AttendanceIn,
    AttendanceOut,
    BallotListIn,
    MeetingIn,
    MeetingLineOut,
    MeetingNoteIn,
    MeetingOut,
    MeetingReasonIn,
    SigningListOut,
    SmallCaseListIn,
    SmallCaseOut,
)
from governance.api.motions import IF_MATCH, visible_incidents
from governance.models import AgendaItem, Meeting
from governance.selectors.meetings import (
    agenda_of,
    attendance_of,
    meeting_by_number,
    meetings_visible_to,
)
from governance.selectors.rounds import motion_by_number
from governance.selectors.small_cases import small_cases
from governance.services.agendas import Item, add_item, note_item
from governance.services.consent import ListedVote, lift_out, sign_ballots, sign_consent
from governance.services.meeting_calls import Call
from governance.services.meetings import (
    cancel_meeting,
    convene_meeting,
    end_meeting,
    open_meeting,
    record_attendance,
)
from governance.services.small_cases import ListedCase, close_small_many
from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import IsPerson, actor_of, etag, expected_version, signed_in
from registry.ceremony import reauthenticate, take_proof

TAGS = ["meetings"]
SHOWN = 200


class MeetingList(APIView):
    """The meetings of the bodies that the caller belongs to or oversees."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="meetings_list", tags=TAGS, responses=MeetingLineOut(many=True))
    def get(self, request: Request) -> Response:
        """Return the newest 200 meetings, the latest first."""
        rows = meetings_visible_to(user=signed_in(request), at=clock.now())[:SHOWN]
        return Response(MeetingLineOut(rows, many=True).data)

    @extend_schema(
        operation_id="meetings_convene",
        tags=TAGS,
        request=MeetingIn,
        responses={201: MeetingOut},
    )
    def post(self, request: Request) -> Response:
        """Convene a meeting with its agenda; everybody who belongs to the body is invited."""
        given = MeetingIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = dict(given.validated_data), clock.now()
        items = [_item(request, one) for one in values.pop("items")]
        row = convene_meeting(
            committee_id=values.pop("committee"),
            call=Call(**values),
            items=items,
            actor=actor_of(request),
            at=at,
        )
        return _answer(request, row.number, code=status.HTTP_201_CREATED)


class MeetingDetail(APIView):
    """One meeting."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="meetings_get", tags=TAGS, responses=MeetingOut)
    def get(self, request: Request, number: str) -> Response:
        """Return a meeting with its agenda and who was there."""
        return _answer(request, number)


class MeetingItems(APIView):
    """The agenda of a meeting."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="meetings_add_item",
        tags=TAGS,
        request=AgendaItemIn,
        responses={201: MeetingOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Put another item on the agenda before the meeting begins."""
        given = AgendaItemIn(data=request.data)
        given.is_valid(raise_exception=True)
        add_item(
            meeting_id=_meeting(request, number).pk,
            item=_item(request, given.validated_data),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, number, code=status.HTTP_201_CREATED)


class MeetingOpening(APIView):
    """The opening of a meeting."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="meetings_open",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=None,
        responses=MeetingOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Open the meeting at its time or after it."""
        open_meeting(
            meeting_id=_meeting(request, number).pk,
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, number)


class MeetingEnding(APIView):
    """The end of a meeting."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="meetings_end",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=None,
        responses=MeetingOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """End the meeting; open votes stay open until they close."""
        end_meeting(
            meeting_id=_meeting(request, number).pk,
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, number)


class MeetingCancellation(APIView):
    """The cancellation of a meeting."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="meetings_cancel",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=MeetingReasonIn,
        responses=MeetingOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Cancel a meeting that has not begun, with the reason."""
        given = MeetingReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        cancel_meeting(
            meeting_id=_meeting(request, number).pk,
            **given.validated_data,
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, number)


class MeetingAttendance(APIView):
    """Who was there."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="meetings_attend",
        tags=TAGS,
        request=AttendanceIn,
        responses={201: AttendanceOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Record who was there; a later record of the same person counts instead."""
        given = AttendanceIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = record_attendance(
            meeting_id=_meeting(request, number).pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(AttendanceOut(row).data, status=status.HTTP_201_CREATED)


class AgendaItemLift(APIView):
    """Lifting an item out of the consent agenda."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="meetings_lift_item",
        tags=TAGS,
        request=MeetingReasonIn,
        responses=MeetingOut,
    )
    def post(self, request: Request, number: str, item_id: UUID) -> Response:
        """Lift an item out, as any member; ballots on it are void, visibly."""
        given = MeetingReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        lift_out(
            item_id=_agenda_item(request, number, item_id).pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, number)


class AgendaItemNote(APIView):
    """What came of an item."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="meetings_note_item",
        tags=TAGS,
        request=MeetingNoteIn,
        responses=MeetingOut,
    )
    def post(self, request: Request, number: str, item_id: UUID) -> Response:
        """Note what came of an item, as the secretary or who leads the body."""
        given = MeetingNoteIn(data=request.data)
        given.is_valid(raise_exception=True)
        note_item(
            item_id=_agenda_item(request, number, item_id).pk,
            **given.validated_data,
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, number)


class MeetingConsent(APIView):
    """The vote on the consent agenda."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="meetings_consent",
        tags=TAGS,
        request=BallotListIn,
        responses={201: SigningListOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Vote on the whole consent agenda by one signed list; each ballot verifies singly."""
        meeting = _meeting(request, number)
        votes, proof = _votes(request)
        signed, _ballots = sign_consent(
            meeting_id=meeting.pk,
            votes=votes,
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(SigningListOut(signed).data, status=status.HTTP_201_CREATED)


class BallotLists(APIView):
    """Ballots that one ceremony signs."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="ballot_lists_sign",
        tags=TAGS,
        request=BallotListIn,
        responses={201: SigningListOut},
    )
    def post(self, request: Request) -> Response:
        """Cast several ballots by one ceremony, all or none, also in writing."""
        votes, proof = _votes(request)
        signed, _ballots = sign_ballots(
            votes=votes,
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(SigningListOut(signed).data, status=status.HTTP_201_CREATED)


class SmallCases(APIView):
    """Small cases that wait for a validator."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="small_cases_list", tags=["incidents"], responses=SmallCaseOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return the small cases that the caller may close, and why not the others yet."""
        rows = small_cases(user=signed_in(request), actor=actor_of(request), at=clock.now())
        return Response(SmallCaseOut(rows, many=True).data)

    @extend_schema(
        operation_id="small_cases_close",
        tags=["incidents"],
        request=SmallCaseListIn,
        responses={201: SigningListOut},
    )
    def post(self, request: Request) -> Response:
        """Close up to 25 small cases by one ceremony, all or none (T25)."""
        given = SmallCaseListIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        proof = take_proof(values)
        signed = close_small_many(
            cases=[ListedCase(**one) for one in values["cases"]],
            lessons=values["lessons"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(SigningListOut(signed).data, status=status.HTTP_201_CREATED)


def _votes(request: Request) -> tuple[list[ListedVote], dict[str, str]]:
    given = BallotListIn(data=request.data)
    given.is_valid(raise_exception=True)
    values = dict(given.validated_data)
    proof = take_proof(values)
    return [_vote(request, one) for one in values["votes"]], proof


def _vote(request: Request, one: Mapping[str, Any]) -> ListedVote:
    decision = motion_by_number(number=one["motion"], visible=visible_incidents(request))
    return ListedVote(decision.pk, one["motion_sha256"], one["vote"], one["reason"])


def _item(request: Request, one: Mapping[str, Any]) -> Item:
    if not one["motion"]:
        return Item(one["kind"], title=one["title"])
    decision = motion_by_number(number=one["motion"], visible=visible_incidents(request))
    return Item(one["kind"], decision_id=decision.pk)


def _meeting(request: Request, number: str) -> Meeting:
    return meeting_by_number(number=number, user=signed_in(request), at=clock.now())


def _agenda_item(request: Request, number: str, item_id: UUID) -> AgendaItem:
    found = _meeting(request, number).items.filter(pk=item_id).first()
    if found is None:
        raise Missing("unknown_item", "There is no such item on this agenda.")
    return found


def _answer(request: Request, number: str, *, code: int = status.HTTP_200_OK) -> Response:
    meeting = _meeting(request, number)
    agenda = list(agenda_of(meeting))
    context = {
        "agenda": agenda,
        "attendance": attendance_of(meeting),
        "seen": _seen(request, agenda),
    }
    answer = Response(MeetingOut(meeting, context=context).data, status=code)
    answer["ETag"] = etag(meeting.version)
    return answer


def _seen(request: Request, agenda: Sequence[AgendaItem]) -> frozenset[UUID]:
    wanted = [row.decision.incident_id for row in agenda if row.decision is not None]
    rows = visible_incidents(request).filter(pk__in=wanted)
    return frozenset(rows.values_list("pk", flat=True))
