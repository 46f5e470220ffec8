"""A meeting on a projector."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from governance.selectors.meetings import meeting_by_number
from governance.selectors.pages.screen import OVERVIEW, screen_page
from incidents.selectors.visibility import incidents_visible_to
from outbox import clock
from registry.access import signed_in

SHADES = ("light", "dark")
LONGEST = 4


@login_required
@never_cache
@require_GET
def screen(request: HttpRequest, number: str) -> HttpResponse:
    """Show one item of a meeting in large type; `item` is its place, `shade` light or dark."""
    reader, at = signed_in(request), clock.now()
    meeting = meeting_by_number(number=number, user=reader, at=at)
    visible = incidents_visible_to(user=reader, at=at)
    page = screen_page(
        meeting=meeting, visible=visible, wanted=_place(request.GET.get("item", "")), at=at
    )
    shade = request.GET.get("shade", "")
    page["shade"] = shade if shade in SHADES else ""
    return render(request, "governance/meetings/screen.html", page)


def _place(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) <= LONGEST else OVERVIEW


urlpatterns = [path("meetings/<str:number>/screen/", screen, name="meeting-screen")]
