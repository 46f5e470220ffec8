"""Sign-in through allauth: accounts are made by administrators, every sign-in is on record."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.second_factor import VOUCHED
from config.single_sign_on.claims import vouches_for_second_factor
from ledger.context import acting_as, enter
from outbox import clock
from registry.access import anonymous_actor, person_actor
from registry.access.guessing import note_lock
from registry.ceremony import note_sign_in
from registry.models import User
from registry.selectors.means import means_of
from registry.services.sessions import close_sessions
from registry.services.sign_ins import (
    record_failed_sign_in,
    record_means,
    record_sign_in,
    record_sign_out,
)

SSO = "single sign-on"
METHODS = {"totp": "app code", "webauthn": "passkey", "recovery_codes": "recovery code"}
# After these the sessions that began before no longer stand for the same proof.
ENDING = {
    "account/email/password_changed",
    "account/email/password_set",
    "account/email/password_reset",
    "mfa/email/totp_activated",
    "mfa/email/webauthn_added",
}


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up; sign-ins, failed ones, sign-outs and changed means are ledger entries."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the address in a mail that sets a new password: ours, whatever host was asked."""
        asked = urlsplit(super().get_reset_password_from_key_url(key))
        return f"{settings.PUBLIC_URL.rstrip('/')}{asked.path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that names the organisation, whatever host was asked."""
        ours = {"name": settings.ORGANISATION, "domain": urlsplit(settings.PUBLIC_URL).netloc}
        super().send_mail(template_prefix, email, {"current_site": ours} | context)

    @transaction.atomic
    def login(self, request: HttpRequest, user: User) -> None:
        """Sign the person in under a new session key and record it."""
        super().login(request, user)
        actor = person_actor(request, user)
        enter(actor)
        at = clock.now()
        methods = _methods(request, user)
        if SSO in methods:
            issuer = settings.OIDC.issuer if settings.OIDC else "SAML"
            # Whether single sign-on asked the person just now, post_login reads from its claims.
            record_sign_in(user=user, methods=methods, issuer=issuer, actor=actor, at=at)
            return
        note_sign_in(request, at=at, method=" and ".join(methods) or "password")
        record_sign_in(user=user, methods=methods, actor=actor, at=at)

    def post_login(
        self,
        request: HttpRequest,
        user: User,
        *,
        signal_kwargs: dict[str, Any] | None,
        **kwargs: Any,
    ) -> HttpResponse:
        """Keep what single sign-on vouched for, then go on."""
        login = (signal_kwargs or {}).get("sociallogin")
        if login is not None:
            keep_claims(request, login.account.extra_data)
        response: HttpResponse = super().post_login(
            request, user, signal_kwargs=signal_kwargs, **kwargs
        )
        return response

    @transaction.atomic
    def logout(self, request: HttpRequest) -> None:
        """Record who leaves, then sign them out."""
        user = request.user
        if isinstance(user, User):
            record_sign_out(user=user, actor=person_actor(request, user), at=clock.now())
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a failed sign-in: the address that was tried as typed, nothing else."""
        super().authentication_failed(request, **credentials)
        tried = str(credentials.get("email") or credentials.get("username") or "")
        known = User.objects.filter(email__iexact=tried).first()
        record_failed_sign_in(
            tried=tried, known=known, actor=anonymous_actor(request), at=clock.now()
        )
        note_lock(request, known)

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the person's password, by the address of the account itself."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def set_password(self, user: User, password: str) -> None:
        """Save a new password as the person whose it is, also where a mailed link proved them."""
        with acting_as(person_actor(self.request, user)):
            super().set_password(user, password)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Return how a person can prove again that they are there, the first one by itself.

        Recovery codes come after a passkey, single sign-on comes last.
        """
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        means = means_of(user=user) if user.is_authenticated else None
        if means and not means.codes:
            methods.sort(key=lambda method: method["id"] == "mfa_reauthenticate")
        if means and means.single_sign_on and settings.OIDC:
            methods.append(
                {
                    "id": "single_sign_on",
                    "description": _("Sign in again at %s") % settings.OIDC.name,
                    "url": reverse("single_sign_on_confirm"),
                }
            )
        return methods

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Called by allauth for every change of a person's means to sign in: record it, tell.

        The person's other sessions end with it.
        """
        with acting_as(person_actor(self.request, user)) as actor, transaction.atomic():
            ended = 0
            if template_prefix in ENDING:
                key = self.request.session.session_key if self.request.user == user else ""
                ended = close_sessions(user_id=user.pk, but=key or "")
            record_means(
                change=template_prefix, user=user, sessions=ended, actor=actor, at=clock.now()
            )
        super().send_notification_mail(template_prefix, user, context, email)


def keep_claims(request: HttpRequest, claims: dict[str, Any]) -> None:
    """Keep in the session what single sign-on vouched for: when it asked, and for what."""
    asked = claims.get("auth_time")
    if isinstance(asked, int):
        at = min(datetime.fromtimestamp(asked, UTC), clock.now())
        note_sign_in(request, at=at, method=SSO)
    if vouches_for_second_factor(claims, settings.OIDC):
        request.session[VOUCHED] = True


def _methods(request: HttpRequest, user: User) -> list[str]:
    """Return in words how this session was opened, in the order of the steps."""
    words = []
    for record in get_authentication_records(request, user):
        if record["method"] == "mfa":
            words.append(METHODS.get(record["type"], str(record["type"])))
        else:
            words.append(SSO if record["method"] == "socialaccount" else str(record["method"]))
    return list(dict.fromkeys(words))
