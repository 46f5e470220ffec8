"""The list of incidents, and the CSV of exactly what it shows."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.selectors.pages.incident_list import HEAD, asked_of, list_page, sheet_rows
from governance.selectors.pages.record import sentence
from governance.selectors.pages.visibility import incident_of_number
from governance.views.sheets import csv_response
from ledger.selectors.lines import lines_of_incident
from outbox import clock
from registry.access import signed_in

RECORD_HEAD = ("Entry", "Instant (UTC)", "Who", "Verb", "What", "Reason")
LONG_RECORD = 5000


@login_required
@require_GET
def incidents(request: HttpRequest) -> HttpResponse:
    """Show one page of the list."""
    page = list_page(asked=asked_of(request.GET), reader=signed_in(request), at=clock.now())
    return render(request, "governance/incidents.html", page)


@login_required
@require_GET
def incidents_sheet(request: HttpRequest) -> HttpResponse:
    """Download the page of the list that is shown."""
    at = clock.now()
    page = list_page(asked=asked_of(request.GET), reader=signed_in(request), at=at)
    return csv_response(
        request,
        name="incidents",
        head=HEAD,
        rows=sheet_rows(page),
        subject=("page", "incidents", "the list of incidents"),
        at=at,
    )


@login_required
@require_GET
def record_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Download the whole record of an incident, the newest entry first."""
    at = clock.now()
    incident = incident_of_number(number=number, user=signed_in(request), at=at)
    lines = lines_of_incident(incident_id=incident.pk, limit=LONG_RECORD)
    rows = [
        (line.number, line.at.isoformat(), line.actor, line.verb, sentence(line), line.reason)
        for line in lines
    ]
    return csv_response(
        request,
        name=f"{incident.number}-record",
        head=RECORD_HEAD,
        rows=rows,
        subject=("incident", str(incident.pk), incident.number),
        at=at,
        incident_id=incident.pk,
        system_id=incident.system_id,
    )
