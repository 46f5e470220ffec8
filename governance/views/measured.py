"""Pages of what is computed from a system's decision events."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.rules.figures import window_word
from governance.selectors.pages.measured import shown_computations, shown_parts
from ledger.rules.actors import Actor
from ledger.rules.refusals import Missing, Refused
from outbox import clock
from registry.access import person_actor, signed_in, visible_system
from registry.models import System
from registry.selectors.permits import refusal_for_system
from registry.views.refused import take
from telemetry.forms.measured import ComputationForm, ResumeGapForm, SwitchForm
from telemetry.models import Computation
from telemetry.rules.fairness_kpis import GAPS
from telemetry.selectors.computations import computable_kpis, computations_of, newest_event
from telemetry.services.computations import (
    define_computation,
    resume_computation,
    stop_computation,
)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def measured(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is computed of a system; have one more KPI computed."""
    at = clock.now()
    system = visible_system(request, slug, at)
    form = ComputationForm(
        request.POST if request.method == "POST" else None, kpis=computable_kpis()
    )
    if request.method == "POST" and form.is_valid() and _define(request, system, form, at):
        return redirect("system-measured", slug=slug)
    context = {
        "system": system,
        "rows": shown_computations(system_id=system.pk),
        "newest_event": newest_event(system_id=system.pk),
        "form": form,
        "why_not": _why_not(request, system, at),
        "at": at,
    }
    status = 400 if form.errors else 200
    return render(request, "governance/measured/measured.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def one_measured(request: HttpRequest, slug: str, computation_id: UUID) -> HttpResponse:
    """Show the newest figures of a computation by part; stop or resume it."""
    at = clock.now()
    system = visible_system(request, slug, at)
    computation = computations_of(system_id=system.pk).filter(pk=computation_id).first()
    if computation is None:
        raise Missing("unknown_computation", "There is no such computation.")
    kind = ResumeGapForm if _lacks_basis(computation) and not computation.active else SwitchForm
    form = kind(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _switch(request, computation, form, at):
        return redirect("system-measured", slug=slug)
    context = {
        "system": system,
        "one": computation,
        "window": window_word(computation.window_seconds),
        "parts": shown_parts(computation),
        "lacks_basis": _lacks_basis(computation),
        "form": form,
        "why_not": _why_not(request, system, at),
        "at": at,
    }
    status = 400 if form.errors else 200
    return render(request, "governance/measured/one.html", context, status=status)


def _define(request: HttpRequest, system: System, form: ComputationForm, at: datetime) -> bool:
    told = dict(form.cleaned_data)
    kpi = told.pop("kpi")
    return _done(
        request,
        form,
        lambda actor: define_computation(
            system_id=system.pk, kpi_id=kpi, actor=actor, at=at, **told
        ),
    )


def _switch(request: HttpRequest, one: Computation, form: SwitchForm, at: datetime) -> bool:
    switch = stop_computation if one.active else resume_computation
    told = form.cleaned_data
    return _done(
        request, form, lambda actor: switch(computation_id=one.pk, actor=actor, at=at, **told)
    )


def _lacks_basis(one: Computation) -> bool:
    return one.kpi_id in GAPS and not one.legal_basis


def _done(request: HttpRequest, form: Form, act: Callable[[Actor], object]) -> bool:
    """Do it as the person who is signed in; what is not right stands on the form afterwards."""
    try:
        act(person_actor(request, signed_in(request)))
    except Refused as refusal:
        take(form, refusal, request)
        return False
    messages.success(request, _("Saved, and on record."))
    return True


def _why_not(request: HttpRequest, system: System, at: datetime) -> str:
    actor = person_actor(request, signed_in(request))
    refusal = refusal_for_system(act="compute", system=system, actor=actor, at=at)
    return refusal.reason if refusal else ""


PLACE = "systems/<slug:slug>/measured/"
urlpatterns = [
    path(PLACE, measured, name="system-measured"),
    path(f"{PLACE}<uuid:computation_id>/", one_measured, name="system-measured-one"),
]
