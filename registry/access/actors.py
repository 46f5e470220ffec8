"""The actor that the record keeps of whoever is at the door."""

import hashlib
import hmac
import uuid

from django.conf import settings
from django.http import HttpRequest

from ledger.rules.actors import Actor
from registry.models import ServiceToken, User

ANONYMOUS = "anonymous"


def address_of(request: HttpRequest) -> str:
    """Return the caller's address as it is: the ledger writes a commitment of it, nothing else."""
    return str(request.META.get("REMOTE_ADDR", ""))


def commit_address(request: HttpRequest) -> str:
    """Return a keyed hash of the caller's address: comparable, not readable."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, address_of(request).encode(), hashlib.sha256).hexdigest()[:32]


def commit_session(request: HttpRequest) -> str:
    """Return a hash that names the caller's session without opening it; empty without one."""
    key = getattr(getattr(request, "session", None), "session_key", None)
    return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""


def request_id(request: HttpRequest) -> str:
    """Return the request's id, made once."""
    known = getattr(request, "request_id", None)
    if known is None:
        known = uuid.uuid4().hex
        request.request_id = known  # type: ignore[attr-defined]
    return str(known)


def person_actor(request: HttpRequest, user: User, *, channel: str = "web") -> Actor:
    """Return the actor for a signed-in person."""
    return Actor(
        kind="person",
        id=str(user.pk),
        name=user.name,
        title=user.title,
        channel=channel,
        auth_method="session",
        session=commit_session(request),
        request_id=request_id(request),
        address=address_of(request),
    )


def anonymous_actor(request: HttpRequest, *, channel: str = "web") -> Actor:
    """Return the actor for somebody whom nobody has identified."""
    return Actor(
        kind="anonymous",
        id=ANONYMOUS,
        name="Somebody not signed in",
        channel=channel,
        request_id=request_id(request),
        address=address_of(request),
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
        address=address_of(request),
    )
