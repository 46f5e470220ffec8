"""One's own notices over the API: read, put away, taken out again."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.selectors.pages.notifications import VIEWS, Asked, notifications_of, one_of
from outbox import clock
from outbox.services.reading import mark_all_read, mark_read, mark_unread
from registry.access import AS_OF, IsPerson, moment_of, signed_in

TAGS = ["notices"]


class NotificationOut(serializers.Serializer[Any]):
    """One notice as the caller may see it now; one on a case that they lost has no words."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="task, reminder, information or account")
    urgent = serializers.BooleanField()
    drill = serializers.BooleanField()
    what = serializers.CharField()
    body = serializers.CharField()
    case = serializers.CharField()
    stays = serializers.BooleanField(
        help_text="Its case is open: reading it takes nothing off anybody's desk."
    )
    due_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField()
    step = serializers.CharField()
    read_at = serializers.DateTimeField(allow_null=True)
    hidden = serializers.BooleanField()


class NotificationPageOut(serializers.Serializer[Any]):
    """A page; `after` asks for the next one, null on the last."""

    results = NotificationOut(many=True)
    after = serializers.CharField(allow_null=True)


class ReadUntilIn(serializers.Serializer[Any]):
    """All that had come until an instant; until now without one."""

    until = serializers.DateTimeField(required=False)


class ReadUntilOut(serializers.Serializer[Any]):
    """How many notices were put away."""

    read = serializers.IntegerField()


class Notifications(APIView):
    """The caller's own notices."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="notifications_list",
        tags=TAGS,
        parameters=[
            OpenApiParameter("kind", str, enum=list(VIEWS)),
            OpenApiParameter("unread", bool),
            OpenApiParameter("after", str),
            AS_OF,
        ],
        responses=NotificationPageOut,
    )
    def get(self, request: Request) -> Response:
        """Return a page, the unread first, each part the newest first."""
        user, at = signed_in(request), clock.now()
        as_of = moment_of(request, now=at).as_of
        asked = Asked.of(request.query_params)
        page = notifications_of(user=user, asked=asked, at=at, as_of=as_of)
        out = NotificationPageOut({"results": page.rows, "after": page.after or None})
        return Response(out.data)


class NotificationsRead(APIView):
    """All of them, put away."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="notifications_read_all",
        tags=TAGS,
        request=ReadUntilIn,
        responses=ReadUntilOut,
    )
    def post(self, request: Request) -> Response:
        """Put away what had come until an instant; what is due stays on the desk."""
        given, at = ReadUntilIn(data=request.data), clock.now()
        given.is_valid(raise_exception=True)
        until = given.validated_data.get("until", at)
        count = mark_all_read(person_id=signed_in(request).pk, until=until, at=at)
        return Response(ReadUntilOut({"read": count}).data)


class NotificationRead(APIView):
    """One of them, put away."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="notifications_read", tags=TAGS, request=None, responses=NotificationOut
    )
    def post(self, request: Request, message_id: UUID) -> Response:
        """Put one notice of the caller's own away as read."""
        user, at = signed_in(request), clock.now()
        row = mark_read(message_id=message_id, person_id=user.pk, at=at)
        return Response(NotificationOut(one_of(user=user, message=row, at=at)).data)


class NotificationUnread(APIView):
    """One of them, taken out again."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="notifications_unread", tags=TAGS, request=None, responses=NotificationOut
    )
    def post(self, request: Request, message_id: UUID) -> Response:
        """Take one notice of the caller's own out again as unread."""
        user = signed_in(request)
        row = mark_unread(message_id=message_id, person_id=user.pk)
        return Response(NotificationOut(one_of(user=user, message=row, at=clock.now())).data)
