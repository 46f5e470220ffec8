"""One's own desk over HTTP: what waits, views, several cases at once, the calendar's address."""

from typing import Any
from uuid import UUID

from django.urls import path, reverse
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.ceremony import reauthenticate, take_proof
from reports.api.desk_shapes import (
    DeskAcknowledgeIn,
    DeskAssignIn,
    DeskCalendarMadeOut,
    DeskCalendarOut,
    DeskCloseIn,
    DeskDoneOut,
    DeskLookedOut,
    DeskLookIn,
    DeskOut,
    DeskViewIn,
    DeskViewOut,
)
from reports.rules.desk_filters import DUES, VIEWS, WAITS, asked_of, plain_query
from reports.selectors.deadlines import feed_in_force
from reports.selectors.desk import desk_of, seen_by
from reports.selectors.desk_views import KeptView, counted, views_of
from reports.selectors.together import chosen_cases
from reports.services.desk import make_feed, remove_view, revoke_feed, save_view
from reports.services.together import Picked, Together, act_together, close_together

TAGS = ["desk"]
ASKED = [
    OpenApiParameter("view", str, enum=list(VIEWS)),
    OpenApiParameter("waits", str, enum=list(WAITS), description="Whose step, or 'others'."),
    OpenApiParameter("system", str, description="The short name of a system."),
    OpenApiParameter("due", str, enum=list(DUES)),
]


class MyDesk(APIView):
    """The caller's desk."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="desk_read", tags=TAGS, parameters=ASKED, responses=DeskOut)
    def get(self, request: Request) -> Response:
        """Return what waits for the caller, by cause and deadline, with the one next step each."""
        asked = asked_of(request.query_params.dict())
        found = desk_of(user=signed_in(request), at=clock.now(), asked=asked)
        return Response(DeskOut(found).data)


class DeskViews(APIView):
    """The views that the caller keeps."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="desk_views_list", tags=TAGS, responses=DeskViewOut(many=True))
    def get(self, request: Request) -> Response:
        """Return the views, those of the desk with their counts."""
        user, at = signed_in(request), clock.now()
        kept = counted(views_of(user=user), seen_by(user=user, at=at).tasks, user=user, at=at)
        return Response(DeskViewOut(kept, many=True).data)

    @extend_schema(
        operation_id="desk_views_save", tags=TAGS, request=DeskViewIn, responses={201: DeskViewOut}
    )
    def post(self, request: Request) -> Response:
        """Keep a view under a name; a known name shows the new one from then on."""
        given = DeskViewIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        row = save_view(
            name=values["name"],
            page=values["page"],
            query=plain_query(values["page"], values["query"]),
            actor=actor_of(request),
            at=clock.now(),
        )
        kept = KeptView(row.pk, row.name, row.page, row.query)
        return Response(DeskViewOut(kept).data, status=status.HTTP_201_CREATED)


class DeskViewDetail(APIView):
    """One view that the caller keeps."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="desk_views_remove", tags=TAGS, responses={204: None})
    def delete(self, request: Request, view_id: UUID) -> Response:
        """Take the view away."""
        remove_view(view_id=view_id, actor=actor_of(request), at=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class LookTogether(APIView):
    """Several cases, looked at before something is done to them."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="desk_together_look",
        tags=TAGS,
        request=DeskLookIn,
        responses=DeskLookedOut(many=True),
    )
    def post(self, request: Request) -> Response:
        """Return for each whether the act would be done to it, why not, and what is seen of it."""
        given = DeskLookIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = chosen_cases(
            act=given.validated_data["act"],
            marks=given.validated_data["cases"],
            user=signed_in(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(DeskLookedOut(found, many=True).data)


class AcknowledgeTogether(APIView):
    """Several cases acknowledged, watches answered."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="desk_acknowledge",
        tags=TAGS,
        request=DeskAcknowledgeIn,
        responses=DeskDoneOut,
    )
    def post(self, request: Request) -> Response:
        """Acknowledge each by itself; those refused are named with the reason."""
        return _several(request, "acknowledge", DeskAcknowledgeIn(data=request.data))


class AssignTogether(APIView):
    """Several cases given to somebody."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="desk_assign", tags=TAGS, request=DeskAssignIn, responses=DeskDoneOut
    )
    def post(self, request: Request) -> Response:
        """Reassign each by itself; those refused are named with the reason."""
        return _several(request, "assign", DeskAssignIn(data=request.data))


class CloseTogether(APIView):
    """Several small cases closed by one ceremony."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="desk_close_small", tags=TAGS, request=DeskCloseIn, responses=DeskDoneOut
    )
    def post(self, request: Request) -> Response:
        """Close those that may be closed by one signed list; the others are named (T25)."""
        given = DeskCloseIn(data=request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(given.validated_data)
        proof = take_proof(values)
        done = close_together(
            cases=[Picked(**one) for one in values["cases"]],
            lessons=values["lessons"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(DeskDoneOut(done).data)


class MyCalendar(APIView):
    """The secret address of the caller's calendar of deadlines."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="desk_calendar_read", tags=TAGS, responses=DeskCalendarOut)
    def get(self, request: Request) -> Response:
        """Return whether there is one; what it is was told once."""
        row = feed_in_force(user=signed_in(request))
        told = {"has_address": row is not None, "made_at": row.made_at if row else None}
        return Response(DeskCalendarOut(told).data)

    @extend_schema(
        operation_id="desk_calendar_make",
        tags=TAGS,
        request=None,
        responses={201: DeskCalendarMadeOut},
    )
    @sensitive_variables("secret", "url")
    def post(self, request: Request) -> Response:
        """Make a new address and end the one before; it is told this once."""
        row, secret = make_feed(actor=actor_of(request), at=clock.now())
        url = request.build_absolute_uri(reverse("calendar-feed", args=[secret]))
        told = {"has_address": True, "made_at": row.made_at, "url": url}
        answer = Response(DeskCalendarMadeOut(told).data, status=status.HTTP_201_CREATED)
        # A repeat under the same Idempotency-Key is told so; the address is not kept for it.
        answer.shown_once = True  # type: ignore[attr-defined]  # read by the repeats' guard
        return answer

    @extend_schema(operation_id="desk_calendar_revoke", tags=TAGS, responses={204: None})
    def delete(self, request: Request) -> Response:
        """End the address: it answers nothing any more."""
        revoke_feed(actor=actor_of(request), at=clock.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _several(request: Request, act: str, given: Any) -> Response:
    given.is_valid(raise_exception=True)
    values = dict(given.validated_data)
    cases = [Picked(**one) for one in values.pop("cases")]
    done: Together = act_together(
        act=act,
        cases=cases,
        payload={name: str(value) for name, value in values.items()},
        key=request.headers.get("Idempotency-Key", "")[:80],
        actor=actor_of(request),
        at=clock.now(),
    )
    return Response(DeskDoneOut(done).data)


urlpatterns = [
    path("desk/", MyDesk.as_view(), name="api-desk"),
    path("desk/views/", DeskViews.as_view(), name="api-desk-views"),
    path("desk/views/<uuid:view_id>", DeskViewDetail.as_view(), name="api-desk-view"),
    path("desk/together", LookTogether.as_view(), name="api-desk-together"),
    path("desk/acknowledge", AcknowledgeTogether.as_view(), name="api-desk-acknowledge"),
    path("desk/assign", AssignTogether.as_view(), name="api-desk-assign"),
    path("desk/close-small", CloseTogether.as_view(), name="api-desk-close-small"),
    path("desk/calendar", MyCalendar.as_view(), name="api-desk-calendar"),
]
