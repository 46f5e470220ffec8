"""Middleware: `Idempotency-Key` on every POST of the API."""

import hashlib
from collections.abc import Callable

import orjson
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from config.problems import TYPE, document, json_problem
from ledger.rules.refusals import Conflict, Refused
from outbox import clock
from outbox.models import Reply
from outbox.services.replies import Call, begin_reply, finish_reply
from registry.access import TokenAuthentication

# Ingest has natural keys; a repeat is harmless there without a stored reply.
NATURAL = (
    "/api/v1/measurements",
    "/api/v1/decisions",
    "/api/v1/heartbeats",
    "/api/v1/otlp/",
    "/api/v1/alerts",
)


class IdempotencyMiddleware:
    """Gives a repeated POST under the same key the answer that the first one got."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve, or answer from what was kept."""
        call = _call(request)
        if call is None:
            return self.get_response(request)
        try:
            known = begin_reply(call=call, at=clock.now())
        except Refused as refusal:
            return json_problem(refusal, request)
        if known is not None:
            return _again(known) if _still_known(request) else self.get_response(request)
        response = self.get_response(request)
        if getattr(response, "shown_once", False):
            finish_reply(call=call, status=Conflict.status, body=_shown_once(request))
        else:
            finish_reply(call=call, status=response.status_code, body=response.content)
        return response


def _shown_once(request: HttpRequest) -> bytes:
    """Return what is kept of an answer with a secret: that it was given, nothing of it."""
    words = "The first answer to this request showed a secret once; it is kept nowhere."
    return orjson.dumps(document(Conflict("shown_once", words), request))


def _still_known(request: HttpRequest) -> bool:
    """Whether who asks is still let in; a revoked token gets no old answer."""
    if not request.headers.get("Authorization"):
        return bool(request.user.is_authenticated)
    try:
        return TokenAuthentication().authenticate(Request(request)) is not None
    except AuthenticationFailed:
        return False


def _call(request: HttpRequest) -> Call | None:
    key = request.headers.get("Idempotency-Key", "")
    if request.method != "POST" or not key or not request.path.startswith("/api/"):
        return None
    if request.path.startswith(NATURAL):
        return None
    who = request.headers.get("Authorization") or request.COOKIES.get("sessionid", "")
    return Call(
        principal=hashlib.sha256(who.encode()).hexdigest(),
        key=key[:200],
        request=f"{request.method} {request.path}"[:300],
        sha256=hashlib.sha256(request.body).hexdigest(),
    )


def _again(reply: Reply) -> HttpResponse:
    kind = TYPE if reply.status >= 400 else "application/json"
    response = HttpResponse(bytes(reply.body), status=reply.status, content_type=kind)
    response["Idempotency-Replayed"] = "true"
    return response
