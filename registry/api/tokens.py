"""Service tokens over the API: by an administrator's session, never by a token."""

from typing import Any
from uuid import UUID

from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.models import ServiceToken
from registry.rules.scopes import SCOPES
from registry.selectors.tokens import (
    STATES,
    accounts_kept_by,
    found_tokens,
    reachable_for,
    state_of,
    token_kept_by,
)
from registry.services.tokens import issue_first_token, issue_token, revoke_token, rotate_token

TAGS = ["tokens"]


class TokenOut(serializers.Serializer[Any]):
    """A token without its secret; `key` is its public first characters."""

    key = serializers.CharField(source="token_key")
    name = serializers.CharField()
    account = serializers.UUIDField(source="user_id")
    account_name = serializers.CharField(source="user.name")
    scopes = serializers.ListField(child=serializers.CharField())
    systems = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    issued_at = serializers.DateTimeField(source="created")
    expires_at = serializers.DateTimeField(source="expiry")
    overlap_until = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    replaces = serializers.CharField(source="replaces.token_key", default=None, allow_null=True)
    replaced_by = serializers.SerializerMethodField()

    def get_systems(self, row: ServiceToken) -> list[str]:
        """The slugs of the systems that it reaches."""
        return sorted(system.slug for system in row.systems.all())

    def get_state(self, row: ServiceToken) -> str:
        """What it is now: working, ending, replaced, expired or revoked."""
        return state_of(row, self.context["at"])

    def get_replaced_by(self, row: ServiceToken) -> str | None:
        """The public first characters of the token that took its place."""
        successor = getattr(row, "replaced_by", None)
        return successor.token_key if successor else None


class IssuedTokenOut(TokenOut):
    """A token with its secret, which this answer alone shows."""

    token = serializers.SerializerMethodField()

    def get_token(self, row: ServiceToken) -> str:
        """The secret, to be sent as `Authorization: Token …`."""
        return str(self.context["plaintext"])


class TokenPageOut(serializers.Serializer[Any]):
    """A page of tokens; `after` asks for the next one, null on the last."""

    results = TokenOut(many=True)
    after = serializers.CharField(allow_null=True)


class TokenIn(serializers.Serializer[Any]):
    """A token to issue: to a service account, or to a new one with a name and a unit."""

    account = serializers.UUIDField(required=False)
    new_account = serializers.CharField(required=False, max_length=120)
    unit = serializers.UUIDField(required=False)
    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(SCOPES)), min_length=1, max_length=20
    )
    systems = serializers.ListField(
        child=serializers.SlugField(max_length=80), default=list, max_length=500
    )
    expires_at = serializers.DateTimeField()


class RotationIn(serializers.Serializer[Any]):
    """How long both work, and when the new one ends."""

    overlap_until = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=2000, default="", allow_blank=True)


class RevocationIn(serializers.Serializer[Any]):
    """Why a token ends now."""

    reason = serializers.CharField(max_length=2000)


class TokenList(APIView):
    """The tokens that the caller administers; issue another one."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="tokens_list",
        tags=TAGS,
        parameters=[
            OpenApiParameter("search", str),
            OpenApiParameter("state", str, enum=list(STATES)),
            OpenApiParameter("after", str),
        ],
        responses=TokenPageOut,
    )
    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        at = clock.now()
        names = ("search", "state", "after")
        asked = {name: request.query_params.get(name, "") for name in names}
        if asked["state"] and asked["state"] not in STATES:
            raise Invalid("unknown_state", "There is no such state.", fields={"state": "unknown"})
        page = found_tokens(user=signed_in(request), asked=asked, at=at)
        body = {"results": page.rows, "after": page.after or None}
        return Response(TokenPageOut(body, context={"at": at}).data)

    @extend_schema(
        operation_id="tokens_issue", tags=TAGS, request=TokenIn, responses={201: IssuedTokenOut}
    )
    @sensitive_variables("plaintext")
    def post(self, request: Request) -> Response:
        """Issue a token. The answer shows its secret, once: a repeat of the request is refused."""
        sent = TokenIn(data=request.data)
        sent.is_valid(raise_exception=True)
        token, plaintext = _issue(request, dict(sent.validated_data))
        return _issued(request, token, plaintext)


class TokenDetail(APIView):
    """One token."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="tokens_retrieve", tags=TAGS, responses=TokenOut)
    def get(self, request: Request, token_key: str) -> Response:
        """Return it without its secret."""
        at = clock.now()
        found = token_kept_by(token_key=token_key, user=signed_in(request), at=at)
        return Response(TokenOut(found, context={"at": at}).data)


class TokenRotation(APIView):
    """The replacement of a token."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="tokens_rotate", tags=TAGS, request=RotationIn, responses={201: IssuedTokenOut}
    )
    @sensitive_variables("plaintext")
    def post(self, request: Request, token_key: str) -> Response:
        """Replace it: the old one works until `overlap_until`, 14 days at most."""
        at = clock.now()
        token_kept_by(token_key=token_key, user=signed_in(request), at=at)
        sent = RotationIn(data=request.data)
        sent.is_valid(raise_exception=True)
        token, plaintext = rotate_token(
            token_key=token_key, actor=actor_of(request), at=at, **sent.validated_data
        )
        return _issued(request, token, plaintext)


class TokenRevocation(APIView):
    """The end of a token."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="tokens_revoke", tags=TAGS, request=RevocationIn, responses=TokenOut
    )
    def post(self, request: Request, token_key: str) -> Response:
        """Revoke it now; a revoked one stays so."""
        user, at = signed_in(request), clock.now()
        token_kept_by(token_key=token_key, user=user, at=at)
        sent = RevocationIn(data=request.data)
        sent.is_valid(raise_exception=True)
        revoke_token(
            token_key=token_key,
            reason=sent.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        found = token_kept_by(token_key=token_key, user=user, at=at)
        return Response(TokenOut(found, context={"at": at}).data)


def _issue(request: Request, given: dict[str, Any]) -> tuple[ServiceToken, str]:
    user, at = signed_in(request), clock.now()
    systems, units = reachable_for(user=user, at=at)
    chosen = list(systems.filter(slug__in=given["systems"]))
    if len(chosen) != len(set(given["systems"])):
        words = "One of these systems is not there, or not yours to open."
        raise Invalid("unknown_system", words, fields={"systems": words})
    common: dict[str, Any] = {
        "name": given["name"],
        "scopes": given["scopes"],
        "systems": chosen,
        "expires_at": given["expires_at"],
        "actor": actor_of(request),
        "at": at,
    }
    if given.get("new_account"):
        if not units.filter(pk__in=_one(given.get("unit"))).exists():
            raise Invalid("unknown_unit", "Say to which unit.", fields={"unit": "unknown"})
        return issue_first_token(account=given["new_account"], unit_id=given["unit"], **common)
    account = accounts_kept_by(user=user, at=at).filter(pk__in=_one(given.get("account"))).first()
    if account is None:
        words = "Name a service account of yours, or a new one."
        raise Invalid("unknown_account", words, fields={"account": words})
    return issue_token(user=account, **common)


def _one(given: UUID | None) -> list[UUID]:
    return [given] if given else []


@sensitive_variables("plaintext")
def _issued(request: Request, token: ServiceToken, plaintext: str) -> Response:
    at = clock.now()
    found = token_kept_by(token_key=token.token_key, user=signed_in(request), at=at)
    body = IssuedTokenOut(found, context={"at": at, "plaintext": plaintext}).data
    answer = Response(
        body, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store, private"}
    )
    # A repeat under the same Idempotency-Key is told so; the secret is not kept for it.
    answer.shown_once = True  # type: ignore[attr-defined]  # read by the repeats' guard
    return answer
