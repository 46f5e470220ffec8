"""Pages of board reports and reviews: the list, a draft to write, what was issued."""

from datetime import datetime, timedelta
from typing import Any

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

from ledger.rules.refusals import Forbidden, Refused
from ledger.rules.worded import shortened, worded
from outbox import clock
from registry.access import Moment, moment_of, person_actor, signed_in
from registry.ceremony import proved_at, reauthenticate_by_form
from registry.rules.permits import PERMITS, in_words
from registry.views.refused import put_on_form
from reports.forms.board import IssueForm, NarrativeForm, ReasonForm, ReportForm
from reports.models import Report
from reports.selectors.board import report_page
from reports.selectors.board_lists import list_page
from reports.selectors.report_rights import (
    ISSUE,
    WRITE,
    refusal_for_report,
    report_among,
    report_seen,
    reports_visible_to,
    rights_of,
    subjects_for,
)
from reports.services.board import (
    begin_report,
    draw_report,
    issue_report,
    withdraw_report,
    write_narrative,
)


@login_required
@never_cache
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """Show the reports that the reader may read, the newest first, as they are or were."""
    user, moment = signed_in(request), moment_of(request, now=clock.now())
    visible = moment.kept(reports_visible_to(user=user, at=moment.now))
    may_write = moment.as_of is None and rights_of(user, moment.now).anywhere(WRITE)
    context = {"may_write": may_write, "moment": moment, "at": moment.at}
    with moment.reading():
        page = list_page(
            visible=visible, after=request.GET.get("after", "")[:80], as_of=moment.text
        )
        return render(request, "reports/board/list.html", page | context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a report."""
    at, user = clock.now(), signed_in(request)
    subjects = subjects_for(user=user, at=at)
    if not any(subjects):
        words = in_words(PERMITS[WRITE].roles)
        raise Forbidden(
            "role_missing",
            worded("You cannot write reports: that takes {words}.", words=words),
            who_can=[words],
        )
    form = ReportForm(request.POST or None, subjects=subjects, at=at)
    if request.method == "POST" and form.is_valid():
        try:
            actor = person_actor(request, user)
            row = begin_report(**form.begun(), actor=actor, at=at)
        except Refused as refusal:
            put_on_form(form, refusal, request)
        else:
            messages.success(request, _("Begun with the figures of now. Write beside them."))
            return redirect("report", number=row.number)
    context = {"form": form, "at": at}
    return render(request, "reports/board/new.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, number: str) -> HttpResponse:
    """Show a report as it is or was; write in a draft, draw it anew, issue it, withdraw it."""
    moment = moment_of(request, now=clock.now())
    if moment.as_of is not None and request.method != "POST":
        return _show_past(request, number, moment)
    return _show(request, number, moment)


def _show_past(request: HttpRequest, number: str, moment: Moment) -> HttpResponse:
    """Show a report as it was, with nothing to be done on it."""
    visible = reports_visible_to(user=signed_in(request), at=moment.now)
    row = report_among(visible, number)
    began = worded("the beginning of {number}", number=row.number)
    moment.require(began=row.begun_at, what=shortened(f"{row.number} was begun", began))
    seen = moment.kept(visible.filter(pk=row.pk))
    with moment.reading():
        page = report_page(report_among(seen, number))
        page |= {"moment": moment, "began": row.begun_at, "at": moment.at}
        return render(request, "reports/board/report.html", page)


def _show(request: HttpRequest, number: str, moment: Moment) -> HttpResponse:
    at, user = moment.now, signed_in(request)
    row = report_seen(number, user=user, at=at)
    page = report_page(row)
    given = page["text"] | {"version": row.version, "sha256": page["sha256"]}
    act = request.POST.get("act", "") if request.method == "POST" else ""
    shown = {
        name: kind(request.POST if act == name else None, initial=given, auto_id=f"{name}_%s")
        for name, kind in FORMS.items()
    }
    form = shown.get(act)
    if form is not None and form.is_valid() and _done(request, row, act, form, at):
        return redirect("report", number=number)
    context = page | {
        "forms": shown,
        "why_not": {name: _why_not(request, row, name, at) for name in (WRITE, ISSUE)},
        "own": row.author_id == user.pk,
        "signer": user.email,
        "ask": _asks_proof(request, at),
        "moment": moment,
        "began": row.begun_at,
        "at": at,
    }
    context["may_write"] = page["is_draft"] and not context["why_not"][WRITE]
    context["may_issue"] = page["is_draft"] and not context["why_not"][ISSUE]
    wrong = form is not None and bool(form.errors)
    return render(request, "reports/board/report.html", context, status=400 if wrong else 200)


class DrawForm(forms.Form):
    """The version that is drawn anew."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class WithdrawForm(ReasonForm):
    """The version that is withdrawn, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


FORMS: dict[str, type[forms.Form]] = {
    "write": NarrativeForm,
    "draw": DrawForm,
    "issue": IssueForm,
    "withdraw": WithdrawForm,
}


def _done(request: HttpRequest, row: Report, act: str, form: forms.Form, at: datetime) -> bool:
    try:
        words = _carried_out(request, row, act, form, at)
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    messages.success(request, words)
    return True


def _carried_out(request: HttpRequest, row: Report, act: str, form: Any, at: datetime) -> str:
    given = form.cleaned_data
    own: dict[str, Any] = {
        "report_id": row.pk,
        "actor": person_actor(request, signed_in(request)),
        "at": at,
    }
    if act == "write":
        write_narrative(given=form.texts(), expected_version=given["version"], **own)
        return _("Saved.")
    if act == "draw":
        draw_report(expected_version=given["version"], **own)
        return _("Drawn anew: the figures are those of now.")
    if act == "withdraw":
        withdraw_report(expected_version=given["version"], reason=given["reason"], **own)
        return _("Withdrawn.")
    ceremony = reauthenticate_by_form(request)
    issue_report(
        expected_sha256=given["sha256"],
        reason=given["reason"],
        ceremony=ceremony,
        **own | {"at": clock.now()},
    )
    return _("Issued and signed: it never changes any more.")


def _why_not(request: HttpRequest, row: Report, act: str, at: datetime) -> str:
    actor = person_actor(request, signed_in(request))
    refusal = refusal_for_report(act=act, system=row.system, unit=row.unit, actor=actor, at=at)
    return refusal.reason if refusal else ""


def _asks_proof(request: HttpRequest, at: datetime) -> bool:
    """Whether the last proof in this session is too old; a minute is left for reading."""
    last, fresh = proved_at(request), timedelta(seconds=settings.SIGNATURE_FRESH_SECONDS - 60)
    return last is None or at - last > fresh


urlpatterns = [
    path("reports/", reports, name="reports"),
    path("reports/new/", new, name="report-new"),
    path("reports/<str:number>/", report, name="report"),
]
