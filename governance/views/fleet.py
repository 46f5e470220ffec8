"""The fleet: how all systems are doing, on one page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.selectors.pages.fleet import HEAD, Row, fleet_page, fleet_rows, sheet_rows
from governance.selectors.pages.visibility import lists_seen_by
from governance.views.sheets import csv_response
from outbox import clock
from registry.access import Moment, moment_of, signed_in


@login_required
@require_GET
def fleet(request: HttpRequest) -> HttpResponse:
    """Show the systems that the reader may see, the worst first."""
    moment = moment_of(request, now=clock.now())
    rows = _rows(request, moment)
    page = fleet_page(rows=rows, view=request.GET.get("view", ""), at=moment.at)
    return render(request, "governance/fleet.html", page | {"moment": moment})


@login_required
@require_GET
def fleet_sheet(request: HttpRequest) -> HttpResponse:
    """Download what the page shows, one line for each category of a system."""
    moment = moment_of(request, now=clock.now())
    page = fleet_page(rows=_rows(request, moment), view=request.GET.get("view", ""), at=moment.at)
    return csv_response(
        request,
        name=f"fleet{moment.stamp}",
        head=HEAD,
        rows=sheet_rows(page["rows"]),
        subject=("list", "fleet", "Fleet"),
        at=moment.now,
    )


def _rows(request: HttpRequest, moment: Moment) -> list[Row]:
    systems, incidents = lists_seen_by(user=signed_in(request), at=moment.now)
    with moment.reading():
        return fleet_rows(visible=moment.kept(systems), incidents=moment.kept(incidents))
