"""A notice is seen when its reader opens its link, which names it."""

from collections.abc import Callable
from uuid import UUID

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from outbox import clock
from outbox.services.requeueing import note_seen
from registry.models import User

Handler = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger(__name__)


class SeenMiddleware:
    """Notes it after a page was shown to a signed-in person; never costs them the page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request, then note what it opened."""
        response = self.get_response(request)
        named = request.GET.get("notice", "")
        if named and request.method == "GET" and response.status_code == 200:
            _note(named, getattr(request, "user", None))
        return response


def _note(named: str, reader: object) -> None:
    try:
        message_id = UUID(named)
    except ValueError:
        return
    if not isinstance(reader, User):
        return
    try:
        note_seen(message_id=message_id, person_id=reader.pk, at=clock.now())
    except DatabaseError:
        log.exception("notice_not_noted", message=named)
