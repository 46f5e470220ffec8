"""The first middleware: on the pages of concerns a request says nothing of where it came from.

Address, browser, cookies, referrer and every other header that could tell one person from another
are taken out of the request before anything else sees it. What the process never holds, no log, no
ledger entry, no error report and no package can keep.
"""

import hmac
import secrets
import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PATHS = (
    "/concerns/new",
    "/concerns/receipt",
    "/api/v1/concerns/new",
    "/api/v1/concerns/receipt",
)
# What is needed to answer at all. RAW_URI is the path again, which gunicorn reads afterwards.
KEPT = frozenset(
    {
        "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "RAW_URI", "CONTENT_TYPE",
        "CONTENT_LENGTH", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "HTTP_HOST",
        "HTTP_ACCEPT", "HTTP_X_FORWARDED_PROTO", "HTTP_HX_REQUEST",
    }
)  # fmt: skip
LANGUAGES = "HTTP_ACCEPT_LANGUAGE"
WINDOW_SECONDS = 600


def is_nameless(path: str) -> bool:
    """Whether a path is one of those that anybody may use without being known."""
    return path.startswith(PATHS)


class NamelessMiddleware:
    """Takes out of a request for these paths whatever could say who sent it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.pace = Pace()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; `request.nameless` says to the view that this was done."""
        if not is_nameless(request.path_info):
            return self.get_response(request)
        told: Any = request
        told.too_fast = request.method == "POST" and self.pace.is_too_fast(_source(request.META))
        _strip(request.META)
        told.nameless = True
        response = self.get_response(request)
        response.cookies.clear()
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response


class Pace:
    """How often each source sent something within the present ten minutes, in memory alone.

    A source is known by a keyed hash under a secret of this process that nobody can read out and
    that ends with the ten minutes, as do the counts.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.counts: Counter[bytes] = Counter()
        self.secret = b""
        self.since = 0.0

    def is_too_fast(self, source: str) -> bool:
        """Count one more of a source, and say whether that is beyond the limit."""
        with self.lock:
            present = time.monotonic()
            if not self.secret or present - self.since > WINDOW_SECONDS:
                self.counts.clear()
                self.secret, self.since = secrets.token_bytes(32), present
            key = hmac.digest(self.secret, source.encode(), sha256)[:8]
            self.counts[key] += 1
            return self.counts[key] > int(settings.CONCERN_TRIES)


def _source(meta: dict[str, Any]) -> str:
    """Return what one source shares: its address, and what the nearest proxy says is behind it."""
    behind = str(meta.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return f"{meta.get('REMOTE_ADDR', '')} {behind}"


def _strip(meta: dict[str, Any]) -> None:
    """Empty the request's environment in place: the server's access log reads the same one."""
    language = str(meta.get(LANGUAGES, ""))[:2].lower()
    for name in list(meta):
        if name not in KEPT and not name.startswith("wsgi."):
            del meta[name]
    if language in dict(settings.LANGUAGES):
        meta[LANGUAGES] = language
