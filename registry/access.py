"""Who is at the door: authentication classes, and the actor that the record keeps."""

import hashlib
import hmac
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.authentication import SessionAuthentication as PlainSessionAuthentication
from rest_framework.request import Request

from ledger.context import enter
from ledger.rules.actors import Actor
from registry.models import ServiceToken, User

ANONYMOUS = "anonymous"


def commit_address(request: HttpRequest) -> str:
    """Return a keyed hash of the caller's address: comparable, not readable."""
    address = request.META.get("REMOTE_ADDR", "")
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()[:32]


def request_id(request: HttpRequest) -> str:
    """Return the request's id, made once."""
    known = getattr(request, "request_id", None)
    if known is None:
        known = uuid.uuid4().hex
        request.request_id = known  # type: ignore[attr-defined]
    return str(known)


def person_actor(request: HttpRequest, user: User, *, channel: str = "web") -> Actor:
    """Return the actor for a signed-in person."""
    session = getattr(request, "session", None)
    key = session.session_key if session is not None else None
    return Actor(
        kind="person",
        id=str(user.pk),
        name=user.name,
        role=user.title,
        channel=channel,
        auth_method="session",
        session=hashlib.sha256((key or "").encode()).hexdigest()[:16] if key else "",
        request_id=request_id(request),
        address=commit_address(request),
    )


def anonymous_actor(request: HttpRequest, *, channel: str = "web") -> Actor:
    """Return the actor for somebody whom nobody has identified."""
    return Actor(
        kind="anonymous",
        id=ANONYMOUS,
        name="Somebody not signed in",
        channel=channel,
        request_id=request_id(request),
        address=commit_address(request),
    )


def token_actor(request: HttpRequest, token: ServiceToken) -> Actor:
    """Return the actor for a service token."""
    return Actor(
        kind="token",
        id=str(token.user.pk),
        name=token.user.name,
        role="service account",
        channel="api",
        auth_method="token",
        token_id=token.token_key,
        request_id=request_id(request),
        address=commit_address(request),
    )


class SessionAuthentication(PlainSessionAuthentication):
    """A person's session, with CSRF; the actor's channel becomes the API."""

    def authenticate(self, request: Request) -> Any:
        """Return (user, None) or None."""
        result = super().authenticate(request)
        if result is not None:
            enter(person_actor(request._request, result[0], channel="api"))
        return result


class TokenAuthentication(KnoxTokenAuthentication):
    """A service account's token: hashed, expiring, with scopes."""

    def authenticate(self, request: Request) -> Any:
        """Return (user, token) or None; raises AuthenticationFailed."""
        result = super().authenticate(request)
        if result is not None:
            enter(token_actor(request._request, result[1]))
        return result

    def authenticate_header(self, request: Request) -> str:
        """What an unauthenticated caller is told to send."""
        return "Token"
