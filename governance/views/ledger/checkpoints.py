"""Checkpoints and keys."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.selectors.pages.ledger_checkpoints import (
    checkpoint_of,
    checkpoint_page,
    checkpoints_page,
    stamp_of,
)
from governance.selectors.pages.ledger_reach import may_read_organisation, require_checkpoints
from ledger.rules.instants import instant_meant
from outbox import clock
from registry.access import signed_in


@login_required
@require_GET
def checkpoints(request: HttpRequest) -> HttpResponse:
    """Show the checkpoints, the newest first, and the keys."""
    at = _allowed(request)
    page = checkpoints_page(
        before=_instant(request.GET.get("before", "")),
        may_verify=may_read_organisation(user=signed_in(request), at=at),
        at=at,
    )
    return render(request, "governance/ledger/checkpoints.html", page)


@login_required
@require_GET
def checkpoint(request: HttpRequest, size: int) -> HttpResponse:
    """Show one checkpoint with what was checked of it just now."""
    at = _allowed(request)
    return render(request, "governance/ledger/checkpoint.html", checkpoint_page(size=size, at=at))


@login_required
@require_GET
def note(request: HttpRequest, size: int) -> HttpResponse:
    """Send a checkpoint's signed note, the file that an auditor keeps."""
    _allowed(request)
    response = HttpResponse(checkpoint_of(size).note, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="checkpoint-{size}"'
    return response


@login_required
@require_GET
def stamp(request: HttpRequest, size: int, place: int) -> HttpResponse:
    """Send an outside authority's time stamp of a checkpoint (RFC 3161, DER)."""
    _allowed(request)
    found = stamp_of(size=size, place=place)
    response = HttpResponse(found.token, content_type="application/timestamp-reply")
    response["Content-Disposition"] = f'attachment; filename="{size}-{place}.tsr"'
    return response


def _allowed(request: HttpRequest) -> datetime:
    at = clock.now()
    require_checkpoints(
        user=signed_in(request), at=at, published=settings.LEDGER_CHECKPOINT_FOR != "nobody"
    )
    return at


def _instant(text: str) -> datetime | None:
    try:
        return instant_meant(text.replace(" ", "+"))
    except ValueError:
        return None
