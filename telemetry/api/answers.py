"""Answers by the API: the masked list, the worst slices, a look, a review and its verdict."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import (
    HasScope,
    IsPerson,
    actor_of,
    signed_in,
    visible_system,
    visible_systems,
)
from registry.models import ServiceToken
from telemetry.api.answer_shapes import (
    AnswerOut,
    AnswerReviewIn,
    AnswerReviewOut,
    AnswerRowOut,
    AnswersOut,
    AnswerVerdictIn,
    LabelSetIn,
    LookIn,
    SlicesOut,
)
from telemetry.models import AnswerReview
from telemetry.render.label_file import JSON_LINES, json_lines_file
from telemetry.selectors.answer_reviews import reviews_of, reviews_waiting_for
from telemetry.selectors.answer_words import as_listed, systems_to_look_into
from telemetry.selectors.answers import (
    OUTCOMES,
    PERIODS,
    REACTIONS,
    USUAL_DAYS,
    Event,
    answers_page,
    asked_of,
    event_by_key,
)
from telemetry.selectors.slices import slices_of
from telemetry.services.answer_reads import export_labels, note_search
from telemetry.services.answers import give_verdict, look_at_answer, send_to_review

TAGS = ["answers"]
FILTERS = [
    OpenApiParameter("system", str),
    OpenApiParameter("version", str),
    OpenApiParameter("topic", str),
    OpenApiParameter("reaction", str, enum=REACTIONS),
    OpenApiParameter("outcome", str, enum=OUTCOMES),
    OpenApiParameter("segment", str, description="key=value; nothing under ten events"),
    OpenApiParameter(
        "words",
        str,
        description="In question, answer and topic where you may look, else in the topic.",
    ),
    OpenApiParameter("days", int, enum=PERIODS, default=USUAL_DAYS),
]


class AnswerList(APIView):
    """The decision events of the systems that the caller may see, masked."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="answers_list",
        tags=TAGS,
        parameters=[*FILTERS, OpenApiParameter("after", str)],
        responses=AnswersOut,
    )
    def get(self, request: Request) -> Response:
        """Return one page, the newest first."""
        at = clock.now()
        asked = asked_of(request.query_params)
        systems = visible_systems(request, at)
        searched = systems.filter(slug=asked.system) if asked.system else systems
        user = None if isinstance(request.auth, ServiceToken) else signed_in(request)
        lookable = systems_to_look_into(user=user, systems=searched, at=at)
        note_search(asked=asked, lookable=lookable, actor=actor_of(request), at=at)
        page = answers_page(asked=asked, systems=as_listed(searched), at=at, lookable=lookable)
        return Response(AnswersOut(page).data)


class AnswerOne(APIView):
    """One decision event, masked."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="answers_read", tags=TAGS, responses=AnswerRowOut)
    def get(self, request: Request, slug: str, key: str) -> Response:
        """Return it without what was asked and answered."""
        return Response(AnswerRowOut(_event(request, slug, key)).data)


class AnswerSlices(APIView):
    """Where the answers of a system are worst."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="answers_slices",
        tags=TAGS,
        parameters=[FILTERS[-1]],
        responses=SlicesOut,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the slices of ten events or more, and the worst by measure."""
        at = clock.now()
        system, asked = visible_system(request, slug, at), asked_of(request.query_params)
        slices, worst = slices_of(system=system, days=asked.days, at=at)
        return Response(SlicesOut({"slices": slices, "worst": worst}).data)


class AnswerLooks(APIView):
    """Looks at an answer unmasked."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="answers_look", tags=TAGS, request=LookIn, responses={201: AnswerOut}
    )
    def post(self, request: Request, slug: str, key: str) -> Response:
        """Put a look on record and return the answer unmasked."""
        at = clock.now()
        given = LookIn(data=request.data)
        given.is_valid(raise_exception=True)
        system = visible_system(request, slug, at)
        looked = look_at_answer(
            system=system,
            key=key,
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        return Response(AnswerOut(looked.event).data, status=status.HTTP_201_CREATED)


class LabelSets(APIView):
    """The labelled answers of a system, for evaluation or training."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="answers_label_set",
        tags=TAGS,
        request=LabelSetIn,
        responses={(200, JSON_LINES): OpenApiResponse(OpenApiTypes.STR)},
    )
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Send at most 5,000 events as JSON lines, the newest of that time; it is on record."""
        at = clock.now()
        given = LabelSetIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = export_labels(
            system=visible_system(request, slug, at),
            **given.validated_data,
            actor=actor_of(request),
            at=at,
        )
        return json_lines_file(found, name=f"labels-{slug}-{at:%Y%m%d}.jsonl")


class AnswerReviews(APIView):
    """Reviews of an answer."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="answers_reviews", tags=TAGS, responses=AnswerReviewOut(many=True))
    def get(self, request: Request, slug: str, key: str) -> Response:
        """Return its reviews, the newest first; those of others once the caller gave theirs."""
        found = reviews_of(_event(request, slug, key), reader=signed_in(request).pk)
        return Response(AnswerReviewOut(found.rows, many=True).data)

    @extend_schema(
        operation_id="answers_send",
        tags=TAGS,
        request=AnswerReviewIn,
        responses={201: AnswerReviewOut},
    )
    def post(self, request: Request, slug: str, key: str) -> Response:
        """Send it to another person for a verdict."""
        at = clock.now()
        given = AnswerReviewIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = send_to_review(
            system=visible_system(request, slug, at),
            key=key,
            reason=given.validated_data["reason"],
            reviewer_id=given.validated_data["reviewer"],
            actor=actor_of(request),
            at=at,
        )
        return Response(AnswerReviewOut(row).data, status=status.HTTP_201_CREATED)


class AnswerReviewsWaiting(APIView):
    """Reviews that wait for the caller."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="answer_reviews_list", tags=TAGS, responses=AnswerReviewOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return what waits for the caller, the oldest first; at most 50."""
        systems = visible_systems(request, clock.now())
        rows = reviews_waiting_for(user=signed_in(request), systems=systems)
        return Response(AnswerReviewOut(rows, many=True).data)


class AnswerVerdict(APIView):
    """The verdict of a review."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="answer_reviews_verdict",
        tags=TAGS,
        request=AnswerVerdictIn,
        responses=AnswerReviewOut,
    )
    def post(self, request: Request, review_id: UUID) -> Response:
        """Say whether the answer was right."""
        at = clock.now()
        given = AnswerVerdictIn(data=request.data)
        given.is_valid(raise_exception=True)
        _require_seen(request, review_id, at)
        row = give_verdict(
            review_id=review_id, **given.validated_data, actor=actor_of(request), at=at
        )
        return Response(AnswerReviewOut(row).data)


def _event(request: Request, slug: str, key: str) -> Event:
    return event_by_key(system=visible_system(request, slug, clock.now()), key=key)


def _require_seen(request: Request, review_id: UUID, at: datetime) -> None:
    """Raise Missing for a review of a system that the caller does not see."""
    seen = visible_systems(request, at)
    if not AnswerReview.objects.filter(pk=review_id, system__in=seen).exists():
        raise Missing("unknown_review", "There is no such review.")
