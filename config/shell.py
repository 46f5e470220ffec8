"""What every page needs around its own content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from config.navigation import navigation
from config.story.cast import CAST, PASSWORD
from ledger.selectors.glance import glance

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the reader's theme and zone, and what base.html shows around a page."""
    user = getattr(request, "user", None)
    return {
        "theme": _theme(request, user),
        "reader_zone": getattr(user, "zone", "Europe/Berlin"),
        "shell": _around(request, user),
    } | _demo()


def _demo() -> dict[str, Any]:
    """In the demo, whom to sign in as; elsewhere nothing."""
    if not settings.DEMO:
        return {}
    return {"demo_people": [one for one in CAST if one.shows], "demo_password": PASSWORD}


def _theme(request: HttpRequest, user: Any) -> str:
    chosen = request.COOKIES.get("theme", getattr(user, "theme", ""))
    return chosen if chosen in THEMES else ""


def _around(request: HttpRequest, user: Any) -> dict[str, Any]:
    around: dict[str, Any] = {"organisation": settings.ORGANISATION}
    if user is None or not user.is_authenticated:
        return around
    seal = glance()
    return around | {
        "nav": navigation(path=request.path),
        "person": {"name": user.name, "role": user.title},
        "seal": {"number": seal.number, "at": seal.at, "url": reverse("ledger")}
        if seal.number
        else None,
    }
