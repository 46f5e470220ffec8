"""Concerns for officers: list, open, answer, make a case, close with a reason."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.rules.reports import HARM, OTHERS
from governance.services.concerns import Account, open_concern_case
from incidents.api.shapes import IncidentRow
from incidents.models import Incident
from outbox import clock
from registry.access import IsPerson, actor_of, etag, expected_version, signed_in, visible_system
from registry.api.shapes import PersonOut
from registry.models import Concern, ConcernMessage
from registry.selectors.concerns import concern_of_number, concerns_visible_to
from registry.services.concerns import (
    answer_concern,
    decide_dismissal,
    dismiss_concern,
    read_concern,
)

TAGS = ["concerns"]
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)
ANSWER = r"^(yes|no|unknown)$"
MOST = 200


class ConcernMessageOut(serializers.ModelSerializer[ConcernMessage]):
    """A line of the exchange; without an officer, who raised it wrote it."""

    officer = PersonOut(allow_null=True)

    class Meta:
        model = ConcernMessage
        fields = ["officer", "text", "at"]


class ConcernRow(serializers.ModelSerializer[Concern]):
    """A concern in a list: nothing of what was said."""

    system = serializers.CharField(source="system.slug", allow_null=True, default=None)

    class Meta:
        model = Concern
        fields = [
            "number", "state", "harm", "received_at", "aware_at", "aware_deemed", "escalated_at",
            "system", "incident_number", "closed_at", "version",
        ]  # fmt: skip


class ConcernOut(ConcernRow):
    """A concern; what was said stands in it once it was opened."""

    said = serializers.SerializerMethodField()
    raised_by = PersonOut(allow_null=True)
    read_by = PersonOut(allow_null=True)
    dismissed_by = PersonOut(allow_null=True)
    confirmed_by = PersonOut(allow_null=True)
    lines = ConcernMessageOut(many=True, source="all_lines")

    class Meta(ConcernRow.Meta):
        fields = [
            *ConcernRow.Meta.fields, "said", "raised_by", "read_by", "read_at", "dismissed_by",
            "dismissed_reason", "confirmed_by", "lines",
        ]  # fmt: skip

    def get_said(self, row: Concern) -> dict[str, str]:
        """Everything that was said, by field; empty before it was opened."""
        if row.state == Concern.State.RECEIVED:
            return {}
        return {
            name: getattr(row, name) for name in ("where", "what", "when", "who_harmed", "contact")
        }


class ConcernLineIn(serializers.Serializer[Any]):
    """A line to who raised it."""

    text = serializers.CharField(max_length=4000)


class DismissalIn(serializers.Serializer[Any]):
    """Why a concern is closed without a case; who raised it reads this."""

    reason = serializers.CharField(max_length=4000)


class DismissalDecisionIn(DismissalIn):
    """Whether a second person agrees."""

    agreed = serializers.BooleanField()


class ConcernCaseIn(serializers.Serializer[Any]):
    """What the owner has to know, in the officer's words, and the four questions."""

    system = serializers.SlugField(max_length=80)
    title = serializers.CharField(max_length=200)
    seen = serializers.CharField(max_length=8000)
    seen_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    person_harmed = serializers.RegexField(ANSWER, default="unknown")
    rights_affected = serializers.RegexField(ANSWER, default="unknown")
    personal_data = serializers.RegexField(ANSWER, default="unknown")
    critical_service = serializers.RegexField(ANSWER, default="unknown")


class ConcernList(APIView):
    """The concerns that the caller reads."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="concerns_list", tags=TAGS, responses=ConcernRow(many=True))
    def get(self, request: Request) -> Response:
        """Return the newest concerns, without what was said."""
        rows = concerns_visible_to(user=signed_in(request), at=clock.now())
        return Response(ConcernRow(rows.order_by("-received_at", "-pk")[:MOST], many=True).data)


class ConcernDetail(APIView):
    """One concern."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="concerns_read", tags=TAGS, responses=ConcernOut)
    def get(self, request: Request, number: str) -> Response:
        """Return a concern with its ETag; before it was opened, only that it is there."""
        return _answer(request, number)


class ConcernOpening(APIView):
    """The opening of a concern."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="concerns_open", tags=TAGS, request=None, responses=ConcernOut)
    def post(self, request: Request, number: str) -> Response:
        """Open a concern: the first who does is who is aware of it (CLK-21)."""
        read_concern(concern_id=_concern(request, number).pk, **_who(request))
        return _answer(request, number)


class ConcernLines(APIView):
    """The exchange with who raised it."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="concerns_answer",
        tags=TAGS,
        request=ConcernLineIn,
        responses={201: ConcernOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Write a line to who raised it."""
        given = ConcernLineIn(data=request.data)
        given.is_valid(raise_exception=True)
        concern = _concern(request, number)
        answer_concern(concern_id=concern.pk, **given.validated_data, **_who(request))
        return _answer(request, number, status.HTTP_201_CREATED)


class ConcernDismissal(APIView):
    """The closing of a concern without a case."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="concerns_dismiss",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=DismissalIn,
        responses=ConcernOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Close a concern, or propose it where harm is alleged or not ruled out."""
        given = DismissalIn(data=request.data)
        given.is_valid(raise_exception=True)
        concern = _concern(request, number)
        dismiss_concern(
            concern_id=concern.pk,
            expected_version=expected_version(request),
            **given.validated_data,
            **_who(request),
        )
        return _answer(request, number)


class ConcernDismissalDecision(APIView):
    """The second person's word on a dismissal."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="concerns_decide_dismissal",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=DismissalDecisionIn,
        responses=ConcernOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Agree that there is no case, or let it be looked into again."""
        given = DismissalDecisionIn(data=request.data)
        given.is_valid(raise_exception=True)
        concern = _concern(request, number)
        decide_dismissal(
            concern_id=concern.pk,
            expected_version=expected_version(request),
            **given.validated_data,
            **_who(request),
        )
        return _answer(request, number)


class ConcernCase(APIView):
    """The case that a concern becomes."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="concerns_make_case",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ConcernCaseIn,
        responses={201: IncidentRow},
    )
    def post(self, request: Request, number: str) -> Response:
        """Open an incident on a system; its owner never learns who raised the concern."""
        given = ConcernCaseIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, concern = dict(given.validated_data), _concern(request, number)
        answers = {question: values.pop(question) for question in (*HARM, *OTHERS)}
        system = visible_system(request, values.pop("system"), clock.now())
        made = open_concern_case(
            concern_id=concern.pk,
            expected_version=expected_version(request),
            system_id=system.pk,
            account=Account(**values, answers=answers),
            **_who(request),
        )
        incident = Incident.objects.select_related("system", "owner").get(pk=made.incident_id)
        return Response(IncidentRow(incident).data, status=status.HTTP_201_CREATED)


def _who(request: Request) -> dict[str, Any]:
    return {"actor": actor_of(request), "at": clock.now()}


def _concern(request: Request, number: str) -> Concern:
    return concern_of_number(number=number, user=signed_in(request), at=clock.now())


def _answer(request: Request, number: str, code: int = status.HTTP_200_OK) -> Response:
    found: Any = _concern(request, number)
    found.all_lines = list(found.messages.select_related("officer").order_by("at", "pk"))
    return Response(ConcernOut(found).data, status=code, headers={"ETag": etag(found.version)})
