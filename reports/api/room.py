"""The auditor's room over HTTP: scope, questions with answers and evidence, samples."""

from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import IsPerson, actor_of, etag, expected_version, signed_in
from registry.access.permissions import visible_system
from reports.api.room_shapes import (
    AuditEvidenceIn,
    AuditQuestionIn,
    AuditQuestionOut,
    AuditReasonIn,
    AuditRoomOut,
    AuditWordsIn,
    SampleIn,
    SampleOut,
)
from reports.selectors import room, room_pages
from reports.selectors.populations import POPULATIONS
from reports.services.asking import Asking
from reports.services.room import (
    accept_answer,
    add_audit_evidence,
    answer_auditor,
    ask_auditee,
    send_back,
    withdraw_question,
)

TAGS = ["audit room"]
MOST = 200
BEFORE = OpenApiParameter("before", str, description="Only questions older than this number.")


class AuditRoom(APIView):
    """The room of an auditor."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="audit_room", tags=TAGS, responses=AuditRoomOut)
    def get(self, request: Request) -> Response:
        """Return what is in scope until when, and where everything is."""
        user, at = signed_in(request), clock.now()
        roles = room.require_room(user=user, at=at)
        root, size = room_pages.newest_root()
        found = {
            "scope": room.audits_of(user=user, at=at),
            "places": room_pages.places(roles),
            "lists": list(POPULATIONS),
            "root": root,
            "checkpoint_size": size,
        }
        return Response(AuditRoomOut(found).data)


class AuditQuestions(APIView):
    """The questions that the caller sees."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="audit_questions_list",
        tags=TAGS,
        parameters=[BEFORE],
        responses=AuditQuestionOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return 200 at once, the newest first."""
        user, at = signed_in(request), clock.now()
        room.require_questions(user=user, at=at)
        rows = room.visible_questions(user=user, at=at)
        last = rows.filter(number=request.GET.get("before", "")[:20].replace("\x00", "")).first()
        shown = room.with_answers(room.older_than(rows, last))[:MOST]
        return Response(AuditQuestionOut(shown, many=True).data)

    @extend_schema(
        operation_id="audit_questions_ask",
        tags=TAGS,
        request=AuditQuestionIn,
        responses={201: AuditQuestionOut},
    )
    def post(self, request: Request) -> Response:
        """Ask about a system or unit that the caller audits."""
        given, at = _given(AuditQuestionIn, request.data), clock.now()
        slug, unit = given.pop("system"), given.pop("unit")
        system_id = visible_system(request, slug, at).pk if slug else None
        asking = Asking(system_id=system_id, unit_id=unit, **given)
        row = ask_auditee(asking=asking, actor=actor_of(request), at=at)
        return _answer(request, row.number, 201)


class AuditQuestionDetail(APIView):
    """One question."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="audit_questions_read", tags=TAGS, responses=AuditQuestionOut)
    def get(self, request: Request, number: str) -> Response:
        """Return it in full, with its ETag."""
        return _answer(request, number)


class AuditAnswers(APIView):
    """Answers to a question."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="audit_questions_answer",
        tags=TAGS,
        request=AuditWordsIn,
        responses={201: AuditQuestionOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Answer as owner, deputy or compliance; earlier answers stay."""
        given = _given(AuditWordsIn, request.data)
        answer_auditor(number=number, actor=actor_of(request), at=clock.now(), **given)
        return _answer(request, number, 201)


class AuditEvidenceList(APIView):
    """What the answers rest on."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="audit_questions_evidence",
        tags=TAGS,
        request=AuditEvidenceIn,
        responses={201: AuditQuestionOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Name a document, a ledger entry, a pack or an incident."""
        given = _given(AuditEvidenceIn, request.data)
        add_audit_evidence(number=number, actor=actor_of(request), at=clock.now(), **given)
        return _answer(request, number, 201)


class AuditReturn(APIView):
    """An answer that is not enough."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="audit_questions_send_back",
        tags=TAGS,
        request=AuditWordsIn,
        responses=AuditQuestionOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Say what it lacks; needs If-Match."""
        given = _given(AuditWordsIn, request.data)
        send_back(number=number, **given, **_precise(request))
        return _answer(request, number)


class AuditAcceptance(APIView):
    """An answer that is enough."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="audit_questions_accept", tags=TAGS, request=None, responses=AuditQuestionOut
    )
    def post(self, request: Request, number: str) -> Response:
        """Accept it; needs If-Match."""
        accept_answer(number=number, **_precise(request))
        return _answer(request, number)


class AuditWithdrawal(APIView):
    """A question that is not asked any more."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="audit_questions_withdraw",
        tags=TAGS,
        request=AuditReasonIn,
        responses=AuditQuestionOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Withdraw it with the reason; needs If-Match."""
        given = _given(AuditReasonIn, request.data)
        withdraw_question(number=number, **given, **_precise(request))
        return _answer(request, number)


class AuditSample(APIView):
    """A sample that nobody chose."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="audit_sample", tags=TAGS, parameters=[SampleIn], responses=SampleOut
    )
    def get(self, request: Request) -> Response:
        """Draw rows; without a seed by the root of the newest checkpoint."""
        user, at = signed_in(request), clock.now()
        room.require_room(user=user, at=at)
        if "list" not in request.GET:
            raise room_pages.no_sample()
        given = _given(SampleIn, request.GET)
        given.setdefault("seed", room_pages.newest_root()[0])
        asked = room_pages.asked_of(given)
        found = room_pages.drawn_for(user=user, asked=asked, at=at)
        told = {"list": asked.list, "seed": asked.seed, "size": found.size, "rows": found.rows}
        return Response(SampleOut(told).data)


def _given(shape: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    given = shape(data=data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _precise(request: Request) -> dict[str, Any]:
    at: datetime = clock.now()
    return {
        "expected_version": expected_version(request),
        "actor": actor_of(request),
        "at": at,
    }


def _answer(request: Request, number: str, code: int = 200) -> Response:
    row = room.question_by_number(number=number, user=signed_in(request), at=clock.now())
    told = AuditQuestionOut(row).data
    return Response(told, status=code, headers={"ETag": etag(row.version)})


_ONE = "audit/questions/<str:number>"
urlpatterns = [
    path("audit/room", AuditRoom.as_view(), name="api-audit-room"),
    path("audit/sample", AuditSample.as_view(), name="api-audit-sample"),
    path("audit/questions", AuditQuestions.as_view(), name="api-audit-questions"),
    path(_ONE, AuditQuestionDetail.as_view(), name="api-audit-question"),
    path(f"{_ONE}/answers", AuditAnswers.as_view(), name="api-audit-answers"),
    path(f"{_ONE}/evidence", AuditEvidenceList.as_view(), name="api-audit-evidence"),
    path(f"{_ONE}/return", AuditReturn.as_view(), name="api-audit-return"),
    path(f"{_ONE}/acceptance", AuditAcceptance.as_view(), name="api-audit-acceptance"),
    path(f"{_ONE}/withdrawal", AuditWithdrawal.as_view(), name="api-audit-withdrawal"),
]
