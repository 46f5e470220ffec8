"""The door of a signature: a person proves again that they are there, and how is kept."""

from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from rest_framework.request import Request

from ledger.rules.refusals import Forbidden
from ledger.rules.worded import word
from outbox import clock
from registry.access import commit_address, commit_session
from registry.access.guessing import count_failure, locked_out, note_lock, refuse_if_locked
from registry.access.passkeys import use_assertion
from registry.models import ServiceToken, User
from registry.services.codes import use_code
from registry.services.signatures import Ceremony

SESSION_KEY = "authenticated_at"
METHOD_KEY = "authenticated_by"
# The fields of a form and the keys of an API body that carry a proof.
PASSWORD, CODE, ASSERTION = "password", "code", "assertion"  # noqa: S105  names of fields
PROOFS = (PASSWORD, CODE, ASSERTION)
LONGEST_CODE = 20
PROVED_BY = {
    "passkey": word("passkey, in this session"),
    "app code": word("app code, in this session"),
    "recovery code": word("recovery code, in this session"),
    "single sign-on": word("single sign-on, in this session"),
    "password and app code": word("password and app code, in this session"),
    "password and passkey": word("password and passkey, in this session"),
}
"""How a signature says by what its signer proved who they are."""


def note_sign_in(request: HttpRequest, *, at: datetime, method: str = "password") -> None:
    """Keep in the session when the person last proved who they are, and how."""
    request.session[SESSION_KEY] = at.isoformat()
    request.session[METHOD_KEY] = method


def reauthenticate(
    request: HttpRequest | Request, password: str = "", *, code: str = "", assertion: str = ""
) -> Ceremony:
    """Prove that the signed-in person is there: by a passkey, a code, the password, or just before.

    `code` is of the person's authenticator app, `assertion` a browser's answer (JSON) to the
    challenge of `registry.access.passkeys`; what is given must hold, all of it. With nothing given
    the last proof in this session counts while it is fresher than SIGNATURE_FRESH_SECONDS: also
    one that single sign-on gave. Wrong ones are limited by address and account (axes) and on
    record. Raises Forbidden: `signature_needs_person` (tokens), `not_signed_in`, `password_wrong`,
    `code_wrong`, `passkey_wrong`, `too_many_attempts`, `reauthentication_needed`.
    """
    plain = request._request if isinstance(request, Request) else request
    user = _person(request)
    at = clock.now()
    if not (password or code or assertion):
        return _by_session(plain, user, at)
    methods = []
    if password:
        methods.append(_check_password(plain, user, password))
    if code:
        methods.append(_check_code(plain, user, code))
    if assertion:
        methods.append(_check_passkey(plain, user, assertion))
    method = " and ".join(methods)
    note_sign_in(plain, at=at, method=method)
    return _ceremony(plain, method, at)


def reauthenticate_by_form(request: HttpRequest) -> Ceremony:
    """Prove it by the fields of components/sign.html. Raises as `reauthenticate` does."""
    return reauthenticate(request, **take_proof(dict(request.POST.items())))


def take_proof(given: dict[str, Any]) -> dict[str, str]:
    """Take the proof out of what a form or an API body gave; what is missing is empty.

    An assertion may be the object itself or its JSON.
    """
    proof = {name: given.pop(name, "") or "" for name in PROOFS}
    if isinstance(proof[ASSERTION], dict):
        proof[ASSERTION] = orjson.dumps(proof[ASSERTION]).decode()
    return {name: str(value) for name, value in proof.items()}


def typed_address(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the address that somebody tried to sign in with, for axes (AXES_USERNAME_CALLABLE)."""
    given = credentials or getattr(request, "POST", {})
    typed = given.get("email") or given.get("login") or given.get("username") or ""
    # The column of axes ends there; the form takes longer ones.
    return str(typed).strip().lower()[:255]


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


def _check_password(request: HttpRequest, user: User, password: str) -> str:
    found = authenticate(request, email=user.email, password=password)
    if found is not None and found.pk == user.pk:
        return "password"
    note_lock(request, user)
    if getattr(request, "axes_locked_out", False):
        raise locked_out(request, user)
    raise _wrong(user, PASSWORD, "password_wrong", "This is not your password; nothing was signed.")


def _check_code(request: HttpRequest, user: User, code: str) -> str:
    refuse_if_locked(request, user)
    if len(code) <= LONGEST_CODE and use_code(user=user, code=code):
        return "app code"
    count_failure(request, user)
    if getattr(request, "axes_locked_out", False):
        raise locked_out(request, user)
    words = "This code is wrong or was used before; nothing was signed. Wait for the next one."
    raise _wrong(user, CODE, "code_wrong", words)


def _check_passkey(request: HttpRequest, user: User, assertion: str) -> str:
    refuse_if_locked(request, user)
    if use_assertion(request, user, assertion) is not None:
        return "passkey"
    count_failure(request, user)
    if getattr(request, "axes_locked_out", False):
        raise locked_out(request, user)
    words = "The passkey did not prove it was you; nothing was signed. Ask it again."
    raise _wrong(user, ASSERTION, "passkey_wrong", words)


def _wrong(user: User, field: str, code: str, words: str) -> Forbidden:
    return Forbidden(
        code,
        words,
        recorded=True,
        subject=("user", str(user.pk), user.on_record),
        fields={field: "wrong"},
    )


def _by_session(request: HttpRequest, user: User, at: datetime) -> Ceremony:
    entered = proved_at(request)
    limit = timedelta(seconds=settings.SIGNATURE_FRESH_SECONDS)
    if entered is None or not timedelta(0) <= at - entered <= limit:
        raise Forbidden(
            "reauthentication_needed",
            _what_to_do(user),
            recorded=False,
            subject=("user", str(user.pk), user.on_record),
            fields={"password": "needed"},
        )
    method = request.session.get(METHOD_KEY, "password")
    if method == "password":
        return _ceremony(request, word("password entered in this session"), entered)
    return _ceremony(request, PROVED_BY.get(method, f"{method}, in this session"[:40]), entered)


def proved_at(request: HttpRequest) -> datetime | None:
    """Return when the person last proved in this session who they are, None if never."""
    kept = request.session.get(SESSION_KEY)
    return datetime.fromisoformat(kept) if kept else None


def _what_to_do(user: User) -> str:
    if user.has_usable_password():
        return "Enter your password to sign."
    return "Prove again that it is you to sign: by a passkey, a code, or single sign-on."


def _ceremony(request: HttpRequest, method: str, at: datetime) -> Ceremony:
    return Ceremony(
        method=method,
        authenticated_at=at,
        session=commit_session(request),
        address=commit_address(request),
    )
