"""What every page needs around its own content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from config.navigation import navigation
from config.story.cast import CAST, PASSWORD
from governance.selectors.pages.first_steps import (
    HIDDEN,
    FirstSteps,
    first_steps_of,
    organisation_of,
)
from ledger.selectors.glance import glance
from outbox import clock
from registry.models import User
from registry.selectors.banners import MOST_COUNTED, banners_of
from registry.selectors.means import Means, means_of

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the reader's theme and zone, and what base.html shows around a page."""
    user = getattr(request, "user", None)
    return {
        "theme": _theme(request, user),
        "reader_zone": getattr(user, "zone", "Europe/Berlin"),
        "shell": _around(request, user),
        # Asked for where somebody signs, nowhere else.
        "proof": SimpleLazyObject(lambda: _proof(user)),
        # Looked at by who administers an organisation that has just begun, on the desk alone.
        "first_steps": SimpleLazyObject(lambda: _first_steps(request, user)),
        "single_sign_on": settings.OIDC or settings.SAML,
    } | _demo()


def _capped(unread: int) -> str:
    """Return a count as the bell shows it: it is counted no further than that."""
    return f"{MOST_COUNTED - 1}+" if unread >= MOST_COUNTED else str(unread)


def _proof(user: Any) -> Means:
    if isinstance(user, User):
        return means_of(user=user)
    return Means(password=True, codes=False, passkeys=0, recovery=False, single_sign_on=False)


def _first_steps(request: HttpRequest, user: Any) -> FirstSteps | None:
    """Return the way that is offered to a reader; None once it is hidden or gone to the end."""
    if not isinstance(user, User) or request.COOKIES.get(HIDDEN):
        return None
    at = clock.now()
    unit = organisation_of(user=user, at=at)
    if unit is None:
        return None
    way = first_steps_of(unit=unit, reader=user, at=at)
    return None if way.is_finished else way


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
    stands = banners_of(user_id=user.pk)
    return around | {
        "nav": navigation(path=request.path, roles=stands.roles),
        "banners": stands,
        "unread": stands.unread,
        "unread_shown": _capped(stands.unread),
        "notices_url": reverse("notifications"),
        "person": {"name": user.name, "role": user.title},
        "seal": {"number": seal.number, "at": seal.at, "url": reverse("ledger")}
        if seal.number
        else None,
    }
