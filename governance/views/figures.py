"""The figures of incidents, and the CSV of what the page shows, now or at an instant."""

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.selectors.pages.figures import HEAD, asked_of, figures_page, sheet_rows
from governance.selectors.pages.visibility import incidents_visible_to
from governance.views.sheets import csv_response
from incidents.models import Incident
from outbox import clock
from registry.access import Moment, moment_of, signed_in


@login_required
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Show the figures of the incidents that the reader may see."""
    moment = moment_of(request, now=clock.now())
    visible = _visible(request, moment)
    asked = asked_of(request.GET, as_of=moment.text)
    with moment.reading():
        page = figures_page(asked=asked, visible=visible, at=moment.at) | {"moment": moment}
        return render(request, "governance/figures/page.html", page)


@login_required
@require_GET
def figures_sheet(request: HttpRequest) -> HttpResponse:
    """Download what the page shows, one line a figure and group."""
    moment = moment_of(request, now=clock.now())
    visible = _visible(request, moment)
    asked = asked_of(request.GET, as_of=moment.text)
    with moment.reading():
        rows = sheet_rows(asked=asked, visible=visible, at=moment.at)
    return csv_response(
        request,
        name=f"figures{moment.stamp}",
        head=HEAD,
        rows=rows,
        subject=("page", "figures", "the figures of incidents"),
        at=moment.now,
    )


def _visible(request: HttpRequest, moment: Moment) -> QuerySet[Incident]:
    return moment.kept(incidents_visible_to(user=signed_in(request), at=moment.now))
