"""Doors of single sign-on: leave for the provider, come back, prove again."""

import structlog
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods
from requests import RequestException

from config.doors import Handler
from config.single_sign_on.protocol import Callback, Connection
from outbox import clock

log = structlog.get_logger(__name__)
PROVIDER = "oidc"
CONFIRM = "confirm"


@login_not_required  # type: ignore[untyped-decorator]
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Leave for the provider."""
    _only_ours(provider_id)
    return _answered(request, OAuth2LoginView.adapter_view(Connection(request, provider_id)))


@login_not_required  # type: ignore[untyped-decorator]
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Come back from the provider."""
    _only_ours(provider_id)
    return _answered(request, Callback.adapter_view(Connection(request, provider_id)))


@login_required
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove again to be there: the provider is asked to ask, however fresh its own session is."""
    _only_ours(PROVIDER)
    after = str(request.POST.get("next") or request.GET.get("next") or "")
    if not url_has_allowed_host_and_scheme(after, allowed_hosts={request.get_host()}):
        after = reverse("account_confirmed")
    if request.method == "GET":
        return render(request, "account/confirm_sign_on.html", {"next": after, **_named()})

    def leave(request: HttpRequest) -> HttpResponse:
        provider = get_adapter().get_provider(request, PROVIDER)
        return provider.redirect(
            request,
            AuthProcess.REDIRECT,
            next_url=after,
            data={"purpose": CONFIRM, "left_at": clock.now().timestamp()},
            auth_params={"prompt": "login", "max_age": "0"},
        )

    return _answered(request, leave)


def _only_ours(provider_id: str) -> None:
    if settings.OIDC is None or provider_id != PROVIDER:
        raise Http404


def _named() -> dict[str, str]:
    return {"provider": settings.OIDC.name if settings.OIDC else ""}


def _answered(request: HttpRequest, view: Handler) -> HttpResponse:
    """Serve; a provider that does not answer is said in words."""
    try:
        return view(request)
    except (RequestException, OAuth2Error, KeyError, ValueError) as error:
        log.warning("single sign-on failed", why=f"{type(error).__name__}: {error}")
        return render(request, "socialaccount/unreachable.html", _named(), status=502)
