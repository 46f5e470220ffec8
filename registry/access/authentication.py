"""Authentication classes of the API: a person's session, a service account's token."""

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.settings import CONSTANTS
from rest_framework.authentication import SessionAuthentication as PlainSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from ledger.context import enter
from ledger.rules.actors import Actor
from ledger.services.entries import append_entry
from outbox import clock
from registry.access.actors import anonymous_actor, commit_address, person_actor, token_actor
from registry.models import ServiceToken
from registry.selectors.token_door import token_at_door
from registry.services.sign_ins import record_token_use

USE_NOTED_EVERY = timedelta(minutes=1)
# A flood of wrong tokens must not fill the ledger: entries a minute for one address.
RECORDED_A_MINUTE = 30
UNKNOWN = "This token is not known."


class SessionAuthentication(PlainSessionAuthentication):
    """A person's session, with CSRF; the actor's channel becomes the API."""

    def authenticate(self, request: Request) -> Any:
        """Return (user, None) or None."""
        result = super().authenticate(request)
        if result is not None:
            enter(person_actor(request._request, result[0], channel="api"))
        return result


class TokenAuthentication(KnoxTokenAuthentication):  # type: ignore[misc]
    """A service account's token: hashed, expiring, revocable, with scopes and systems.

    Unlike the parent it deletes no expired token: which token wrote what stays on record. `found`
    has what the door asked: the token, the clock, the systems in its reach.
    """

    def authenticate(self, request: Request) -> Any:
        """Return (user, token) or None; raises AuthenticationFailed, which is on record."""
        try:
            result = super().authenticate(request)
        except AuthenticationFailed as error:
            record_failure(request._request, reason=str(error.detail))
            raise
        if result is not None:
            actor = token_actor(request._request, result[1])
            enter(actor)
            note_use(result[1], actor, self.found.at)
        return result

    def authenticate_credentials(self, token: bytes) -> Any:
        """Return (user, token). Raises AuthenticationFailed with the reason in words."""
        found = token_at_door(token.decode("utf-8", "replace"))
        reason = why_refused(found.token, found.at) if found else UNKNOWN
        if found is None or reason:
            raise AuthenticationFailed(reason)
        self.found = found
        return found.token.user, found.token

    def authenticate_header(self, request: Request) -> str:
        """What an unauthenticated caller is told to send."""
        return "Token"


def asked_at(request: Request) -> datetime:
    """Return when the door read the clock for a token, or read it now for anybody else."""
    door = request.successful_authenticator
    return door.found.at if isinstance(door, TokenAuthentication) else clock.now()


def why_refused(token: ServiceToken, at: datetime) -> str:
    """Return why a token does not open the door, empty when it does."""
    if token.revoked_at is not None:
        return "This token was revoked."
    if token.expiry is None or token.expiry <= at:
        return "This token has expired."
    if token.overlap_until is not None and token.overlap_until <= at:
        return "This token was replaced; the time in which both worked is over."
    if not token.user.is_active:
        return "The account of this token is deactivated."
    return ""


def note_use(token: ServiceToken, actor: Actor, at: datetime) -> None:
    """Keep when a token was last used, at most once a minute; the first use of a day is an entry.

    One entry a request would drown the rest: each request that changes something has its own.
    """
    last = token.last_used_at
    if last is not None and last > at - USE_NOTED_EVERY:
        return
    with transaction.atomic():
        ServiceToken.objects.filter(pk=token.pk).update(last_used_at=at)
        if last is None or last.date() != at.date():
            record_token_use(token=token, actor=actor, at=at)


@transaction.atomic(durable=True)
def record_failure(request: HttpRequest, *, reason: str) -> None:
    """Write a refused token into the ledger, in a transaction of its own.

    The entry holds the token's public first characters as sent, never the rest.
    """
    if _too_many(commit_address(request)):
        return
    sent = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[2]
    key = sent[: CONSTANTS.TOKEN_KEY_LENGTH] if len(sent) > 2 * CONSTANTS.TOKEN_KEY_LENGTH else ""
    actor = anonymous_actor(request, channel="api")
    enter(actor)
    append_entry(
        verb="token.refused",
        actor=actor,
        at=clock.now(),
        subject=("token", key or "unreadable", key or "unreadable"),
        reason=reason,
        details={"attempted": f"{request.method} {request.path}"},
    )


def _too_many(address: str) -> bool:
    key = f"refused-tokens:{address}"
    seen = int(cache.get(key, 0)) + 1
    cache.set(key, seen, timeout=60)
    return seen > RECORDED_A_MINUTE
