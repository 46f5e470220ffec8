"""What doors that take and give files share: the limit before anything is read, safe answers."""

from collections.abc import Callable
from functools import wraps
from typing import IO, Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from ledger.rules.refusals import TooLarge
from ledger.rules.worded import worded

# What a form says beside the file.
REST = 256 * 1024
LOCKED = "sandbox; default-src 'none'; frame-ancestors 'none'"


def limited_upload(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a body beyond the limit before a byte of it is read, then check CSRF as usual.

    The CSRF check reads the form, so it comes after.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        check_length(request)
        response: HttpResponse = protected(request, *args, **kwargs)
        return response

    return door


def check_length(request: HttpRequest) -> None:
    """Raise TooLarge where the body says that it is beyond the limit of a file."""
    said = str(request.META.get("CONTENT_LENGTH") or "0")
    if said.isdecimal() and int(said) <= settings.DOCUMENT_MAX_BYTES + REST:
        return
    raise TooLarge(
        "file_too_large",
        worded(
            "A file may have at most {document_max_bytes} MB.",
            document_max_bytes=settings.DOCUMENT_MAX_BYTES // 1024 // 1024,
        ),
    )


def file_answer(file: IO[bytes], *, name: str, media_type: str, sha256: str) -> FileResponse:
    """Return a file to be saved, never shown: what it holds runs nowhere on our pages."""
    response = FileResponse(
        file, as_attachment=True, filename=name, content_type="application/octet-stream"
    )
    response["Content-Type"] = media_type
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = LOCKED
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    response["ETag"] = f'"{sha256}"'
    return response
