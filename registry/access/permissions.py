"""What a caller of the API may do before any service is asked, and what they see."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ledger.context import current_actor
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import worded
from registry.models import ServiceToken, System, User
from registry.rules.scopes import SCOPES
from registry.selectors.systems import no_such_system, systems_visible_to
from registry.selectors.tokens import token_systems

if TYPE_CHECKING:
    # The framework imports this package while it loads its own views.
    from rest_framework.views import APIView


def HasScope(scope: str) -> type[BasePermission]:  # reads as a class where it stands
    """Return the permission that a token holds `scope`, for the view's `slug` if it has one.

    A person's session passes: what persons may, the services decide. Raises KeyError at import
    for a scope that does not exist.
    """
    words = SCOPES[scope]

    class _HasScope(BasePermission):
        def has_permission(self, request: Request, view: "APIView") -> bool:
            token = request.auth
            if isinstance(token, ServiceToken):
                _require_scope(token, scope, words)
                _require_system(token, view.kwargs.get("slug"))
            return bool(request.user and request.user.is_authenticated)

    _HasScope.__name__ = _HasScope.__qualname__ = f"HasScope({scope})"
    return _HasScope


class IsPerson(BasePermission):
    """Only a person's session: a token is told that a person is needed."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Raise Forbidden for a token; False for nobody."""
        if isinstance(request.auth, ServiceToken):
            raise Forbidden(
                "person_needed",
                "A service token cannot do this: it is a person's act.",
                recorded=True,
            )
        return bool(request.user and request.user.is_authenticated)


def actor_of(request: Request | HttpRequest) -> Actor:
    """Return who acts in this request, as authentication has found. Raises Forbidden for nobody."""
    actor = current_actor()
    if actor is None or not isinstance(request.user, User):
        raise Forbidden("not_signed_in", "Sign in first.")
    return actor


def signed_in(request: Request | HttpRequest) -> User:
    """Return the caller's account. Raises Forbidden for nobody."""
    if not isinstance(request.user, User):
        raise Forbidden("not_signed_in", "Sign in first.")
    return request.user


def visible_systems(
    request: Request | HttpRequest, at: datetime, *, samples: bool = False
) -> QuerySet[System]:
    """Return the systems that the caller may see: a token's own, or a person's.

    A sample is among them for a person who asks for `samples` too.
    """
    token = getattr(request, "auth", None)
    if isinstance(token, ServiceToken):
        return token_systems(token)
    return systems_visible_to(user=signed_in(request), at=at, samples=samples)


def visible_system(request: Request | HttpRequest, slug: str, at: datetime) -> System:
    """Return a system that the caller may see. Raises Missing, for there and not theirs alike."""
    rows = visible_systems(request, at, samples=True).filter(slug=slug)
    found = rows.select_related("owner", "deputy", "unit").first()
    if found is None:
        raise no_such_system(slug)
    return found


def visible_system_id(request: Request | HttpRequest, slug: str, at: datetime) -> UUID:
    """Return which system that is, for a service that reads it itself. Raises Missing."""
    rows = visible_systems(request, at, samples=True).filter(slug=slug)
    found: UUID | None = rows.values_list("pk", flat=True).first()
    if found is None:
        raise no_such_system(slug)
    return found


def _require_scope(token: ServiceToken, scope: str, words: str) -> None:
    if scope not in token.scopes:
        raise Forbidden(
            "scope_missing",
            worded(
                "This token may not {words}: it lacks the scope {scope}.", words=words, scope=scope
            ),
            recorded=True,
            subject=("token", token.token_key, token.name),
        )


def _require_system(token: ServiceToken, slug: str | None) -> None:
    if slug is not None and not token_systems(token).filter(slug=slug).exists():
        missing: Missing = no_such_system(slug)
        missing.recorded = True
        missing.subject = ("token", token.token_key, token.name)
        raise missing
