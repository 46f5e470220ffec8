"""The scorecards: how all KPIs are doing, for each reader, by unit and by system."""

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from governance.selectors.pages.scorecard_asked import Asked, asked_of
from governance.selectors.pages.scorecard_words import HEAD, cells_of
from governance.selectors.pages.scorecards import scorecards_page
from governance.selectors.pages.visibility import lists_seen_by
from governance.views.sheets import csv_response
from outbox import clock
from registry.access import Moment, moment_of, signed_in
from registry.models import System

MOST_IN_A_SHEET = 5000


@login_required
@require_GET
def scorecards(request: HttpRequest) -> HttpResponse:
    """Show the scorecards of the systems that the reader may see."""
    moment = moment_of(request, now=clock.now())
    visible = _visible(request, moment)
    with moment.reading():
        page = scorecards_page(asked=_asked(request, moment), visible=visible, at=moment.at)
        return render(request, "governance/scorecards/page.html", page | {"moment": moment})


@login_required
@require_GET
def scorecards_sheet(request: HttpRequest) -> HttpResponse:
    """Download the lines that the page shows; with `all` every line that fits what was asked."""
    moment = moment_of(request, now=clock.now())
    visible = _visible(request, moment)
    asked, most = _asked(request, moment), {}
    if request.GET.get("all"):
        asked, most = replace(asked, after=""), dict.fromkeys(("each", "limit"), MOST_IN_A_SHEET)
    with moment.reading():
        page = scorecards_page(asked=asked, visible=visible, at=moment.at, **most)
        rows = [cells_of(line) for line in page["lines"]]
    return csv_response(
        request,
        name=f"scorecards{moment.stamp}",
        head=HEAD,
        rows=rows,
        subject=("list", "scorecards", "Scorecards"),
        at=moment.now,
    )


def _asked(request: HttpRequest, moment: Moment) -> Asked:
    return asked_of(request.GET, as_of=moment.text)


def _visible(request: HttpRequest, moment: Moment) -> QuerySet[System]:
    systems, _incidents = lists_seen_by(user=signed_in(request), at=moment.now)
    return moment.kept(systems)


urlpatterns = [
    path("scorecards/", scorecards, name="scorecards"),
    path("scorecards/list.csv", scorecards_sheet, name="scorecards-sheet"),
]
