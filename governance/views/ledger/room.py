"""Search, and the list of exceptions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from governance.rules.ledger_filter import Asked, asked_of
from governance.selectors.pages.ledger_exceptions import exceptions_page, usual_period
from governance.selectors.pages.ledger_reach import reach_of
from governance.selectors.pages.ledger_room import room_page
from governance.selectors.pages.ledger_wanted import read
from governance.services.ledger_reads import note_reading, noted_asked
from outbox import clock
from registry.access import person_actor, signed_in

Show = Callable[..., dict[str, Any]]


@login_required
@never_cache
@require_GET
def room(request: HttpRequest) -> HttpResponse:
    """Show what fits the filter; that somebody looked is on record."""
    at = clock.now()
    return _listed(request, asked_of(request.GET), "governance/ledger/room.html", room_page, at)


@login_required
@never_cache
@require_GET
def exceptions(request: HttpRequest) -> HttpResponse:
    """Show every exception of a period, the last 90 days where none is given."""
    at, zone = clock.now(), ZoneInfo(signed_in(request).zone)
    asked = usual_period(asked_of(request.GET, exceptions=True), zone=zone, at=at)
    return _listed(request, asked, "governance/ledger/exceptions.html", exceptions_page, at)


def _listed(
    request: HttpRequest, asked: Asked, template: str, show: Show, at: datetime
) -> HttpResponse:
    reader = signed_in(request)
    zone = ZoneInfo(reader.zone)
    reading, reach = read(asked, zone=zone), reach_of(user=reader, at=at)
    actor = person_actor(request, reader)
    also = {"noted": noted_asked(asked=asked, actor=actor, at=at)}
    page = show(asked=asked, reading=reading, reach=reach, zone=zone, at=at, also=also)
    if not reading.faults:
        noted = bool(page["also"]["noted"])
        note_reading(asked=asked, wanted=reading.wanted, actor=actor, at=at, noted=noted)
    return render(request, template, page, status=400 if reading.faults else 200)
