"""Pages of own frameworks: every version, bringing one with a preview, one version decided."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
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
from registry.access.uploads import limited_upload
from registry.models import User
from registry.views.refused import put_on_form
from reports.forms.board import ReasonForm
from reports.forms.own_frameworks import BringForm, DecideForm
from reports.models import OwnFramework
from reports.render.own_frameworks import yaml_answer
from reports.selectors.control_map import control_map
from reports.selectors.own_frameworks import (
    APPROVE,
    BRING,
    own_framework_seen,
    own_frameworks,
    preview_of,
    shown_of,
    understood,
)
from reports.selectors.statements import reads_controls, refusal_for_whole
from reports.services.own_frameworks import (
    approve_framework,
    bring_framework,
    refuse_framework,
    withdraw_framework,
)

State = OwnFramework.State
KEEP, MOST = "keep", 200


@login_required
@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show every version of every framework of the organisation's own."""
    at, user = clock.now(), signed_in(request)
    reads_controls(user=user, at=at)
    context = {"rows": own_frameworks()[:MOST], "why_not": _why_not(request, BRING, at), "at": at}
    return render(request, "reports/controls/own_frameworks.html", context)


@limited_upload
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Show what is understood of a YAML and every fault with its line; keep it once none is left.

    What was given stands in the form again, whatever became of it.
    """
    at, user = clock.now(), signed_in(request)
    reads_controls(user=user, at=at)
    posted = request.method == "POST"
    form = BringForm(request.POST or None, request.FILES or None)
    found = understood(form.cleaned_data["text"]) if posted and form.is_valid() else None
    keeps = posted and request.POST.get("act") == KEEP
    if keeps and found is not None and found.document is not None:
        row = _kept(request, form, user, at)
        if row is not None:
            messages.success(request, _("Kept. Somebody else puts it into force."))
            return redirect("own-framework", version_id=row.pk)
    shown = BringForm(initial=form.shown()) if found is not None and not form.errors else form
    context = {
        "form": shown,
        "faults": found.faults if found else (),
        "preview": preview_of(found.document) if found and found.document else None,
        "why_not": _why_not(request, BRING, at),
        "sources": sorted(control_map().sources.values(), key=lambda one: one.label),
        "at": at,
    }
    wrong = bool(form.errors) or (keeps and found is not None and found.document is None)
    status = 400 if wrong else 200
    return render(request, "reports/controls/own_bring.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Show a version with what it changes; approve, refuse or withdraw it."""
    at, user = clock.now(), signed_in(request)
    row = own_framework_seen(version_id, user=user, at=at)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    shown = _forms(request, row, act)
    form = shown.get(act)
    if form is not None and form.is_valid() and _settled(request, row, act, form, at):
        return redirect("own-framework", version_id=row.pk)
    may = {name: not _why_not(request, name, at) for name in (BRING, APPROVE)}
    waits, own = row.state == State.PROPOSED, row.brought_by_id == user.pk
    context = {
        "row": row,
        "preview": shown_of(row),
        "versions": own_frameworks().filter(key=row.key),
        "forms": shown,
        "own": waits and own,
        "may_decide": waits and may[APPROVE] and not own,
        "may_withdraw": (waits and may[BRING]) or (row.state == State.IN_FORCE and may[APPROVE]),
        "at": at,
    }
    wrong = form is not None and bool(form.errors)
    status = 400 if wrong else 200
    return render(request, "reports/controls/own_framework.html", context, status=status)


@login_required
@never_cache
@require_GET
def text(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Send the YAML of a version, letter by letter as it was brought."""
    row = own_framework_seen(version_id, user=signed_in(request), at=clock.now())
    return yaml_answer(row)


def _kept(request: HttpRequest, form: BringForm, user: User, at: datetime) -> OwnFramework | None:
    given = form.cleaned_data
    try:
        return bring_framework(
            text=given["text"],
            reason=given["reason"],
            actor=person_actor(request, user),
            at=at,
        )
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return None


def _forms(request: HttpRequest, row: OwnFramework, act: str) -> dict[str, forms.Form]:
    given = {"sha256": row.sha256}
    posted = {
        name: request.POST if act == name else None for name in ("approve", "refuse", "withdraw")
    }
    return {
        "approve": DecideForm(posted["approve"], initial=given, auto_id="approve_%s"),
        "refuse": ReasonForm(posted["refuse"], auto_id="refuse_%s"),
        "withdraw": ReasonForm(posted["withdraw"], auto_id="withdraw_%s"),
    }


def _settled(
    request: HttpRequest, row: OwnFramework, act: str, form: forms.Form, at: datetime
) -> bool:
    given = form.cleaned_data
    own: dict[str, Any] = {
        "version_id": row.pk,
        "reason": given["reason"],
        "actor": person_actor(request, signed_in(request)),
        "at": at,
    }
    try:
        if act == "approve":
            approve_framework(expected_sha256=given["sha256"], **own)
        elif act == "refuse":
            refuse_framework(**own)
        else:
            withdraw_framework(**own)
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    said = {
        "approve": _("In force: its controls are judged from now on."),
        "refuse": _("Refused."),
        "withdraw": _("Withdrawn."),
    }
    messages.success(request, said[act])
    return True


def _why_not(request: HttpRequest, act: str, at: datetime) -> str:
    actor = person_actor(request, signed_in(request))
    refusal = refusal_for_whole(act=act, actor=actor, at=at)
    return refusal.reason if refusal else ""


urlpatterns = [
    path("controls/frameworks/", overview, name="own-frameworks"),
    path("controls/frameworks/bring/", bring, name="own-framework-bring"),
    path("controls/frameworks/<uuid:version_id>/", version, name="own-framework"),
    path("controls/frameworks/<uuid:version_id>/framework.yaml", text, name="own-framework-yaml"),
]
