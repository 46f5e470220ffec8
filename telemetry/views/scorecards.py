"""Pages of a system's scorecard: what stands on it, a line added, changed, taken off."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ledger.rules.refusals import Missing, Refused
from outbox import clock
from registry.access import person_actor, signed_in, visible_system
from registry.models import System
from registry.selectors.permits import refusal_for_system
from registry.views.refused import take
from telemetry.forms.scorecards import LineForm, NewLineForm, VersionForm
from telemetry.models import KpiTemplate, ScorecardLine
from telemetry.rules.scorecards import MOST, Line, moved
from telemetry.selectors.catalogue import kpis_for_system, templates_of
from telemetry.selectors.scorecards import (
    answerable_people,
    as_line,
    scorecard_findings,
    scorecard_lines,
    scorecard_version,
)
from telemetry.services.scorecards import set_scorecard

MOVES = {"up": -1, "down": 1}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def scorecard(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the scorecard of a system; add a line, or begin with the template of its kind."""
    at = clock.now()
    system = visible_system(request, slug, at)
    rows = list(scorecard_lines(system_id=system.pk))
    stands = {"version": scorecard_version(system_id=system.pk), "owner": str(system.owner_id)}
    template = templates_of(system.kind) if not rows else []
    act = request.POST.get("act", "")
    if act in MOVES:
        return _moved(request, system, rows, act, at)
    form = _new_line(request, system, rows, stands, at)
    begin = VersionForm(request.POST if act == "begin" else None, initial=stands)
    if act == "begin" and begin.is_valid():
        lines = [_from_template(one, system) for one in template]
        if _set(request, system, lines, begin, at):
            return redirect("system-scorecard", slug=slug)
    if act == "add" and form.is_valid():
        lines = [*map(as_line, rows), form.line(form.cleaned_data["kpi"])]
        if _set(request, system, lines, form, at):
            return redirect("system-scorecard", slug=slug)
    context = {
        "system": system,
        "rows": rows,
        "findings": scorecard_findings(rows),
        "version": stands["version"],
        "template": template,
        "most": MOST,
        "form": form,
        "begin": begin,
        "why_not": _why_not(request, system, at),
        "at": at,
    }
    wrong = form.errors or begin.errors
    return render(
        request, "telemetry/scorecard/scorecard.html", context, status=400 if wrong else 200
    )


def _moved(
    request: HttpRequest, system: System, rows: Sequence[ScorecardLine], act: str, at: datetime
) -> HttpResponse:
    """Put a line one place up or down; at an end of the list, or without a line, nothing moves."""
    lines = moved([as_line(row) for row in rows], kpi=request.POST.get("kpi", ""), by=MOVES[act])
    form = VersionForm(request.POST)
    if lines is None or not form.is_valid():
        raise Missing("not_on_scorecard", "This KPI cannot be moved there.")
    if not _set(request, system, lines, form, at):
        messages.error(request, " ".join(map(str, form.non_field_errors())))
    return redirect("system-scorecard", slug=system.slug)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def line(request: HttpRequest, slug: str, kpi_id: str) -> HttpResponse:
    """Change a line of the scorecard, or take it off."""
    at = clock.now()
    system = visible_system(request, slug, at)
    rows = list(scorecard_lines(system_id=system.pk))
    found = next((row for row in rows if row.kpi_id == kpi_id), None)
    if found is None:
        raise Missing("not_on_scorecard", "This KPI does not stand on the scorecard.")
    act = request.POST.get("act", "")
    form = _line_form(request, system, found, act, at)
    off = VersionForm(
        request.POST if act == "off" else None, initial=form.initial, auto_id="off_%s"
    )
    if act == "change" and form.is_valid():
        lines = _with(rows, found, lambda row: form.line(row.kpi_id))
        if _set(request, system, lines, form, at):
            return redirect("system-scorecard", slug=slug)
    if act == "off" and off.is_valid():
        lines = [as_line(row) for row in rows if row is not found]
        if _set(request, system, lines, off, at):
            return redirect("system-scorecard", slug=slug)
    context = {
        "system": system,
        "row": found,
        "form": form,
        "off": off,
        "why_not": _why_not(request, system, at),
        "at": at,
    }
    wrong = form.errors or off.errors
    return render(request, "telemetry/scorecard/line.html", context, status=400 if wrong else 200)


def _new_line(
    request: HttpRequest,
    system: System,
    rows: Sequence[ScorecardLine],
    stands: dict[str, Any],
    at: datetime,
) -> NewLineForm:
    held = {row.kpi_id for row in rows}
    kpis = kpis_for_system(system=system).only("pk", "name", "category").exclude(pk__in=held)
    return NewLineForm(
        request.POST if request.POST.get("act") == "add" else None,
        kpis=kpis,
        people=answerable_people(system=system, at=at),
        initial=stands,
    )


def _line_form(
    request: HttpRequest, system: System, row: ScorecardLine, act: str, at: datetime
) -> LineForm:
    stands = {
        "perspective": row.perspective,
        "owner": str(row.owner_id),
        "on_breach": row.on_breach,
        "target": row.target,
        "version": scorecard_version(system_id=system.pk),
    }
    people = answerable_people(system=system, at=at)
    return LineForm(request.POST if act == "change" else None, people=people, initial=stands)


def _with(
    rows: Sequence[ScorecardLine],
    found: ScorecardLine,
    changed: Callable[[ScorecardLine], Line],
) -> list[Line]:
    return [changed(row) if row is found else as_line(row) for row in rows]


def _from_template(one: KpiTemplate, system: System) -> Line:
    return Line(
        kpi=one.kpi_id,
        perspective=one.perspective,
        owner_id=system.owner_id,
        on_breach=one.on_breach,
    )


def _set(
    request: HttpRequest, system: System, lines: Sequence[Line], form: Any, at: datetime
) -> bool:
    """Put the scorecard in force; what is not right stands on the form afterwards."""
    try:
        set_scorecard(
            system_id=system.pk,
            lines=lines,
            expected_version=form.cleaned_data["version"],
            actor=person_actor(request, signed_in(request)),
            at=at,
        )
    except Refused as refusal:
        refusal.fields = {
            place.rpartition(".")[2]: words for place, words in refusal.fields.items()
        }
        take(form, refusal, request)
        return False
    messages.success(request, _("Saved, and on record."))
    return True


def _why_not(request: HttpRequest, system: System, at: datetime) -> str:
    actor = person_actor(request, signed_in(request))
    refusal = refusal_for_system(act="scorecard.set", system=system, actor=actor, at=at)
    return refusal.reason if refusal else ""


PLACE = "systems/<slug:slug>/scorecard/"
urlpatterns = [
    path(PLACE, scorecard, name="system-scorecard"),
    path(f"{PLACE}<slug:kpi_id>/", line, name="system-scorecard-line"),
]
