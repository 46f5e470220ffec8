"""Pages: evaluation plans agreed before the run, runs with their signatures, drills (REG-9)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import person_actor, signed_in
from registry.ceremony import proved_at, reauthenticate_by_form
from registry.forms.evaluations import (
    DrillForm,
    PlanApproveForm,
    PlanForm,
    RunForm,
    SignForm,
    plan_as_typed,
)
from registry.models import EvaluationPlan, EvaluationRun, System
from registry.rules.evaluations import KINDS, Limit
from registry.selectors.evaluations import (
    is_signed,
    plan_by_number,
    plan_in_force,
    plans_of,
    run_by_id,
    runs_of,
    scenarios_of,
    signatures_of_run,
)
from registry.selectors.permits import refusal_for_system
from registry.selectors.versions import version_page
from registry.services.evaluation_runs import Report, record_run, sign_run
from registry.services.evaluations import approve_plan, draft_plan, record_drill
from registry.views.refused import put_on_form
from registry.views.versions import visible

MOST = 50


@login_required
@never_cache
@require_GET
def evaluations(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the plans of a system and its newest runs."""
    at = clock.now()
    system = visible(request, slug, at)
    context = {
        "system": system,
        "plans": plans_of(system_id=system.pk)[:MOST],
        "runs": runs_of(system_id=system.pk)[:MOST],
        "in_force": plan_in_force(system.pk),
        "why_not_plan": _why_not(request, system, "evaluation.plan", at),
        "why_not_run": _why_not(request, system, "evaluation.run", at),
        "at": at,
    }
    return render(request, "registry/life/evaluations.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Draft the next plan, from the one in force."""
    at = clock.now()
    system = visible(request, slug, at)
    before = plan_in_force(system.pk)
    typed = plan_as_typed(before, scenarios_of(before)) if before else {}
    form = PlanForm(request.POST or None, initial=typed)
    if request.method == "POST" and form.is_valid():
        made = _drafted(request, system, form, at)
        if made is not None:
            messages.success(request, _("Drafted; a second person approves it before any run."))
            return redirect("system-evaluation", slug=slug, number=made.number)
    context = {"system": system, "before": before, "form": form, "at": at}
    return render(
        request, "registry/life/plan_draft.html", context, status=400 if form.errors else 200
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show a plan; approve it, or record the drill of one of its failure scenarios."""
    at = clock.now()
    system = visible(request, slug, at)
    found = plan_by_number(system_id=system.pk, number=number)
    act = request.POST.get("act", "")
    scenarios = scenarios_of(found)
    approve = PlanApproveForm(
        request.POST if act == "approve" else None, initial={"sha256": found.sha256}
    )
    drill = DrillForm(request.POST if act == "drill" else None, scenarios=scenarios)
    if act == "approve" and approve.is_valid() and _approved(request, found, approve, at):
        return redirect("system-evaluation", slug=slug, number=number)
    if act == "drill" and drill.is_valid() and _drilled(request, drill, at):
        return redirect("system-evaluation", slug=slug, number=number)
    own = signed_in(request).pk == found.author_id
    context = {
        "system": system,
        "plan": found,
        "slices": [one | {"kind_words": KINDS[one["kind"]]} for one in found.slices],
        "limits": [Limit(**one) for one in found.metrics],
        "scenarios": scenarios,
        "runs": runs_of(system_id=system.pk).filter(plan=found)[:MOST],
        "approve": approve,
        "drill": drill,
        "own": own,
        "why_not_approve": _why_not(request, system, "evaluation.approve", at),
        "why_not_drill": _why_not(request, system, "evaluation.drill", at),
        "at": at,
    }
    wrong = approve.errors or drill.errors
    return render(request, "registry/life/plan.html", context, status=400 if wrong else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, slug: str) -> HttpResponse:
    """Record a run by hand."""
    at = clock.now()
    system = visible(request, slug, at)
    in_force = plan_in_force(system.pk)
    choices = version_page(system_id=system.pk).rows
    given = {"dataset_sha256": in_force.dataset_sha256 if in_force else ""}
    form = RunForm(request.POST or None, versions=choices, initial=given)
    if request.method == "POST" and form.is_valid():
        made = _sent(request, system, form, at)
        if made is not None:
            messages.success(request, _("Recorded and judged. It counts once two have signed."))
            return redirect("system-evaluation-run", slug=slug, run_id=made.pk)
    context = {"system": system, "plan": in_force, "form": form, "at": at}
    return render(
        request, "registry/life/run_send.html", context, status=400 if form.errors else 200
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def run(request: HttpRequest, slug: str, run_id: UUID) -> HttpResponse:
    """Show a run line by line, and sign it."""
    at = clock.now()
    system = visible(request, slug, at)
    found = run_by_id(system_id=system.pk, run_id=run_id)
    form = SignForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _signed(request, found, form):
        return redirect("system-evaluation-run", slug=slug, run_id=run_id)
    signatures = signatures_of_run(found)
    context = {
        "system": system,
        "run": found,
        "signatures": signatures,
        "complete": is_signed(found, signatures),
        "form": form,
        "signer": signed_in(request).email,
        "ask": _asks_proof(request, at),
        "why_not": _why_not(request, system, "evaluation.review", at),
        "at": at,
    }
    return render(request, "registry/life/run.html", context, status=400 if form.errors else 200)


def _asks_proof(request: HttpRequest, at: datetime) -> bool:
    """Whether the last proof in this session is too old; a minute is left for reading."""
    last, fresh = proved_at(request), timedelta(seconds=settings.SIGNATURE_FRESH_SECONDS - 60)
    return last is None or at - last > fresh


def _why_not(request: HttpRequest, system: System, act: str, at: datetime) -> str:
    actor = person_actor(request, signed_in(request))
    refusal = refusal_for_system(act=act, system=system, actor=actor, at=at)
    return refusal.reason if refusal else ""


def _drafted(
    request: HttpRequest, system: System, form: PlanForm, at: datetime
) -> EvaluationPlan | None:
    given, user = form.cleaned_data, signed_in(request)
    try:
        return draft_plan(
            system_id=system.pk,
            dataset_name=given["dataset_name"],
            dataset_sha256=given["dataset_sha256"],
            slices=given["slices"],
            limits=given["metrics"],
            scenarios=given["scenarios"],
            reason=given["reason"],
            author_id=user.pk,
            actor=person_actor(request, user),
            at=at,
        )
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return None


def _approved(
    request: HttpRequest, found: EvaluationPlan, form: PlanApproveForm, at: datetime
) -> bool:
    actor = person_actor(request, signed_in(request))
    try:
        approve_plan(plan_id=found.pk, **form.cleaned_data, actor=actor, at=at)
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    messages.success(request, _("In force: runs that begin from now on count."))
    return True


def _drilled(request: HttpRequest, form: DrillForm, at: datetime) -> bool:
    given: dict[str, Any] = dict(form.cleaned_data)
    user = signed_in(request)
    try:
        record_drill(
            scenario_id=UUID(given.pop("scenario")),
            **given,
            person_id=user.pk,
            actor=person_actor(request, user),
            at=at,
        )
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    messages.success(request, _("Recorded."))
    return True


def _sent(
    request: HttpRequest, system: System, form: RunForm, at: datetime
) -> EvaluationRun | None:
    given, user = dict(form.cleaned_data), signed_in(request)
    version_id = UUID(given.pop("version"))
    try:
        return record_run(
            system_id=system.pk,
            version_id=version_id,
            report=Report(**given),
            sender_id=user.pk,
            actor=person_actor(request, user),
            at=at,
        )
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return None


def _signed(request: HttpRequest, found: EvaluationRun, form: SignForm) -> bool:
    user = signed_in(request)
    try:
        sign_run(
            run_id=found.pk,
            **form.cleaned_data,
            user=user,
            ceremony=reauthenticate_by_form(request),
            actor=person_actor(request, user),
            at=clock.now(),
        )
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    messages.success(request, _("Signed."))
    return True


PLACE = "systems/<slug:slug>/life/evaluations/"
urlpatterns = [
    path(PLACE, evaluations, name="system-evaluations"),
    path(f"{PLACE}new/", draft, name="system-evaluation-draft"),
    path(f"{PLACE}<int:number>/", plan, name="system-evaluation"),
    path(f"{PLACE}runs/new/", send, name="system-evaluation-send"),
    path(f"{PLACE}runs/<uuid:run_id>/", run, name="system-evaluation-run"),
]
