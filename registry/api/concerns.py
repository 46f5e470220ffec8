"""Concerns by the API: raised without an account, followed by a receipt. Nothing else is asked."""

import secrets
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access.nameless import require_nameless
from registry.models import Concern, ConcernMessage
from registry.selectors.concerns import concern_of_receipt
from registry.services.concerns import (
    LONGEST,
    LONGEST_MESSAGE,
    Said,
    add_to_concern,
    raise_concern,
)

TAGS = ["concerns"]


class ConcernIn(serializers.Serializer[Any]):
    """What somebody is worried about."""

    where = serializers.CharField(max_length=LONGEST["where"])
    what = serializers.CharField(max_length=LONGEST["what"])
    harm = serializers.ChoiceField(choices=Concern.Harm.choices)
    when = serializers.CharField(max_length=LONGEST["when"], default="", allow_blank=True)
    who_harmed = serializers.CharField(
        max_length=LONGEST["who_harmed"], default="", allow_blank=True
    )
    contact = serializers.CharField(max_length=LONGEST["contact"], default="", allow_blank=True)


class ConcernReceiptOut(serializers.Serializer[Any]):
    """The receipt, told once."""

    receipt = serializers.CharField()


class ConcernReceiptIn(serializers.Serializer[Any]):
    """A receipt, and perhaps a line to add."""

    receipt = serializers.CharField(max_length=60)
    text = serializers.CharField(max_length=LONGEST_MESSAGE, required=False)


class ConcernLineOut(serializers.Serializer[Any]):
    """A line of the exchange; officers stay without a name here."""

    by = serializers.SerializerMethodField()
    text = serializers.CharField()
    at = serializers.DateTimeField()

    def get_by(self, row: ConcernMessage) -> str:
        """Who wrote it: 'you' or 'an officer'."""
        return "an officer" if row.officer_id else "you"


class FollowedOut(serializers.Serializer[Any]):
    """Where a concern stands, for who holds its receipt."""

    state = serializers.ChoiceField(choices=Concern.State.choices)
    received_at = serializers.DateTimeField()
    where = serializers.CharField()
    what = serializers.CharField()
    dismissed_reason = serializers.SerializerMethodField()
    lines = ConcernLineOut(many=True, source="all_lines")

    def get_dismissed_reason(self, row: Concern) -> str:
        """Why it was closed without a case, once it was."""
        return row.dismissed_reason if row.state == Concern.State.DISMISSED else ""


class _Nameless(APIView):
    """Open to everybody; nobody is authenticated, counted by address, or remembered."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes: list[Any] = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what says who sent it, what is too large or too often."""
        require_nameless(request._request)
        super().initial(request, *args, **kwargs)


class ConcernNew(_Nameless):
    """A concern without a name."""

    @extend_schema(
        operation_id="concerns_raise",
        tags=TAGS,
        auth=[],
        request=ConcernIn,
        responses={201: ConcernReceiptOut},
    )
    def post(self, request: Request) -> Response:
        """Raise a concern; the answer tells its receipt once. An Idempotency-Key is not read."""
        given = ConcernIn(data=request.data)
        given.is_valid(raise_exception=True)
        _concern, code = raise_concern(
            said=Said(**given.validated_data), form_key=secrets.token_hex(16), at=clock.now()
        )
        return Response({"receipt": code}, status=status.HTTP_201_CREATED)


class ConcernReceipt(_Nameless):
    """A concern by its receipt."""

    @extend_schema(
        operation_id="concerns_follow",
        tags=TAGS,
        auth=[],
        request=ConcernReceiptIn,
        responses=FollowedOut,
    )
    def post(self, request: Request) -> Response:
        """Return where a concern stands; with `text`, add a line first."""
        given = ConcernReceiptIn(data=request.data)
        given.is_valid(raise_exception=True)
        code = given.validated_data["receipt"]
        if "text" in given.validated_data:
            add_to_concern(code=code, text=given.validated_data["text"], at=clock.now())
        found: Any = concern_of_receipt(code=code)
        found.all_lines = list(found.messages.order_by("at", "pk"))
        return Response(FollowedOut(found).data)
