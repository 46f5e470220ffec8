"""Pages: objectives of a system, drafted by one person and put in force by another."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.forms.objectives import BudgetForm, EndForm, PairForm, TrendForm, WhyForm
from governance.models import Threshold
from governance.selectors.pages.objectives import (
    KINDS,
    agreement_of,
    budgetable_kpis,
    objectives_page,
    stated_of,
)
from governance.selectors.pair_proposals import pairs_for
from governance.selectors.policies import document_of, policy_in_force
from governance.services.agreements import APPROVE, DRAFT
from governance.services.objectives import (
    approve_objective,
    draft_error_budget,
    draft_guardrail_pair,
    draft_trend_rule,
    end_objective,
)
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from outbox import clock
from registry.access import actor_of, person_actor, signed_in
from registry.access.pages import asked, system_to_act_on
from registry.forms.profile import tell
from registry.models import System
from registry.selectors.permits import refusal_for_system
from telemetry.models import Series

Form = TrendForm | BudgetForm | PairForm


@login_required
@require_GET
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show where the objectives of a system stand, what is in force and what waits."""
    found, moment = asked(request, slug)
    may = {}
    if moment.as_of is None:
        may = {name: _may(request, found, act, moment.now) for name, act in MAY.items()}
    with moment.reading():
        then = System.objects.get(pk=found.pk)
        page = objectives_page(system=then, at=moment.at)
        page |= {"moment": moment, "began": found.registered_at, "may": may}
        page |= {"reader": signed_in(request).pk}
        return render(request, "governance/objectives/overview.html", page)


MAY = {"draft": DRAFT, "approve": APPROVE}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Draft a trend rule, an error budget or a guardrail for somebody else to approve."""
    at = clock.now()
    system = system_to_act_on(request, slug, act=DRAFT, at=at)
    if kind not in DRAFTS:
        raise Missing("unknown_objective", "There is no objective of this kind.")
    form = _form(kind, request, system, at)
    actor = person_actor(request, signed_in(request))
    if request.method == "POST" and form.is_valid():
        done = _try(form, lambda: DRAFTS[kind](form, system, actor, at))
        if done:
            messages.success(request, _("Drafted: a second person puts it in force."))
            return redirect("system-objectives", slug=slug)
    page = {"system": system, "form": form, "kind": kind, "at": at, **HEADS[kind]}
    status = 400 if form.errors else 200
    return render(request, "governance/objectives/new.html", page, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, slug: str, kind: str, version_id: UUID) -> HttpResponse:
    """Put a draft in force; never by its author."""
    at = clock.now()
    system = system_to_act_on(request, slug, act=APPROVE, at=at)
    row = agreement_of(kind=kind, version_id=version_id, system=system)
    form, actor = WhyForm(_posted(request)), person_actor(request, signed_in(request))
    if request.method == "POST" and form.is_valid():
        done = _try(
            form,
            lambda: approve_objective(
                kind=KINDS[kind],
                version_id=row.pk,
                actor=actor,
                at=at,
                reason=form.cleaned_data["reason"],
            ),
        )
        if done:
            messages.success(request, _("In force from now on."))
            return redirect("system-objectives", slug=slug)
    return _act(request, system, kind, row, form, "approve", at)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, slug: str, kind: str, version_id: UUID) -> HttpResponse:
    """Draft the end of what is in force, with the reason."""
    at = clock.now()
    system = system_to_act_on(request, slug, act=DRAFT, at=at)
    row = agreement_of(kind=kind, version_id=version_id, system=system)
    form, actor = EndForm(_posted(request)), person_actor(request, signed_in(request))
    if request.method == "POST" and form.is_valid():
        done = _try(
            form,
            lambda: end_objective(row=row, reason=form.cleaned_data["reason"], actor=actor, at=at),
        )
        if done:
            messages.success(request, _("The end is drafted: a second person puts it in force."))
            return redirect("system-objectives", slug=slug)
    return _act(request, system, kind, row, form, "end", at)


def _act(
    request: HttpRequest,
    system: System,
    kind: str,
    row: Any,
    form: WhyForm | EndForm,
    act: str,
    at: datetime,
) -> HttpResponse:
    page = {"system": system, "one": stated_of(row), "kind": kind, "form": form, "at": at}
    page |= {"act": act, "own": row.author_id == signed_in(request).pk and act == "approve"}
    status = 400 if form.errors else 200
    return render(request, "governance/objectives/act.html", page, status=status)


def _posted(request: HttpRequest) -> Any:
    """Return what was sent, None for a page that is only read."""
    return request.POST if request.method == "POST" else None


def _form(kind: str, request: HttpRequest, system: System, at: datetime) -> Any:
    given = _posted(request)
    measured = document_of(policy_in_force(unit_id=system.unit_id, at=at)).measured
    if kind == "trend":
        thresholds = Threshold.objects.filter(system=system, versions__state="active")
        return TrendForm(given, thresholds=list(thresholds.order_by("name")), measured=measured)
    series = list(
        system.series.select_related("kpi").order_by("kpi__name", "environment", "segment", "pk")
    )
    if kind == "budget":
        return BudgetForm(given, series=series, measured=measured)
    initial = _proposed_pair(request, series, at)
    return PairForm(given, series=series, kpis=budgetable_kpis(system=system), initial=initial)


def _proposed_pair(request: HttpRequest, series: Sequence[Series], at: datetime) -> dict[str, Any]:
    """Return what a form begins with that a threshold led to: the pair that is proposed there."""
    asked = request.GET.get("series", "")
    one = next((row for row in series if str(row.pk) == asked), None)
    if one is None:
        return {}
    wanted = request.GET.get("guardrail", "")
    found = next((row for row in pairs_for(series=one, at=at) if row.guardrail.pk == wanted), None)
    gain = {"gain": f"{one.kpi_id}|{one.environment}|{one.segment}"}
    return gain | (found.initial if found else {})


def _draft_trend(form: TrendForm, system: System, actor: Actor, at: datetime) -> Any:
    return draft_trend_rule(
        threshold_id=UUID(form.cleaned_data["threshold"]),
        stated=form.stated(),
        actor=actor,
        at=at,
        reason=form.cleaned_data["reason"],
    )


def _draft_budget(form: BudgetForm, system: System, actor: Actor, at: datetime) -> Any:
    kpi, place = form.chosen("series")
    return draft_error_budget(
        system_id=system.pk,
        kpi_id=kpi,
        place=place,
        stated=form.stated(),
        actor=actor,
        at=at,
        reason=form.cleaned_data["reason"],
    )


def _draft_pair(form: PairForm, system: System, actor: Actor, at: datetime) -> Any:
    gain, place = form.chosen("gain")
    return draft_guardrail_pair(
        system_id=system.pk,
        gain_id=gain,
        guardrail_id=form.cleaned_data["guardrail"],
        place=place,
        stated=form.stated(),
        actor=actor,
        at=at,
        reason=form.cleaned_data["reason"],
    )


DRAFTS: dict[str, Callable[..., Any]] = {
    "trend": _draft_trend,
    "budget": _draft_budget,
    "guardrail": _draft_pair,
}
HEADS: dict[str, dict[str, Any]] = {
    "trend": {
        "heading": gettext_lazy("A trend rule"),
        "lead": gettext_lazy(
            "How a slow slide is told from noise, before a single reading is in breach."
        ),
    },
    "budget": {
        "heading": gettext_lazy("An error budget"),
        "lead": gettext_lazy("How many failures a period allows. Spending them opens an incident."),
    },
    "guardrail": {
        "heading": gettext_lazy("A gain beside its guardrail"),
        "lead": gettext_lazy("What must not get worse while something else gets better."),
    },
}


def _may(request: HttpRequest, system: System, act: str, at: datetime) -> bool:
    return refusal_for_system(act=act, system=system, actor=actor_of(request), at=at) is None


def _try(form: Any, act: Callable[[], Any]) -> bool:
    """Do it, or tell the form what was refused."""
    try:
        act()
    except (Invalid, Conflict) as refusal:
        tell(form, refusal)
        return False
    return True
