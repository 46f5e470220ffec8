"""Whom single sign-on may sign in: people who have an account, are active and are known there."""

from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render

from config.identity import Oidc, Saml
from config.single_sign_on.views import CONFIRM
from ledger.context import acting_as
from outbox import clock
from registry.access import anonymous_actor, person_actor
from registry.ceremony import note_sign_in
from registry.models import User
from registry.services.sessions import follow_session
from registry.services.sign_ins import record_confirmation, record_failed_sign_in

log = structlog.get_logger(__name__)
METHOD = "single sign-on"
# A provider's clock may differ a little from ours.
SKEW = timedelta(seconds=60)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Matches by the linked subject, or once by the verified address; makes no account."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Let in who has an account; refuse everybody else in words, on record."""
        process = sociallogin.state.get("process")
        if process == AuthProcess.REDIRECT:
            self._confirm(request, sociallogin)
            return
        if process != AuthProcess.LOGIN:
            self._refuse(request, "", "connect")
        if not sociallogin.is_existing:
            self._link(request, sociallogin)
        if not sociallogin.user.is_active or sociallogin.user.kind != User.Kind.PERSON:
            self._refuse(request, sociallogin.user.email, "inactive")

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Record an answer of the provider that proves nothing, and say so."""
        if error == AuthError.CANCELLED:
            return
        log.warning("single sign-on refused", why=str(exception or error))
        self._refuse(request, "", "unproved")

    def _link(self, request: HttpRequest, sociallogin: Any) -> None:
        """Link a person who comes for the first time, by the address that the provider verified."""
        address = _verified_address(sociallogin)
        if not address:
            self._refuse(request, "", "no_address")
        rows = User.objects.filter(email__iexact=address, kind=User.Kind.PERSON)
        user = rows.first()
        if user is None or not user.is_active:
            self._refuse(request, address, "unknown" if user is None else "inactive")
        # allauth saves the person and the link, and tells the adapter, which writes the entry.
        with transaction.atomic(), acting_as(person_actor(request, user)):
            sociallogin.connect(request, user)

    def _confirm(self, request: HttpRequest, sociallogin: Any) -> None:
        """Take a second sign-in at the provider as proof of who is there now."""
        user, data = request.user, sociallogin.state.get("data") or {}
        same = isinstance(user, User) and sociallogin.is_existing and sociallogin.user == user
        if data.get("purpose") != CONFIRM or not same or not isinstance(user, User):
            self._refuse(request, "", "another_person")
        asked = sociallogin.account.extra_data.get("auth_time")
        left = datetime.fromtimestamp(data["left_at"], UTC)
        if not isinstance(asked, int) or datetime.fromtimestamp(asked, UTC) < left - SKEW:
            self._refuse(request, user.email, "not_asked")
        at = clock.now()
        before = request.session.session_key or ""
        request.session.cycle_key()
        follow_session(before=before, after=request.session.session_key or "")
        note_sign_in(request, at=at, method=METHOD)
        record_confirmation(user=user, method=METHOD, actor=person_actor(request, user), at=at)

    def _refuse(self, request: HttpRequest, address: str, why: str) -> NoReturn:
        """Answer with the page that says why. Raises ImmediateHttpResponse."""
        actor = anonymous_actor(request)
        if isinstance(request.user, User):
            actor = person_actor(request, request.user)
        with acting_as(actor):
            record_failed_sign_in(
                tried=address,
                known=User.objects.filter(email__iexact=address).first() if address else None,
                why=f"single sign-on: {why.replace('_', ' ')}",
                actor=actor,
                at=clock.now(),
            )
        context = {"why": why, "address": address, "provider": _configured().name}
        page = render(request, "socialaccount/refused.html", context, status=403)
        raise ImmediateHttpResponse(page)


def _configured() -> Oidc | Saml:
    """Return the provider; without one none of these doors is there."""
    provider = settings.OIDC or settings.SAML
    assert provider is not None
    return provider


def _verified_address(sociallogin: Any) -> str:
    """Return the address that the provider says is verified, '' without one."""
    given = sociallogin.email_addresses
    trusting = _configured().trusts_address
    fitting = [one.email for one in given if one.verified is True or trusting]
    return str(fitting[0]) if fitting else ""
