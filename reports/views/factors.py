"""Pages of consequence factors: what translates which figure, and by which source."""

from datetime import datetime
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
from registry.models import User
from registry.selectors.keyset import page_behind
from registry.views.refused import put_on_form
from reports.forms.board import FactorForm, ReasonForm
from reports.models import ConsequenceFactor
from reports.selectors.board_lists import factor_subjects
from reports.selectors.factors import factor_seen, factors_visible_to, versions_of
from reports.selectors.report_rights import refusal_for_report, rights_of
from reports.services.factors import approve_factor, draft_factor, withdraw_factor

ACTS = {"approve": "factor.approve", "withdraw": "factor.draft"}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def factors(request: HttpRequest) -> HttpResponse:
    """Show the factors that the reader may read, and draft one."""
    at, user = clock.now(), signed_in(request)
    rights = rights_of(user, at)
    rows = factors_visible_to(user=user, at=at, known=rights)
    rows = rows.exclude(state=ConsequenceFactor.State.WITHDRAWN)
    systems, units, kpis = factor_subjects(user=user, at=at, known=rights)
    may_draft = bool(systems or units)
    form = FactorForm(request.POST or None, subjects=(systems, units), kpis=kpis)
    if request.method == "POST" and form.is_valid():
        row = _drafted(request, form, user, at)
        if row is not None:
            messages.success(request, _("Drafted: a second person approves it."))
            return redirect("consequence-factor", factor_id=row.pk)
    page = page_behind(rows, by="-drafted_at", after=request.GET.get("after", ""))
    context = {
        "rows": page.rows,
        "page": page.links(),
        "form": form,
        "may_draft": may_draft,
        "at": at,
    }
    return render(
        request, "reports/board/factors.html", context, status=400 if form.errors else 200
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def factor(request: HttpRequest, factor_id: UUID) -> HttpResponse:
    """Show a factor with its source and versions; approve or withdraw it."""
    at, user = clock.now(), signed_in(request)
    row = factor_seen(factor_id, user=user, at=at)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    shown = {
        name: ReasonForm(request.POST if act == name else None, auto_id=f"{name}_%s")
        for name in ACTS
    }
    form = shown.get(act)
    if form is not None and form.is_valid() and _settled(request, row, act, form, at):
        return redirect("consequence-factor", factor_id=factor_id)
    may = {name: _may(request, row, permit, at) for name, permit in ACTS.items()}
    is_draft = row.state == ConsequenceFactor.State.DRAFT
    in_force = row.state == ConsequenceFactor.State.IN_FORCE
    context = {
        "factor": row,
        "versions": versions_of(row),
        "forms": shown,
        "may_approve": is_draft and may["approve"] and row.author_id != user.pk,
        "may_withdraw": (is_draft and may["withdraw"]) or (in_force and may["approve"]),
        "own": is_draft and row.author_id == user.pk,
        "at": at,
    }
    wrong = form is not None and bool(form.errors)
    return render(request, "reports/board/factor.html", context, status=400 if wrong else 200)


def _drafted(
    request: HttpRequest, form: FactorForm, user: User, at: datetime
) -> ConsequenceFactor | None:
    try:
        return draft_factor(**form.drafted(), actor=person_actor(request, user), at=at)
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return None


def _settled(
    request: HttpRequest, row: ConsequenceFactor, act: str, form: ReasonForm, at: datetime
) -> bool:
    service = approve_factor if act == "approve" else withdraw_factor
    actor = person_actor(request, signed_in(request))
    try:
        service(factor_id=row.pk, reason=form.cleaned_data["reason"], actor=actor, at=at)
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    words = _("In force: figures are translated by it.") if act == "approve" else _("Withdrawn.")
    messages.success(request, words)
    return True


def _may(request: HttpRequest, row: ConsequenceFactor, act: str, at: datetime) -> bool:
    actor = person_actor(request, signed_in(request))
    refusal = refusal_for_report(act=act, system=row.system, unit=row.unit, actor=actor, at=at)
    return refusal is None


urlpatterns = [
    path("consequence-factors/", factors, name="consequence-factors"),
    path("consequence-factors/<uuid:factor_id>/", factor, name="consequence-factor"),
]
