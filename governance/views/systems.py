"""Systems and their KPIs."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.selectors.pages import kpi as kpi_pages
from governance.selectors.pages import scorecard
from governance.selectors.pages.system import system_page
from governance.selectors.pages.systems import systems_page
from governance.selectors.pages.visibility import system_of_slug
from governance.views.sheets import csv_response
from outbox import clock
from registry.access import signed_in


@login_required
@require_GET
def systems(request: HttpRequest) -> HttpResponse:
    """Show the systems that the reader sees."""
    page = systems_page(reader=signed_in(request), at=clock.now())
    return render(request, "governance/systems.html", page)


@login_required
@require_GET
def system(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one system."""
    at, reader = clock.now(), signed_in(request)
    found = system_of_slug(slug=slug, user=reader, at=at)
    page = system_page(system=found, reader=reader, at=at)
    return render(request, "governance/system.html", page)


@login_required
@require_GET
def scorecard_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """Download the scorecard that the page of the system shows."""
    at = clock.now()
    found = system_of_slug(slug=slug, user=signed_in(request), at=at)
    return csv_response(
        request,
        name=f"{slug}-scorecard",
        head=scorecard.HEAD,
        rows=scorecard.sheet_rows(scorecard.scores_of(found)),
        subject=("system", str(found.pk), found.name),
        at=at,
        system_id=found.pk,
    )


@login_required
@require_GET
def kpi(request: HttpRequest, slug: str, series_id: int) -> HttpResponse:
    """Show the trend of one series."""
    at, reader = clock.now(), signed_in(request)
    found = kpi_pages.series_of_id(
        series_id=series_id, system=system_of_slug(slug=slug, user=reader, at=at)
    )
    page = kpi_pages.kpi_page(series=found, reader=reader, at=at)
    return render(request, "governance/kpi.html", page)


@login_required
@require_GET
def kpi_sheet(request: HttpRequest, slug: str, series_id: int) -> HttpResponse:
    """Download the readings that the page of the KPI shows."""
    at = clock.now()
    system = system_of_slug(slug=slug, user=signed_in(request), at=at)
    found = kpi_pages.series_of_id(series_id=series_id, system=system)
    _subject, rows = kpi_pages.sheet_of(found)
    return csv_response(
        request,
        name=f"{slug}-{found.kpi_id}-{found.pk}",
        head=kpi_pages.HEAD,
        rows=rows,
        subject=("system", str(system.pk), system.name),
        at=at,
        system_id=system.pk,
    )
