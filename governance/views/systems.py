"""Systems and their KPIs, as they are or as they were at an instant."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.selectors.begun import registered
from governance.selectors.pages import kpi as kpi_pages
from governance.selectors.pages import scorecard
from governance.selectors.pages.system import system_page
from governance.selectors.pages.systems import HEAD, asked_of, sheet_rows, systems_page
from governance.selectors.pages.visibility import (
    incidents_visible_to,
    lists_seen_by,
    system_as_read,
    system_of_slug,
)
from governance.views.sheets import csv_response
from incidents.models import Incident
from outbox import clock
from registry.access import Moment, moment_of, person_actor, signed_in
from registry.models import System
from registry.selectors.permits import refusal_for_system


@login_required
@require_GET
def systems(request: HttpRequest) -> HttpResponse:
    """Show one page of the systems that the reader sees."""
    moment = moment_of(request, now=clock.now())
    seen = _lists(request, moment)
    with moment.reading():
        page = _list(request, seen, moment) | {"moment": moment}
        return render(request, "governance/systems.html", page)


@login_required
@require_GET
def systems_sheet(request: HttpRequest) -> HttpResponse:
    """Download the page of the list that is shown."""
    moment = moment_of(request, now=clock.now())
    seen = _lists(request, moment)
    with moment.reading():
        rows = sheet_rows(_list(request, seen, moment))
    return csv_response(
        request,
        name=f"systems{moment.stamp}",
        head=HEAD,
        rows=rows,
        subject=("page", "systems", "the list of systems"),
        at=moment.now,
    )


@login_required
@require_GET
def system(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one system."""
    found, moment = _asked(request, slug)
    mine = incidents_visible_to(user=signed_in(request), at=moment.now).filter(system=found)
    visible = moment.kept(mine)
    with moment.reading():
        then = system_as_read(system_id=found.pk)
        page = system_page(system=then, visible=visible, zone=moment.zone, at=moment.at)
        page |= {"moment": moment, "began": found.registered_at}
        return render(request, "governance/system.html", page)


@login_required
@require_GET
def scorecard_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """Download the scorecard that the page of the system shows."""
    found, moment = _asked(request, slug)
    with moment.reading():
        rows = scorecard.sheet_rows(scorecard.scores_of(system_as_read(system_id=found.pk)))
    return csv_response(
        request,
        name=f"{slug}-scorecard{moment.stamp}",
        head=scorecard.HEAD,
        rows=rows,
        subject=("system", str(found.pk), found.name),
        at=moment.now,
        system_id=found.pk,
    )


@login_required
@require_GET
def kpi(request: HttpRequest, slug: str, series_id: int) -> HttpResponse:
    """Show the trend of one series over a period."""
    system, moment = _asked(request, slug)
    user = signed_in(request)
    mine = incidents_visible_to(user=user, at=moment.now).filter(system=system)
    visible = moment.kept(mine)
    may_draft = moment.as_of is None and not refusal_for_system(
        act="threshold.draft", system=system, actor=person_actor(request, user), at=moment.now
    )
    with moment.reading():
        then = system_as_read(system_id=system.pk)
        series = kpi_pages.series_of_id(series_id=series_id, system=then)
        page = kpi_pages.kpi_page(
            series=series,
            visible=visible,
            zone=moment.zone,
            at=moment.at,
            period=request.GET.get("period", ""),
        )
        page |= {"moment": moment, "began": system.registered_at, "may_draft": may_draft}
        return render(request, "governance/kpi.html", page)


@login_required
@require_GET
def kpi_sheet(request: HttpRequest, slug: str, series_id: int) -> HttpResponse:
    """Download the rows that the page of the KPI shows over a period."""
    system, moment = _asked(request, slug)
    period = request.GET.get("period", "")
    with moment.reading():
        then = system_as_read(system_id=system.pk)
        found = kpi_pages.series_of_id(series_id=series_id, system=then)
        head, rows = kpi_pages.sheet_of(series=found, period=period, at=moment.at)
    return csv_response(
        request,
        name=f"{slug}-{found.kpi_id}-{found.pk}{moment.stamp}",
        head=head,
        rows=rows,
        subject=("system", str(system.pk), system.name),
        at=moment.now,
        system_id=system.pk,
    )


Lists = tuple[QuerySet[System], QuerySet[Incident]]


def _lists(request: HttpRequest, moment: Moment) -> Lists:
    """Return the systems and incidents that the reader may see now, for reading at the instant."""
    systems, incidents = lists_seen_by(user=signed_in(request), at=moment.now)
    return moment.kept(systems), moment.kept(incidents)


def _list(request: HttpRequest, seen: Lists, moment: Moment) -> dict[str, Any]:
    asked = asked_of(request.GET, as_of=moment.text)
    return systems_page(
        asked=asked, visible=seen[0], incidents=seen[1], reader=signed_in(request), at=moment.at
    )


def _asked(request: HttpRequest, slug: str) -> tuple[System, Moment]:
    """Return a system that the reader may see now, and the instant that they ask for.

    Raises Missing, also for an instant before the system was registered; Invalid.
    """
    now = clock.now()
    found = system_of_slug(slug=slug, user=signed_in(request), at=now)
    moment = moment_of(request, now=now)
    moment.require(began=found.registered_at, what=registered(found.name))
    return found, moment
