"""The list of incidents, and the CSV of exactly what it shows, now or at an instant."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.selectors.begun import opened
from governance.selectors.pages.incident_list import HEAD, asked_of, list_page, sheet_rows
from governance.selectors.pages.record import sentence
from governance.selectors.pages.visibility import incident_of_number, incidents_visible_to
from governance.views.sheets import csv_response
from ledger.selectors.lines import lines_of_incident
from outbox import clock
from registry.access import Moment, moment_of, signed_in

RECORD_HEAD = ("Entry", "Instant (UTC)", "Who", "Verb", "What", "Reason")
LONG_RECORD = 5000


@login_required
@require_GET
def incidents(request: HttpRequest) -> HttpResponse:
    """Show one page of the list."""
    moment = moment_of(request, now=clock.now())
    visible = moment.kept(incidents_visible_to(user=signed_in(request), at=moment.now))
    with moment.reading():
        return render(request, "governance/incidents.html", _page(request, visible, moment))


@login_required
@require_GET
def incidents_sheet(request: HttpRequest) -> HttpResponse:
    """Download the page of the list that is shown."""
    moment = moment_of(request, now=clock.now())
    visible = moment.kept(incidents_visible_to(user=signed_in(request), at=moment.now))
    with moment.reading():
        rows = sheet_rows(_page(request, visible, moment))
    return csv_response(
        request,
        name=f"incidents{moment.stamp}",
        head=HEAD,
        rows=rows,
        subject=("page", "incidents", "the list of incidents"),
        at=moment.now,
    )


@login_required
@require_GET
def record_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Download the whole record of an incident, the newest entry first."""
    moment = moment_of(request, now=clock.now())
    incident = incident_of_number(number=number, user=signed_in(request), at=moment.now)
    moment.require(began=incident.opened_at, what=opened(incident.number))
    with moment.reading():
        lines = lines_of_incident(incident_id=incident.pk, limit=LONG_RECORD)
    rows = [
        (line.number, line.at.isoformat(), line.actor, line.verb, sentence(line), line.reason)
        for line in lines
    ]
    return csv_response(
        request,
        name=f"{incident.number}-record{moment.stamp}",
        head=RECORD_HEAD,
        rows=rows,
        subject=("incident", str(incident.pk), incident.number),
        at=moment.now,
        incident_id=incident.pk,
        system_id=incident.system_id,
    )


def _page(request: HttpRequest, visible: Any, moment: Moment) -> dict[str, Any]:
    reader = signed_in(request)
    page = list_page(
        asked=asked_of(request.GET, as_of=moment.text), visible=visible, reader=reader, at=moment.at
    )
    return page | {"moment": moment}
