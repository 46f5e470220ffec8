"""Middleware: who acts in a request, and how a refusal looks on a page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from config.problems import as_refusal, json_problem, record
from ledger.context import current_actor, enter, leave
from ledger.rules.actors import Actor
from ledger.rules.refusals import Refused
from outbox import clock
from outbox.languages import spoken, spoken_apart
from registry.access import anonymous_actor, person_actor
from registry.models import User
from registry.selectors.glasses import begin_noting, end_noting
from registry.services.break_glass import record_glass_read

Handler = Callable[[HttpRequest], HttpResponse]


class ActorMiddleware:
    """Sets who acts for the length of a request; token authentication replaces it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request under its actor, its instants in the reader's zone."""
        token = enter(_actor(request))
        try:
            with timezone.override(_zone(request)):
                return self.get_response(request)
        finally:
            leave(token)


def _actor(request: HttpRequest) -> Actor:
    if request.path.startswith("/api/"):
        return anonymous_actor(request, channel="api")
    user = request.user
    return person_actor(request, user) if isinstance(user, User) else anonymous_actor(request)


def _zone(request: HttpRequest) -> ZoneInfo:
    """The reader's zone on pages; the API speaks UTC."""
    if request.path.startswith("/api/"):
        return ZoneInfo("UTC")
    return ZoneInfo(getattr(request.user, "zone", settings.SEAT_ZONE))


ACCOUNT_CHANGES = {
    "account_change_password",
    "account_set_password",
    "account_reset_password_from_key",
    "account_logout",
}


class AccountMiddleware:
    """Lets a change of an account and its entry be one transaction; allauth opens none."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Handler, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Serve posts to the account's pages inside a transaction, leave all else alone."""
        match = request.resolver_match
        name = str(match.url_name) if match else ""
        if request.method != "POST" or not (name in ACCOUNT_CHANGES or name.startswith("mfa_")):
            return None
        try:
            with transaction.atomic():
                return view(request, *args, **kwargs)
        except ReauthenticationRequired:
            return _to_proof(request)


def _to_proof(request: HttpRequest) -> HttpResponse:
    """Send the reader to prove that it is them; they press the button again afterwards.

    allauth would keep what was sent and carry it out later, outside this transaction.
    """
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    there = methods[0]["url"] if methods else reverse("account_login")
    return HttpResponseRedirect(f"{there}?{urlencode({'next': request.get_full_path()})}")


class BreakGlassMiddleware:
    """Puts on record every answer that was made while its reader had broken the glass."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; what cannot be put on record is not answered."""
        token = begin_noting()
        try:
            response = self.get_response(request)
        finally:
            noted = end_noting(token)
        actor = current_actor()
        if noted and actor is not None:
            path = f"{request.method} {request.path}"
            record_glass_read(glass_ids=noted, path=path, actor=actor, at=clock.now())
        return response


class PrivateMiddleware:
    """Lets no browser and no proxy keep an answer, unless its door said otherwise."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; what is shown to one reader is not there for the next."""
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response


class RefusalMiddleware:
    """Turns a refusal raised in a page into a page that says why and who can."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the refusal's page or problem document; None leaves a defect to Django."""
        refusal = as_refusal(error)
        if refusal is None:
            return None
        record(refusal, request)
        if request.path.startswith("/api/"):
            return json_problem(refusal, request)
        context = _page(refusal) | {"back_url": _back(request)}
        return render(request, "refused.html", context, status=refusal.status)


def _back(request: HttpRequest) -> str:
    """Return where the reader came from, on our own pages alone."""
    said = str(request.META.get("HTTP_REFERER", ""))
    return said if url_has_allowed_host_and_scheme(said, {request.get_host()}) else "/"


def _page(refusal: Refused) -> dict[str, object]:
    """Return what refused.html shows: what cannot be done, then why, then who can."""
    what, why = spoken_apart(refusal.reason)
    return {
        "title": f"{what}." if why else what,
        "why": f"{why[:1].upper()}{why[1:]}",
        "who_can": [spoken(who) for who in refusal.who_can],
        "parts_of": _incident_of(refusal),
    }


def _incident_of(refusal: Refused) -> str:
    """Return the number of the incident that a refusal is about, '' for anything else."""
    kind, _id, label = refusal.subject or ("", "", "")
    return str(label) if kind == "incident" and isinstance(label, str) else ""
