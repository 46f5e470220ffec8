"""The door of a signature: a person proves again that they are there, and how is kept."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from rest_framework.request import Request

from ledger.rules.refusals import Forbidden
from outbox import clock
from registry.access import commit_address, commit_session
from registry.models import ServiceToken, User
from registry.services.signatures import Ceremony

SESSION_KEY = "authenticated_at"


def note_sign_in(request: HttpRequest, *, at: datetime) -> None:
    """Keep in the session when the password was last entered."""
    request.session[SESSION_KEY] = at.isoformat()


def reauthenticate(request: HttpRequest | Request, password: str) -> Ceremony:
    """Prove that the signed-in person is there: by password, or by one just entered.

    An empty password counts when the last entry in this session is fresher than
    SIGNATURE_FRESH_SECONDS. Wrong ones are limited by address and account (axes) and on record.
    Raises Forbidden: `signature_needs_person` (tokens), `not_signed_in`, `password_wrong`,
    `too_many_attempts`, `reauthentication_needed`.
    """
    plain = request._request if isinstance(request, Request) else request
    user = _person(request)
    at = clock.now()
    if not password:
        return _by_session(plain, user, at)
    _check_password(plain, user, password)
    note_sign_in(plain, at=at)
    return _ceremony(plain, "password", at)


def typed_address(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the address that somebody tried to sign in with, for axes (AXES_USERNAME_CALLABLE)."""
    given = credentials or getattr(request, "POST", {})
    typed = given.get("email") or given.get("login") or given.get("username") or ""
    return str(typed).strip().lower()


def _person(request: HttpRequest | Request) -> User:
    user = request.user
    token = isinstance(getattr(request, "auth", None), ServiceToken)
    if token or (isinstance(user, User) and user.kind != User.Kind.PERSON):
        raise Forbidden(
            "signature_needs_person",
            "A service token cannot sign: only a person does, signed in and proved again.",
            recorded=True,
        )
    if not isinstance(user, User):
        raise Forbidden("not_signed_in", "Sign in first.")
    return user


def _check_password(request: HttpRequest, user: User, password: str) -> None:
    found = authenticate(request, email=user.email, password=password)
    if found is not None and found.pk == user.pk:
        return
    subject = ("user", str(user.pk), user.on_record)
    if getattr(request, "axes_locked_out", False):
        # This door says so in its own words; the middleware's page would replace them.
        request.axes_locked_out = False  # type: ignore[attr-defined]
        raise Forbidden(
            "too_many_attempts",
            "Too many wrong passwords: wait, or ask an administrator.",
            recorded=True,
            subject=subject,
        )
    raise Forbidden(
        "password_wrong",
        "This is not your password; nothing was signed.",
        recorded=True,
        subject=subject,
        fields={"password": "wrong"},
    )


def _by_session(request: HttpRequest, user: User, at: datetime) -> Ceremony:
    kept = request.session.get(SESSION_KEY)
    entered = datetime.fromisoformat(kept) if kept else None
    limit = timedelta(seconds=settings.SIGNATURE_FRESH_SECONDS)
    if entered is None or not timedelta(0) <= at - entered <= limit:
        raise Forbidden(
            "reauthentication_needed",
            "Enter your password to sign.",
            recorded=False,
            subject=("user", str(user.pk), user.on_record),
            fields={"password": "needed"},
        )
    return _ceremony(request, "password entered in this session", entered)


def _ceremony(request: HttpRequest, method: str, at: datetime) -> Ceremony:
    return Ceremony(
        method=method,
        authenticated_at=at,
        session=commit_session(request),
        address=commit_address(request),
    )
