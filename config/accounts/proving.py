"""Doors at which a person proves again to be there; each opens the session under a new key."""

from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from outbox import clock
from registry.access import person_actor, signed_in
from registry.access.passkeys import begin_assertion
from registry.ceremony import note_sign_in
from registry.services.sessions import follow_session
from registry.services.sign_ins import record_confirmation


class _Confirming:
    """What the three doors share: the proof is noted before the reader goes on."""

    method = ""
    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        """Note the proof and go on."""
        note_proof(self.request, self.method)
        return super().form_valid(form)  # type: ignore[misc]  # of the view beside it


class ByPassword(_Confirming, ReauthenticateView):
    """By the password."""

    method = "password"


class ByCode(_Confirming, CodeView):
    """By a code of the app, or a recovery code."""

    method = "app code"


class ByPasskey(_Confirming, ReauthenticateWebAuthnView):
    """By a passkey."""

    method = "passkey"

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say on the page itself what was wrong."""
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Keep the form that was refused; allauth would show a fresh one."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | kwargs


def note_proof(request: HttpRequest, method: str) -> None:
    """Note that the person proved to be there: in the session, under a new key, and on record."""
    user, at = signed_in(request), clock.now()
    before = request.session.session_key or ""
    request.session.cycle_key()
    follow_session(before=before, after=request.session.session_key or "")
    note_sign_in(request, at=at, method=method)
    record_confirmation(user=user, method=method, actor=person_actor(request, user), at=at)


@login_required
@never_cache
@require_GET
def confirmed(request: HttpRequest) -> HttpResponse:
    """Say that it worked, and what to do now."""
    return render(request, "account/confirmed.html")


@login_required
@never_cache
@require_POST
def passkey_options(request: HttpRequest) -> JsonResponse:
    """Return the question for a passkey that signs; the answer goes with the form."""
    return JsonResponse(begin_assertion(request, signed_in(request)))
