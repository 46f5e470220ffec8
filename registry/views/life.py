"""Pages: where a system stands in its life, the gates check by check; checks of its fallback."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import person_actor, signed_in
from registry.forms.life import FallbackForm, StepForm
from registry.models import System
from registry.rules.fallbacks import age_limit
from registry.selectors.life import fallback_checks_of, steps_for
from registry.selectors.life_pages import STEP_WORDS, stages_of
from registry.selectors.permits import refusal_for_system
from registry.selectors.systems import lifecycle_of, reached_at
from registry.selectors.versions import live_everywhere, version_page
from registry.services.fallbacks import record_fallback_check
from registry.services.lifecycle import change_lifecycle
from registry.views.evaluations import urlpatterns as evaluation_patterns
from registry.views.refused import put_on_form
from registry.views.versions import visible

MOST = 100
Shown = dict[str, Any]


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def life(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the life of a system with its gates, and take a step."""
    at, user = clock.now(), signed_in(request)
    system = visible(request, slug, at)
    steps = steps_for(system=system, actor=person_actor(request, user), at=at)
    edges = [(one.gate.edge, STEP_WORDS[one.gate.edge]) for one in steps if not one.why_not]
    form = StepForm(request.POST or None, edges=edges, initial={"seen": system.version})
    if request.method == "POST" and form.is_valid() and _step(request, system, form):
        return redirect("system-life", slug=slug)
    context = {
        "system": system,
        "stages": stages_of(system, reached_at(system_id=system.pk)),
        "steps": [{"step": one, "words": STEP_WORDS[one.gate.edge]} for one in steps],
        "may_step": bool(edges),
        "changes": lifecycle_of(system_id=system.pk).select_related("person")[:MOST],
        "live": live_everywhere(system_id=system.pk),
        "form": form,
        "at": at,
    }
    return render(request, "registry/life/life.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def fallback(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who tried which fallback, and record another try."""
    at, user = clock.now(), signed_in(request)
    system = visible(request, slug, at)
    actor = person_actor(request, user)
    choices = version_page(system_id=system.pk, state="approved").rows
    form = FallbackForm(request.POST or None, versions=choices)
    if request.method == "POST" and form.is_valid() and _checked(request, system, form):
        return redirect("system-fallback", slug=slug)
    refusal = refusal_for_system(act="fallback.check", system=system, actor=actor, at=at)
    context = {
        "system": system,
        "checks": fallback_checks_of(system_id=system.pk)[:MOST],
        "days": age_limit(system.risk_tier).days,
        "live": live_everywhere(system_id=system.pk),
        "why_not": refusal.reason if refusal else "",
        "form": form,
        "at": at,
    }
    return render(
        request, "registry/life/fallback.html", context, status=400 if form.errors else 200
    )


def _step(request: HttpRequest, system: System, form: StepForm) -> bool:
    given = form.cleaned_data
    try:
        change_lifecycle(
            system_id=system.pk,
            edge=given["edge"],
            expected_version=given["seen"],
            reason=given["reason"],
            actor=person_actor(request, signed_in(request)),
            at=clock.now(),
        )
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    messages.success(request, _("Done, and on record."))
    return True


def _checked(request: HttpRequest, system: System, form: FallbackForm) -> bool:
    given, user = dict(form.cleaned_data), signed_in(request)
    try:
        record_fallback_check(
            system_id=system.pk,
            version_id=UUID(given.pop("version")),
            passed=given.pop("passed") == "yes",
            **given,
            person_id=user.pk,
            actor=person_actor(request, user),
            at=clock.now(),
        )
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    messages.success(request, _("Recorded."))
    return True


urlpatterns = [
    path("systems/<slug:slug>/life/", life, name="system-life"),
    path("systems/<slug:slug>/life/fallback/", fallback, name="system-fallback"),
    *evaluation_patterns,
]
