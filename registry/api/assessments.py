"""Impact assessments: everything that their pages can do."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
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
from registry.api.systems import IF_MATCH
from registry.api.two_person_shapes import (
    AssessmentOut,
    AssessmentsOut,
    AssessmentStartIn,
    AssessmentSubmitIn,
    NotificationIn,
    QuestionAnswersIn,
    SignedReasonIn,
    StepReasonIn,
)
from registry.ceremony import reauthenticate, take_proof
from registry.models import System
from registry.selectors.assessments import (
    assessment_by_number,
    assessments_of,
    missing_assessments,
    required_assessments,
)
from registry.services.assessments import (
    approve_assessment,
    note_notification,
    save_assessment,
    send_back_assessment,
    start_assessment,
    submit_assessment,
)

TAGS = ["assessments"]


class AssessmentList(APIView):
    """The impact assessments of a system; begin another."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; beginning one takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    @extend_schema(
        operation_id="assessments_list", tags=TAGS, parameters=[AS_OF], responses=AssessmentsOut
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return all versions of each kind, what is asked for, and what of it is missing."""
        found, moment = asked(request, slug)
        with moment.reading():
            system = System.objects.get(pk=found.pk)
            state = {
                "as_of": moment.as_of,
                "asked_for": required_assessments(system),
                "missing": missing_assessments(system, moment.at),
                "assessments": list(assessments_of(system_id=system.pk)),
            }
            return Response(AssessmentsOut(state, context={"at": moment.at}).data)

    @extend_schema(
        operation_id="assessments_start",
        tags=TAGS,
        request=AssessmentStartIn,
        responses={201: AssessmentOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Begin a draft with the answers of the version before."""
        given = AssessmentStartIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system = visible_system(request, slug, at)
        row = start_assessment(
            system_id=system.pk, **given.validated_data, actor=actor_of(request), at=at
        )
        return _row(system.pk, row.kind, row.number, status.HTTP_201_CREATED)


class AssessmentDetail(APIView):
    """One version of an assessment."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; writing takes a person."""
        return [IsPerson() if self.request.method == "PATCH" else HasScope("read")()]

    @extend_schema(operation_id="assessments_read", tags=TAGS, responses=AssessmentOut)
    def get(self, request: Request, slug: str, kind: str, number: int) -> Response:
        """Return one with its ETag and its filled form."""
        return _row(visible_system(request, slug, clock.now()).pk, kind, number)

    @extend_schema(
        operation_id="assessments_write",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=QuestionAnswersIn,
        responses=AssessmentOut,
    )
    def patch(self, request: Request, slug: str, kind: str, number: int) -> Response:
        """Fill in fields of a draft."""
        given = QuestionAnswersIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system_id = visible_system(request, slug, at).pk
        row = assessment_by_number(system_id=system_id, kind=kind, number=number)
        save_assessment(
            assessment_id=row.pk,
            expected_version=expected_version(request),
            answers=given.given(),
            actor=actor_of(request),
            at=at,
        )
        return _row(system_id, kind, number)


class AssessmentSubmission(APIView):
    """The submission of a draft."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="assessments_submit",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=AssessmentSubmitIn,
        responses=AssessmentOut,
    )
    def post(self, request: Request, slug: str, kind: str, number: int) -> Response:
        """Submit a draft to a reviewer, signed, with the last day on which it holds."""
        given = AssessmentSubmitIn(data=request.data)
        given.is_valid(raise_exception=True)
        at, values = clock.now(), dict(given.validated_data)
        system_id = visible_system(request, slug, at).pk
        row = assessment_by_number(system_id=system_id, kind=kind, number=number)
        version, proof = expected_version(request), take_proof(values)
        submit_assessment(
            assessment_id=row.pk,
            expected_version=version,
            expires_on=values["expires_on"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=at,
        )
        return _row(system_id, kind, number)


class AssessmentApproval(APIView):
    """The review by a second person."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="assessments_approve",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=SignedReasonIn,
        responses=AssessmentOut,
    )
    def post(self, request: Request, slug: str, kind: str, number: int) -> Response:
        """Put into force what somebody else wrote, signed."""
        given = SignedReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        at, values = clock.now(), dict(given.validated_data)
        system_id = visible_system(request, slug, at).pk
        row = assessment_by_number(system_id=system_id, kind=kind, number=number)
        version, proof = expected_version(request), take_proof(values)
        approve_assessment(
            assessment_id=row.pk,
            expected_version=version,
            reason=values["reason"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=at,
        )
        return _row(system_id, kind, number)


class AssessmentReturn(APIView):
    """One in review, sent back."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="assessments_send_back",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=StepReasonIn,
        responses=AssessmentOut,
    )
    def post(self, request: Request, slug: str, kind: str, number: int) -> Response:
        """Send it back to be mended, or take back one's own."""
        given = StepReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system_id = visible_system(request, slug, at).pk
        row = assessment_by_number(system_id=system_id, kind=kind, number=number)
        send_back_assessment(
            assessment_id=row.pk,
            expected_version=expected_version(request),
            **given.validated_data,
            actor=actor_of(request),
            at=at,
        )
        return _row(system_id, kind, number)


class AssessmentNotification(APIView):
    """That the authority was told the result (Art. 27(3))."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="assessments_notify",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=NotificationIn,
        responses=AssessmentOut,
    )
    def post(self, request: Request, slug: str, kind: str, number: int) -> Response:
        """Write down when which authority was told, and under which reference."""
        given = NotificationIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system_id = visible_system(request, slug, at).pk
        row = assessment_by_number(system_id=system_id, kind=kind, number=number)
        note_notification(
            assessment_id=row.pk,
            expected_version=expected_version(request),
            **given.validated_data,
            actor=actor_of(request),
            at=at,
        )
        return _row(system_id, kind, number)


def _row(system_id: UUID, kind: str, number: int, code: int = status.HTTP_200_OK) -> Response:
    row = assessment_by_number(system_id=system_id, kind=kind, number=number)
    shown = AssessmentOut(row, context={"at": clock.now()}).data
    return Response(shown, status=code, headers={"ETag": etag(row.version)})
