"""Pages of statements of applicability: the list, a draft to write, what is in force."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
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
from registry.selectors.keyset import page_behind
from registry.views.refused import put_on_form
from registry.views.sheets import sheet
from reports.forms.board import ReasonForm
from reports.forms.statements import BeginForm, LinesForm, SignForm
from reports.models import ApplicabilityStatement
from reports.selectors.statements import (
    APPROVE,
    DRAFT,
    in_force_of,
    refusal_for_whole,
    require_reader,
    stated_frameworks,
    statement_page,
    statement_seen,
    statements,
)
from reports.services.statements import (
    approve_statement,
    draft_statement,
    withdraw_statement,
    write_statement,
)

State = ApplicabilityStatement.State
HEAD = ("framework", "version", "state", "control", "reference", "title", "applicable", "reason",
        "how", "signed_by", "signed_at", "sha256")  # fmt: skip


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show every version of every statement, and begin the next one of a framework."""
    at, user = clock.now(), signed_in(request)
    require_reader(user=user, at=at)
    frameworks = stated_frameworks()
    form = BeginForm(request.POST or None, frameworks=frameworks)
    if request.method == "POST" and form.is_valid():
        try:
            row = draft_statement(
                framework=form.cleaned_data["framework"],
                actor=person_actor(request, user),
                at=at,
            )
        except Refused as refusal:
            put_on_form(form, refusal, request)
        else:
            messages.success(request, _("Begun. Write its lines, then somebody else signs it."))
            return redirect("control-statement", statement_id=row.pk)
    page = page_behind(statements(), by="-drafted_at", after=request.GET.get("after", ""))
    stated = in_force_of(frameworks)
    context = {
        "rows": page.rows,
        "page": page.links(),
        "without": [one for one in frameworks if one.pk not in stated],
        "form": form,
        "why_not": _why_not(request, DRAFT, at),
        "at": at,
    }
    status = 400 if form.errors else 200
    return render(request, "reports/controls/statements.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Show a statement; write a draft, sign it, withdraw it."""
    at, user = clock.now(), signed_in(request)
    row = statement_seen(statement_id, user=user, at=at)
    page = statement_page(row)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    shown = _forms(request, page, act)
    form = shown.get(act)
    if form is not None and form.is_valid() and _done(request, row, act, form, at):
        return redirect("control-statement", statement_id=row.pk)
    why_not = {name: _why_not(request, name, at) for name in (DRAFT, APPROVE)}
    is_open = row.state in (State.DRAFT, State.IN_FORCE)
    context = page | {
        "forms": shown,
        "own": user.pk in {row.author_id, *row.history.values_list("author_id", flat=True)},
        "may_write": page["is_draft"] and not why_not[DRAFT],
        "may_sign": page["is_draft"] and not why_not[APPROVE],
        "may_withdraw": is_open and not why_not[DRAFT if page["is_draft"] else APPROVE],
        "signer": user.email,
        "ask": _asks_proof(request, at),
        "at": at,
    }
    wrong = form is not None and bool(form.errors)
    status = 400 if wrong else 200
    return render(request, "reports/controls/statement.html", context, status=status)


@login_required
@never_cache
@require_GET
def statement_sheet(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Send the lines of a statement as CSV."""
    row = statement_seen(statement_id, user=signed_in(request), at=clock.now())
    page = statement_page(row)
    lines = [_cells(row, one) for one in page["rows"]]
    return sheet(f"applicability-{row.framework_id}-v{row.version}", HEAD, lines)


def _cells(row: ApplicabilityStatement, one: Any) -> list[object]:
    return [
        row.framework_id,
        row.version,
        row.state,
        one.provision.pk,
        one.provision.reference,
        one.provision.title,
        "yes" if one.line.applicable else "no",
        one.line.reason,
        one.line.how,
        row.signature.signer_name if row.signature else "",
        row.approved_at.isoformat() if row.approved_at else "",
        row.sha256,
    ]


def _forms(request: HttpRequest, page: dict[str, Any], act: str) -> dict[str, forms.Form]:
    given = {"revision": page["statement"].revision, "sha256": page["sha256"]}
    posted = {name: request.POST if act == name else None for name in ("write", "sign", "withdraw")}
    return {
        "write": LinesForm(posted["write"], rows=page["rows"], initial=given),
        "sign": SignForm(posted["sign"], initial=given, auto_id="sign_%s"),
        "withdraw": ReasonForm(posted["withdraw"], auto_id="withdraw_%s"),
    }


def _done(
    request: HttpRequest, row: ApplicabilityStatement, act: str, form: forms.Form, at: datetime
) -> bool:
    try:
        words = _carried_out(request, row, act, form, at)
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    messages.success(request, words)
    return True


def _carried_out(
    request: HttpRequest, row: ApplicabilityStatement, act: str, form: Any, at: datetime
) -> str:
    given = form.cleaned_data
    actor = person_actor(request, signed_in(request))
    if act == "write":
        write_statement(
            statement_id=row.pk,
            lines=form.lines(),
            expected_revision=given["revision"],
            actor=actor,
            at=at,
        )
        return _("Saved.")
    if act == "withdraw":
        withdraw_statement(statement_id=row.pk, reason=given["reason"], actor=actor, at=at)
        return _("Withdrawn.")
    ceremony = reauthenticate_by_form(request)
    approve_statement(
        statement_id=row.pk,
        expected_sha256=given["sha256"],
        reason=given["reason"],
        ceremony=ceremony,
        actor=actor,
        at=clock.now(),
    )
    return _("Signed and in force: controls are read by it.")


def _why_not(request: HttpRequest, act: str, at: datetime) -> str:
    actor = person_actor(request, signed_in(request))
    refusal = refusal_for_whole(act=act, actor=actor, at=at)
    return refusal.reason if refusal else ""


def _asks_proof(request: HttpRequest, at: datetime) -> bool:
    """Whether the last proof in this session is too old; a minute is left for reading."""
    last, fresh = proved_at(request), timedelta(seconds=settings.SIGNATURE_FRESH_SECONDS - 60)
    return last is None or at - last > fresh


urlpatterns = [
    path("controls/statements/", overview, name="control-statements"),
    path("controls/statements/<uuid:statement_id>/", statement, name="control-statement"),
    path(
        "controls/statements/<uuid:statement_id>/list.csv",
        statement_sheet,
        name="control-statement-sheet",
    ),
]
