"""The second factor: who needs one reaches nothing else before it is set up."""

from datetime import timedelta
from urllib.parse import urlencode

import structlog
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from config.doors import Handler
from config.problems import json_problem
from governance.selectors.committees import has_seat
from ledger.rules.refusals import Forbidden
from outbox import clock, secrets
from registry.ceremony import proved_at
from registry.models import User
from registry.selectors.means import FACTORS, has_second_factor, holds_one_of

log = structlog.get_logger(__name__)
# Set where single sign-on said by its claims that it had asked for a second factor.
VOUCHED = "second_factor_vouched"
SEALED = "sealed:"
OPEN = {
    "account_logout",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "account_sessions",
    "account_confirmed",
    "account_passkey_options",
    "single_sign_on_confirm",
    "openid_connect_callback",
    "theme",
    "language",
    "health",
}
# What changes a person's means; allauth asks nobody again who has neither password nor factor.
CHANGES = {
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_view_recovery_codes",
    "account_set_password",
}
WORDS = (
    "You need a second factor first: your role decides or gives access, and a password alone is "
    "not enough for that."
)


class SecondFactorMiddleware:
    """Lets a person whose role needs a second factor reach only the pages that set one up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Handler, args: list[object], kwargs: dict[str, object]
    ) -> HttpResponse | None:
        """Answer in the view's place where a second factor is missing."""
        match = request.resolver_match
        name = str(match.url_name) if match else ""
        if name in CHANGES and _must_confirm_there(request):
            asked = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('single_sign_on_confirm')}?{asked}")
        if name in OPEN or name.startswith("mfa_") or not lacks_second_factor(request):
            return None
        set_up_at = reverse("mfa_index")
        refusal = Forbidden("second_factor_needed", WORDS, extra={"set_up_at": set_up_at})
        if request.path.startswith("/api/"):
            return json_problem(refusal, request)
        if request.method not in ("GET", "HEAD"):
            context = {"title": "You need a second factor first.", "why": WORDS, "who_can": []}
            return render(request, "refused.html", context | {"back_url": "/"}, status=403)
        asked = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{set_up_at}?{asked}")


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether the signed-in person must set up a second factor before anything else."""
    user = request.user
    if not settings.REQUIRE_SECOND_FACTOR_FOR or not isinstance(user, User):
        return False
    return (
        not request.session.get(VOUCHED)
        # Whoever has one costs one query a request, not three.
        and not has_second_factor(user_id=user.pk)
        and is_required_of(user)
    )


def _must_confirm_there(request: HttpRequest) -> bool:
    """Whether somebody with single sign-on alone must sign in there again before a change."""
    user = request.user
    if not settings.OIDC or not isinstance(user, User) or user.has_usable_password():
        return False
    proved = proved_at(request)
    fresh = proved is not None and clock.now() - proved <= timedelta(
        seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    )
    return not fresh and not has_second_factor(user_id=user.pk)


def is_required_of(user: User) -> bool:
    """Whether the person holds a role, or a seat, that needs a second factor."""
    roles, at = settings.REQUIRE_SECOND_FACTOR_FOR, clock.now()
    if "everybody" in roles:
        return True
    if "administrator" in roles and (user.is_superuser or user.is_staff):
        return True
    if holds_one_of(user_id=user.pk, roles=roles, at=at):
        return True
    return "voter" in roles and has_seat(user_id=user.pk, at=at)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors: secrets sealed with FIELD_KEYS; the last one stays where it is required."""

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return SEALED + secrets.encrypt([text]).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored secret; one from before they were sealed stands as it is."""
        if not encrypted_text.startswith(SEALED):
            return encrypted_text
        try:
            return secrets.decrypt(encrypted_text.removeprefix(SEALED).encode())[0]
        except InvalidToken:
            log.exception("a second factor's secret is not sealed with any key of FIELD_KEYS")
            raise

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether a factor may go: not the last of somebody who needs one."""
        user = authenticator.user
        others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(
            pk=authenticator.pk
        )
        return others.exists() or not is_required_of(user)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the organisation where a browser asks for a passkey."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": f"Countersign, {settings.ORGANISATION}"}


SecondFactorAdapter.error_messages = DefaultMFAAdapter.error_messages | {
    "cannot_delete_authenticator": (
        "This is your last second factor, and your role needs one: add another one first."
    ),
    "incorrect_code": (
        "That did not match. A code is good for half a minute and once; a passkey answers one "
        "question once."
    ),
}
