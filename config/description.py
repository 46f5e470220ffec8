"""The API's description, made once for each state of the code by a process of its own.

Making it takes seconds and some thirty megabytes that a web worker would keep for good.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

FLOORS = ("config", "reports", "governance", "incidents", "telemetry", "registry", "outbox")
FORMATS = ("yaml", "json")
PATIENCE_SECONDS = 120
# It has no types.
GENERATOR: Any = SchemaGenerator


class DescriptionView(SpectacularAPIView):
    """OpenAPI 3.1 as YAML or JSON, by what the caller accepts; with an ETag."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Return the description in the caller's language; 304 where it has not changed."""
        language = _language(request)
        renderer, kind = self.perform_content_negotiation(request, force=True)
        suffix = "json" if "json" in renderer.format else "yaml"
        tag = f'"{fingerprint()}-{language}-{suffix}"'
        answer = get_conditional_response(request._request, etag=tag)
        if answer is None:
            answer = HttpResponse(described(language, suffix), content_type=kind)
            answer["Content-Disposition"] = f'inline; filename="Countersign.{suffix}"'
        answer["ETag"] = tag
        answer["Cache-Control"] = "no-cache"
        return answer


def described(language: str, suffix: str) -> bytes:
    """Return the description; where it is not there yet, wait until a process has made it.

    Raises RuntimeError with what that process said if it failed.
    """
    path = settings.API_DESCRIPTION_DIR / _name(language, suffix)
    if not path.exists():
        _have_made(language)
    return path.read_bytes()


def write_description(language: str) -> list[Path]:
    """Make the description and write it in every format; what other code left there goes.

    Takes seconds, and memory that Python does not give back.
    """
    folder = settings.API_DESCRIPTION_DIR
    folder.mkdir(parents=True, exist_ok=True)
    with translation.override(language):
        schema = GENERATOR().get_schema(request=None, public=True)
        made = {
            "json": OpenApiJsonRenderer().render(schema, renderer_context={}),
            "yaml": SpectacularAPIView.renderer_classes[0]().render(schema, renderer_context={}),
        }
    for old in folder.glob("openapi-*"):
        if fingerprint() not in old.name:
            old.unlink(missing_ok=True)
    return [_written(folder / _name(language, suffix), made[suffix]) for suffix in FORMATS]


@cache
def fingerprint() -> str:
    """Return what names the state of the code: a hash over the paths, times and sizes of it.

    Asked once a process: code that changes under a running one is not what it serves.
    """
    found = hashlib.sha256()
    for floor in FLOORS:
        for path in sorted((settings.BASE_DIR / floor).rglob("*.py")):
            seen = path.stat()
            found.update(f"{path} {seen.st_mtime_ns} {seen.st_size}\n".encode())
    return found.hexdigest()[:16]


def _have_made(language: str) -> None:
    command = [sys.executable, "manage.py", "describe_api", "--lang", language]
    done = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"The API's description was not made: {done.stderr[-2000:]}")


def _language(request: HttpRequest | Request) -> str:
    asked = request.GET.get("lang") or translation.get_language() or ""
    return asked if asked in dict(settings.LANGUAGES) else str(settings.LANGUAGE_CODE)


def _name(language: str, suffix: str) -> str:
    return f"openapi-{fingerprint()}-{language}.{suffix}"


def _written(path: Path, data: bytes) -> Path:
    """Write a file so that nobody reads half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".making-")
    os.chmod(name, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(name, path)
    return path
