"""Classifications under the AI Act: everything that their page can do."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
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
from registry.api.past import PastList, PastPages
from registry.api.systems import IF_MATCH
from registry.api.two_person_shapes import (
    ClassificationOut,
    ClassificationRow,
    ClassificationStateOut,
    QuestionAnswersIn,
    SignedIn,
    SignedReasonIn,
    StepReasonIn,
)
from registry.ceremony import reauthenticate, take_proof
from registry.models import Classification, System
from registry.selectors.assessments import tier_floor
from registry.selectors.classification import (
    classification_by_number,
    classifications_of,
    current_classification,
    legal_facts,
    open_classification,
    open_tier_change,
)
from registry.selectors.systems import no_such_system
from registry.services.classification import (
    confirm_classification,
    reopen_classification,
    save_answers,
    send_back_classification,
    start_classification,
    submit_classification,
)

TAGS = ["classification"]


class ClassificationPages(PastPages):
    """Keyset pages, the newest number first."""

    ordering = "-number"


class SystemClassification(APIView):
    """The class of a system that stands, and what is being written."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="classification_state",
        tags=TAGS,
        parameters=[AS_OF],
        responses=ClassificationStateOut,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the class with its reasons, the facts it states, the tier and its floor."""
        found, moment = asked(request, slug)
        with moment.reading():
            system = System.objects.get(pk=found.pk)
            state = {
                "as_of": moment.as_of,
                "legal_class": system.legal_class,
                "risk_tier": system.risk_tier,
                "tier_floor": tier_floor(system, moment.at),
                "facts": _facts(system),
                "standing": current_classification(system.pk),
                "under_way": open_classification(system.pk),
                "tier_change": open_tier_change(system.pk),
            }
            return Response(ClassificationStateOut(state).data)


@extend_schema_view(
    get=extend_schema(operation_id="classifications_list", tags=TAGS, parameters=[AS_OF])
)
class ClassificationList(PastList[Classification]):
    """The classifications of a system; begin the next."""

    queryset = Classification.objects.none()
    serializer_class = ClassificationRow
    pagination_class = ClassificationPages

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; beginning one takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def get_queryset(self) -> QuerySet[Classification]:
        """Return those of one system that the caller may see."""
        system = self.systems.filter(slug=self.kwargs["slug"]).first()
        if system is None:
            raise no_such_system(self.kwargs["slug"])
        return classifications_of(system_id=system.pk)

    @extend_schema(
        operation_id="classifications_start",
        tags=TAGS,
        request=None,
        responses={201: ClassificationOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Begin a draft with the answers that stand."""
        at = clock.now()
        system = visible_system(request, slug, at)
        row = start_classification(system_id=system.pk, actor=actor_of(request), at=at)
        return _row(system.pk, row.number, status.HTTP_201_CREATED)


class ClassificationDetail(APIView):
    """One classification."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; answering takes a person."""
        return [IsPerson() if self.request.method == "PATCH" else HasScope("read")()]

    @extend_schema(operation_id="classifications_read", tags=TAGS, responses=ClassificationOut)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """Return one with its ETag, answers and reasons."""
        return _row(visible_system(request, slug, clock.now()).pk, number)

    @extend_schema(
        operation_id="classifications_answer",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=QuestionAnswersIn,
        responses=ClassificationOut,
    )
    def patch(self, request: Request, slug: str, number: int) -> Response:
        """Save answers into a draft."""
        given = QuestionAnswersIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system_id = visible_system(request, slug, at).pk
        row = classification_by_number(system_id=system_id, number=number)
        save_answers(
            classification_id=row.pk,
            expected_version=expected_version(request),
            answers=given.given(),
            actor=actor_of(request),
            at=at,
        )
        return _row(system_id, number)


class ClassificationSubmission(APIView):
    """The submission of a draft."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="classifications_submit",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=SignedIn,
        responses=ClassificationOut,
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Submit a draft to a second person, signed."""
        given = SignedIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system_id = visible_system(request, slug, at).pk
        row = classification_by_number(system_id=system_id, number=number)
        version = expected_version(request)
        submit_classification(
            classification_id=row.pk,
            expected_version=version,
            ceremony=reauthenticate(request, **take_proof(dict(given.validated_data))),
            actor=actor_of(request),
            at=at,
        )
        return _row(system_id, number)


class ClassificationConfirmation(APIView):
    """The confirmation by a second person."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="classifications_confirm",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=SignedReasonIn,
        responses=ClassificationOut,
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Confirm what somebody else has answered, signed: the class stands."""
        given = SignedReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        at, values = clock.now(), dict(given.validated_data)
        system_id = visible_system(request, slug, at).pk
        row = classification_by_number(system_id=system_id, number=number)
        version, proof = expected_version(request), take_proof(values)
        confirm_classification(
            classification_id=row.pk,
            expected_version=version,
            reason=values["reason"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=at,
        )
        return _row(system_id, number)


class ClassificationReturn(APIView):
    """A submitted one, sent back."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="classifications_send_back",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=StepReasonIn,
        responses=ClassificationOut,
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Send it back to be answered anew, or take back one's own."""
        given = StepReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system_id = visible_system(request, slug, at).pk
        row = classification_by_number(system_id=system_id, number=number)
        send_back_classification(
            classification_id=row.pk,
            expected_version=expected_version(request),
            **given.validated_data,
            actor=actor_of(request),
            at=at,
        )
        return _row(system_id, number)


class ClassificationReopening(APIView):
    """The classification that stands, opened again."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="classification_reopen",
        tags=TAGS,
        request=StepReasonIn,
        responses=ClassificationOut,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Open it again; it stands until another one is confirmed."""
        given = StepReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        system_id = visible_system(request, slug, at).pk
        row = reopen_classification(
            system_id=system_id, **given.validated_data, actor=actor_of(request), at=at
        )
        return _row(system_id, row.number)


def _facts(system: System) -> dict[str, list[str]]:
    facts = legal_facts(system)
    return {name: sorted(getattr(facts, name)) for name in facts.__slots__}


def _row(system_id: UUID, number: int, code: int = status.HTTP_200_OK) -> Response:
    row = classification_by_number(system_id=system_id, number=number)
    return Response(ClassificationOut(row).data, status=code, headers={"ETag": etag(row.version)})
