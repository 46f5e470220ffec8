"""Pages that belong to no floor: errors, health, the theme, the design page."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from config.design import sample_context
from config.problems import json_problem
from governance.selectors.engine import look
from ledger.rules.refusals import Forbidden, Missing
from ledger.selectors.checkpoints import newest_seal, oldest_unsealed
from outbox import clock
from registry.access import person_actor
from registry.models import User
from registry.services.languages import choose_language as choose

THEMES = ("light", "dark", "")


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the reader's choice of light or dark in a cookie and go back."""
    chosen = request.POST.get("theme", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    if chosen in THEMES:
        response.set_cookie(
            "theme", chosen, max_age=31536000, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the reader's language, with their account where they are signed in, and go back."""
    chosen = request.POST.get("language", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    if chosen not in dict(settings.LANGUAGES):
        return response
    if isinstance(request.user, User):
        actor = person_actor(request, request.user)
        choose(user_id=request.user.pk, language=chosen, actor=actor, at=clock.now())
    # Kept in the browser too, so that the sign-in page speaks it.
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
    )
    return response


def no_own_address(request: HttpRequest) -> HttpResponse:
    """Refuse: nobody changes their own address, for the record knows people by it."""
    raise Forbidden(
        "address_by_administrator",
        "You cannot change your own address: an administrator does, so that it is on record.",
        who_can=["an administrator"],
    )


def no_own_identity(request: HttpRequest) -> HttpResponse:
    """Refuse: nobody links another identity to an account, or cuts the link, for themselves."""
    raise Forbidden(
        "identity_by_first_sign_in",
        "You cannot change this link: the first sign-in at your provider makes it, and an "
        "administrator cuts it.",
        who_can=["an administrator"],
    )


@require_GET
def design(request: HttpRequest) -> HttpResponse:
    """Show every component in every state."""
    return render(request, "design.html", sample_context())


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Say whether the database answers and whether anything is overdue: 200, or 503 with why.

    Overdue is a timer of any age that did not fire, a sweep that ran before and stays away, and an
    entry that waits ten times as long as it should to be sealed once the log is open.
    """
    at = clock.now()
    found, unsealed = look(at=at), oldest_unsealed()
    late = timedelta(seconds=10 * settings.LEDGER_SEAL_SECONDS)
    sealing = newest_seal() is None or unsealed is None or at - unsealed <= late
    body = {
        "database": clock.server_version() // 10000,
        "at": at.isoformat(),
        "overdue_timers": found.overdue,
        "swept_at": found.swept_at.isoformat() if found.swept_at else None,
        "engine": found.version,
        "unsealed_since": unsealed.isoformat() if unsealed else None,
        "sealing": sealing,
        "ok": found.is_well and sealing,
    }
    return JsonResponse(body, status=200 if body["ok"] else 503)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, as a page or a problem document."""
    if request.path.startswith("/api/"):
        refusal = Missing("not_found", "There is nothing here, or it is not yours to see.")
        return json_problem(refusal, request)
    return render(request, "404.html", status=404)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403."""
    return render(request, "403.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """500: without context processors, which may be what failed."""
    return HttpResponse(render_to_string("500.html"), status=500)
