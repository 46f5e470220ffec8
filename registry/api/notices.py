"""How one is told, and how messages fared, over the API."""

from typing import Any
from uuid import UUID

from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from outbox import clock
from outbox.rules.notices import KINDS
from registry.access import IsPerson, actor_of, etag, expected_version, signed_in
from registry.models import NoticePreference
from registry.selectors.messages import CHANNELS, STATES, found_messages, messages_kept_by
from registry.selectors.notices import matrix_of, preference_of
from registry.services.messages import put_failed_back, put_message_back
from registry.services.notices import Choices, queue_trial, set_preference

TAGS = ["notices"]
KIND_CHOICES = sorted(KINDS)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of your choices as you saw them; version 0 before the first time.",
)


class NoticeCellOut(serializers.Serializer[Any]):
    """One way for one kind: whether it is told so; `fixed` says why that is no choice."""

    way = serializers.CharField()
    told = serializers.BooleanField()
    fixed = serializers.CharField()


class NoticeLineOut(serializers.Serializer[Any]):
    """One kind of notices with its ways."""

    kind = serializers.CharField()
    name = serializers.CharField(source="label")
    cells = NoticeCellOut(many=True)


class PreferenceOut(serializers.Serializer[Any]):
    """One's own choices. Addresses are named, never shown."""

    digest_hour = serializers.IntegerField()
    digest = serializers.ListField(child=serializers.CharField())
    by_chat = serializers.ListField(child=serializers.CharField())
    in_product = serializers.ListField(child=serializers.CharField())
    page = serializers.CharField(source="page_name")
    chat = serializers.CharField(source="chat_name")
    version = serializers.IntegerField()
    matrix = serializers.SerializerMethodField()

    @extend_schema_field(NoticeLineOut(many=True))
    def get_matrix(self, row: NoticePreference) -> object:
        """Every kind by every way, with what is fixed and why."""
        return NoticeLineOut(matrix_of(row), many=True).data


class PreferenceIn(serializers.Serializer[Any]):
    """What is chosen. An address that is left out stays, an empty one goes."""

    digest_hour = serializers.IntegerField(min_value=0, max_value=23)
    digest = serializers.ListField(
        child=serializers.ChoiceField(choices=KIND_CHOICES), default=list, max_length=10
    )
    by_chat = serializers.ListField(
        child=serializers.ChoiceField(choices=KIND_CHOICES), default=list, max_length=10
    )
    in_product = serializers.ListField(
        child=serializers.ChoiceField(choices=KIND_CHOICES), default=list, max_length=10
    )
    page = serializers.CharField(max_length=500, allow_blank=True, required=False)
    chat = serializers.CharField(max_length=500, allow_blank=True, required=False)


class TrialOut(serializers.Serializer[Any]):
    """By how many ways a trial goes."""

    queued = serializers.IntegerField()


class MessageOut(serializers.Serializer[Any]):
    """How a message fared; what it says is not shown."""

    id = serializers.UUIDField(source="message.pk")
    channel = serializers.CharField(source="message.channel")
    form = serializers.CharField(source="message.form")
    kind = serializers.CharField(source="message.kind")
    to = serializers.CharField()
    state = serializers.CharField()
    drill = serializers.BooleanField(source="message.drill")
    attempts = serializers.IntegerField(source="message.attempts")
    answer = serializers.CharField()
    created_at = serializers.DateTimeField(source="message.created_at")
    next_attempt_at = serializers.DateTimeField(source="message.next_attempt_at")
    sent_at = serializers.DateTimeField(source="message.sent_at", allow_null=True)
    delivered_at = serializers.DateTimeField(source="message.delivered_at", allow_null=True)
    seen_at = serializers.DateTimeField(source="message.seen_at", allow_null=True)


class MessagePageOut(serializers.Serializer[Any]):
    """A page of messages; `after` asks for the next one, null on the last."""

    results = MessageOut(many=True)
    after = serializers.CharField(allow_null=True)


class RequeueIn(serializers.Serializer[Any]):
    """Of which channel; all of them without one."""

    channel = serializers.ChoiceField(choices=CHANNELS, required=False, allow_blank=True)


class RequeueOut(serializers.Serializer[Any]):
    """How many were put back; at most 500 at once."""

    requeued = serializers.IntegerField()


class MyNotices(APIView):
    """How the caller is told."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="my_notices_read", tags=TAGS, responses=PreferenceOut)
    def get(self, request: Request) -> Response:
        """Return one's own choices with their ETag."""
        return _preference(preference_of(signed_in(request)))

    @extend_schema(
        operation_id="my_notices_set",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=PreferenceIn,
        responses=PreferenceOut,
    )
    @sensitive_variables("given")
    def put(self, request: Request) -> Response:
        """Keep one's own choices."""
        given = PreferenceIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = set_preference(
            choices=Choices(**given.validated_data),
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _preference(row)


class MyNoticesTrial(APIView):
    """A trial to oneself."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="my_notices_trial", tags=TAGS, request=None, responses={202: TrialOut}
    )
    def post(self, request: Request) -> Response:
        """Send a trial by every way that the caller has."""
        queued = queue_trial(actor=actor_of(request), at=clock.now())
        return Response(TrialOut({"queued": queued}).data, status=202)


class Messages(APIView):
    """The messages that the caller looks after as an administrator."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="messages_list",
        tags=TAGS,
        parameters=[
            OpenApiParameter("state", str, enum=list(STATES)),
            OpenApiParameter("channel", str, enum=list(CHANNELS)),
            OpenApiParameter("after", str),
        ],
        responses=MessagePageOut,
    )
    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = {name: request.query_params.get(name, "") for name in ("state", "channel", "after")}
        for name, known in (("state", STATES), ("channel", CHANNELS)):
            if asked[name] and asked[name] not in known:
                raise Invalid(
                    f"unknown_{name}",
                    worded("Unknown {name}.", name=name),
                    fields={name: "unknown"},
                )
        kept = messages_kept_by(user=signed_in(request), at=clock.now())
        page = found_messages(kept=kept, asked=asked)
        return Response(MessagePageOut({"results": page.lines, "after": page.after or None}).data)


class MessagesRequeue(APIView):
    """Failed messages, put back."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="messages_requeue", tags=TAGS, request=RequeueIn, responses=RequeueOut
    )
    def post(self, request: Request) -> Response:
        """Put the oldest failed messages of a channel, or of all, back."""
        given = RequeueIn(data=request.data)
        given.is_valid(raise_exception=True)
        channel = given.validated_data.get("channel", "")
        count = put_failed_back(channel=channel, actor=actor_of(request), at=clock.now())
        return Response(RequeueOut({"requeued": count}).data)


class MessageRequeue(APIView):
    """One failed message, put back."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="message_requeue", tags=TAGS, request=None, responses=RequeueOut)
    def post(self, request: Request, message_id: UUID) -> Response:
        """Put one failed message back under its own id."""
        put_message_back(message_id=message_id, actor=actor_of(request), at=clock.now())
        return Response(RequeueOut({"requeued": 1}).data)


def _preference(row: NoticePreference) -> Response:
    return Response(PreferenceOut(row).data, headers={"ETag": etag(row.version)})
