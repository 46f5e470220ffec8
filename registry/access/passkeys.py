"""Passkeys as proof for a signature: a challenge of one session, used once (WebAuthn level 2)."""

from typing import Any

import orjson
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import get_credentials, get_server
from django.http import HttpRequest
from fido2.webauthn import AuthenticationResponse, UserVerificationRequirement

from registry.models import User

CHALLENGE = "signing_challenge"
# What a browser sends is a few hundred bytes; nothing longer is parsed.
LONGEST = 20_000


def begin_assertion(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return what a browser needs to ask for a passkey; a former challenge of the session ends."""
    with request_context(request):
        options, state = get_server().authenticate_begin(
            credentials=get_credentials(user),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    request.session[CHALLENGE] = {"state": state, "user": str(user.pk)}
    return dict(options)


def use_assertion(request: HttpRequest, user: User, assertion: str) -> Authenticator | None:
    """Return the passkey of the person that signed this session's challenge, None if none did.

    The challenge is gone afterwards, whatever came of it.
    """
    kept = request.session.pop(CHALLENGE, None)
    if kept is None or kept["user"] != str(user.pk) or len(assertion) > LONGEST:
        return None
    answer = _parse(assertion)
    if answer is None:
        return None
    try:
        with request_context(request):
            binding = get_server().authenticate_complete(
                kept["state"], get_credentials(user), answer
            )
    except ValueError:
        return None
    return _row_of(user, binding.credential_id)


def _parse(assertion: str) -> AuthenticationResponse | None:
    """Return a browser's answer, None for whatever is none."""
    try:
        found: AuthenticationResponse = AuthenticationResponse.from_dict(orjson.loads(assertion))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    return found


def _row_of(user: User, credential_id: bytes) -> Authenticator | None:
    for row in Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN):
        if row.wrap().authenticator_data.credential_data.credential_id == credential_id:
            row.record_usage()
            return row
    return None
