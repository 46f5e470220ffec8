"""Requests of authorities: registered, answered, withheld, sent, receipted."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.models import AuthorityRequest, RequestAnswer, RequestEvidence, WithheldItem
from governance.selectors.requests import (
    open_points,
    request_by_number,
    require_reader,
    visible_requests,
)
from governance.services.request_answers import (
    add_evidence,
    agree_withholding,
    answer_question,
    withhold,
)
from governance.services.requests import (
    Asked,
    mark_ready,
    record_receipt,
    register_request,
    send_answer,
    take_back,
)
from outbox import clock
from registry.access import IsPerson, actor_of, etag, expected_version, signed_in, visible_system
from registry.api.shapes import PersonOut

TAGS = ["authority requests"]
MOST = 1000


class RequestIn(serializers.Serializer[Any]):
    """What an authority asks, and what it is about."""

    authority = serializers.CharField(max_length=160)
    basis = serializers.CharField(max_length=200)
    reference = serializers.CharField(max_length=120, default="", allow_blank=True)
    language = serializers.CharField(max_length=40)
    received_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    questions = serializers.ListField(
        child=serializers.CharField(max_length=20_000), allow_empty=False, max_length=100
    )
    period_from = serializers.DateField(default=None, allow_null=True)
    period_until = serializers.DateField(default=None, allow_null=True)
    systems = serializers.ListField(child=serializers.SlugField(), default=list, max_length=200)
    incidents = serializers.ListField(
        child=serializers.CharField(max_length=20), default=list, max_length=200
    )
    hold = serializers.BooleanField(default=False)


class RequestAnswerOut(serializers.ModelSerializer[RequestAnswer]):
    """An answer; the newest counts."""

    answered_by = PersonOut()

    class Meta:
        model = RequestAnswer
        exclude = ["question"]


class RequestEvidenceOut(serializers.ModelSerializer[RequestEvidence]):
    """What an answer rests on."""

    kind = serializers.CharField()
    added_by = PersonOut()

    class Meta:
        model = RequestEvidence
        exclude = ["question"]


class RequestQuestionOut(serializers.Serializer[Any]):
    """A question with its answers, newest first, and what they rest on."""

    place = serializers.IntegerField()
    text = serializers.CharField()
    answers = RequestAnswerOut(many=True)
    evidence = RequestEvidenceOut(many=True)


class RequestWithheldOut(serializers.ModelSerializer[WithheldItem]):
    """What is not handed over, why, who proposed it and who agreed."""

    question = serializers.IntegerField(source="question.place", default=None)
    proposed_by = PersonOut()
    approved_by = PersonOut(allow_null=True)

    class Meta:
        model = WithheldItem
        exclude = ["request"]


class RequestAboutOut(serializers.Serializer[Any]):
    """A system or an incident that it is about."""

    system = serializers.CharField(source="system.slug")
    incident = serializers.CharField(source="incident.number", default=None)
    hold = serializers.UUIDField(source="hold_id", allow_null=True)


class RequestRow(serializers.ModelSerializer[AuthorityRequest]):
    """A request in a list."""

    state = serializers.CharField()
    received_by = PersonOut()
    ready_by = PersonOut(allow_null=True)
    sent_by = PersonOut(allow_null=True)

    class Meta:
        model = AuthorityRequest
        exclude = ["id", "registered_by"]


class RequestOut(RequestRow):
    """A request in full; `missing` says what stands against declaring it complete."""

    about = RequestAboutOut(many=True, source="scopes")
    questions = RequestQuestionOut(many=True)
    withheld = RequestWithheldOut(many=True)
    missing = serializers.SerializerMethodField()

    def get_missing(self, row: AuthorityRequest) -> list[str]:
        """What is still open."""
        return open_points(row) if row.state == AuthorityRequest.State.OPEN else []


class RequestAnswerIn(serializers.Serializer[Any]):
    """An answer to a question, by its place."""

    place = serializers.IntegerField(min_value=1, max_value=MOST)
    text = serializers.CharField(max_length=20_000)


class RequestEvidenceIn(serializers.Serializer[Any]):
    """What an answer rests on."""

    place = serializers.IntegerField(min_value=1, max_value=MOST)
    kind = serializers.ChoiceField(choices=RequestEvidence.Kind.choices)
    title = serializers.CharField(max_length=200)
    reference = serializers.CharField(max_length=2000)
    sha256 = serializers.CharField(max_length=64, default="", allow_blank=True)


class RequestWithheldIn(serializers.Serializer[Any]):
    """What is not handed over; without a place it is about the whole request."""

    place = serializers.IntegerField(default=None, allow_null=True, min_value=1, max_value=MOST)
    what = serializers.CharField(max_length=2000)
    reason = serializers.CharField(max_length=4000)


class RequestBackIn(serializers.Serializer[Any]):
    """Why an answer is opened again."""

    reason = serializers.CharField(max_length=4000)


class RequestSendIn(serializers.Serializer[Any]):
    """How and when an answer was sent."""

    how = serializers.CharField(max_length=200)
    sent_at = serializers.DateTimeField()
    late_reason = serializers.CharField(max_length=4000, default="", allow_blank=True)


class RequestReceiptIn(serializers.Serializer[Any]):
    """The authority's receipt."""

    receipt = serializers.CharField(max_length=20_000)
    receipt_at = serializers.DateTimeField()
    sha256 = serializers.RegexField(r"^[0-9a-fA-F]{64}$", default="", allow_blank=True)


class RequestList(APIView):
    """The requests of authorities that the caller may see."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="authority_requests_list", tags=TAGS, responses=RequestRow(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return the last 200, the newest first."""
        reader, at = signed_in(request), clock.now()
        require_reader(user=reader, at=at)
        rows = visible_requests(user=reader, at=at).order_by("-received_at", "pk")
        return Response(RequestRow(rows[:200], many=True).data)

    @extend_schema(
        operation_id="authority_requests_register",
        tags=TAGS,
        request=RequestIn,
        responses={201: RequestOut},
    )
    def post(self, request: Request) -> Response:
        """Register one; by compliance or risk. `hold` sets a legal hold on what it is about."""
        given, at = _given(RequestIn, request), clock.now()
        systems, incidents = given.pop("systems"), given.pop("incidents")
        hold = given.pop("hold")
        row = register_request(
            asked=Asked(**given),
            system_ids=[visible_system(request, slug, at).pk for slug in systems],
            incident_numbers=incidents,
            hold=hold,
            actor=actor_of(request),
            at=at,
        )
        return _answer(request, row.number, 201)


class RequestDetail(APIView):
    """One request of an authority."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="authority_requests_read", tags=TAGS, responses=RequestOut)
    def get(self, request: Request, number: str) -> Response:
        """Return it in full, with its ETag."""
        require_reader(user=signed_in(request), at=clock.now())
        return _answer(request, number)


class RequestAnswers(APIView):
    """Answers to the questions."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="authority_requests_answer",
        tags=TAGS,
        request=RequestAnswerIn,
        responses={201: RequestOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Answer a question; an earlier answer stays."""
        given = _given(RequestAnswerIn, request)
        answer_question(number=number, actor=actor_of(request), at=clock.now(), **given)
        return _answer(request, number, 201)


class RequestEvidenceList(APIView):
    """What the answers rest on."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="authority_requests_evidence",
        tags=TAGS,
        request=RequestEvidenceIn,
        responses={201: RequestOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Name a document, a ledger entry, a pack or an incident."""
        given = _given(RequestEvidenceIn, request)
        add_evidence(number=number, actor=actor_of(request), at=clock.now(), **given)
        return _answer(request, number, 201)


class RequestWithheld(APIView):
    """What is not handed over."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="authority_requests_withhold",
        tags=TAGS,
        request=RequestWithheldIn,
        responses={201: RequestOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Propose that something is withheld; another person agrees."""
        given = _given(RequestWithheldIn, request)
        withhold(number=number, actor=actor_of(request), at=clock.now(), **given)
        return _answer(request, number, 201)


class RequestWithheldApproval(APIView):
    """The second person's word on what is withheld."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="authority_requests_withhold_agree",
        tags=TAGS,
        request=None,
        responses=RequestOut,
    )
    def post(self, request: Request, number: str, item_id: UUID) -> Response:
        """Agree; never who proposed it."""
        agree_withholding(number=number, item_id=item_id, actor=actor_of(request), at=clock.now())
        return _answer(request, number)


class RequestReady(APIView):
    """The word that an answer is complete."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="authority_requests_ready", tags=TAGS, request=None, responses=RequestOut
    )
    def post(self, request: Request, number: str) -> Response:
        """Declare it complete; needs If-Match."""
        mark_ready(number=number, **_precise(request))
        return _answer(request, number)


class RequestBack(APIView):
    """An answer that is opened again."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="authority_requests_back",
        tags=TAGS,
        request=RequestBackIn,
        responses=RequestOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Open it again before it is sent; needs If-Match."""
        given = _given(RequestBackIn, request)
        take_back(number=number, **given, **_precise(request))
        return _answer(request, number)


class RequestSending(APIView):
    """An answer that was sent."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="authority_requests_send",
        tags=TAGS,
        request=RequestSendIn,
        responses=RequestOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Record that it was sent, as the second person; needs If-Match."""
        given = _given(RequestSendIn, request)
        send_answer(number=number, **given, **_precise(request))
        return _answer(request, number)


class RequestReceipt(APIView):
    """The authority's receipt."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="authority_requests_receipt",
        tags=TAGS,
        request=RequestReceiptIn,
        responses=RequestOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Record the receipt."""
        given = _given(RequestReceiptIn, request)
        record_receipt(number=number, actor=actor_of(request), at=clock.now(), **given)
        return _answer(request, number)


def _given(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _precise(request: Request) -> dict[str, Any]:
    return {
        "expected_version": expected_version(request),
        "actor": actor_of(request),
        "at": clock.now(),
    }


def _answer(request: Request, number: str, code: int = 200) -> Response:
    row = request_by_number(number=number, user=signed_in(request), at=clock.now())
    told = RequestOut(row).data
    return Response(told, status=code, headers={"ETag": etag(row.version)})
