"""Pages of gaps of controls: the list, one of them to change or to close."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

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
from registry.models import User
from registry.selectors.keyset import TURNING, page_behind
from registry.selectors.law import seat_day
from registry.selectors.people import people_near
from registry.views.refused import put_on_form
from registry.views.sheets import sheet
from reports.forms.board import ReasonForm
from reports.forms.statements import AssignForm, GapForm
from reports.models import EvidenceGap
from reports.selectors.statements import (
    control_choices,
    gap_seen,
    gaps_read_by,
    gaps_visible_to,
    reads_controls,
    refusal_for_gap,
)
from reports.services.evidence_gaps import assign_gap, change_gap, close_gap

State = EvidenceGap.State
SOON = timedelta(days=30)
HEAD = ("framework", "control", "reference", "title", "system", "owner", "due_at", "state", "note",
        "assigned_by", "assigned_at", "closed_by", "closed_at", "closed_reason")  # fmt: skip


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show the open gaps, or the closed ones, and assign another one."""
    at, user = clock.now(), signed_in(request)
    reader = reads_controls(user=user, at=at)
    form = _assign_form(request, user, list(reader.systems), at)
    if request.method == "POST" and form.is_valid():
        try:
            assign_gap(**form.given(), actor=person_actor(request, user), at=at)
        except Refused as refusal:
            put_on_form(form, refusal, request)
        else:
            messages.success(request, _("Assigned. It stands on their desk."))
            return redirect("control-gaps")
    state = State.CLOSED if request.GET.get("state") == "closed" else State.OPEN
    every = gaps_read_by(reader, user=user).filter(state=state)
    page = page_behind(every, by="due_at", after=request.GET.get("after", ""))
    asked = {"state": "closed"} if state == State.CLOSED else {}
    context = {
        "rows": page.rows,
        "page": page.links(asked) | TURNING,
        "is_closed": state == State.CLOSED,
        "form": form,
        "at": at,
    }
    status = 400 if form.errors else 200
    return render(request, "reports/controls/gaps.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def gap(request: HttpRequest, gap_id: UUID) -> HttpResponse:
    """Show a gap; change it, close it."""
    at, user = clock.now(), signed_in(request)
    row = gap_seen(gap_id, user=user, at=at)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    change = _change_form(request if act == "change" else None, row, user, at)
    close = ReasonForm(request.POST if act == "close" else None, auto_id="close_%s")
    form = {"change": change, "close": close}.get(act)
    if form is not None and form.is_valid() and _done(request, row, act, form, at):
        return redirect("control-gap", gap_id=row.pk)
    is_open, actor = row.state == State.OPEN, person_actor(request, user)
    may = {
        name: refusal_for_gap(row=of, system=row.system, actor=actor, at=at) is None
        for name, of in (("change", None), ("close", row))
    }
    context = {
        "row": row,
        "change": change,
        "close": close,
        "may_change": is_open and may["change"],
        "may_close": is_open and may["close"],
        "at": at,
    }
    status = 400 if form is not None and form.errors else 200
    return render(request, "reports/controls/gap.html", context, status=status)


@login_required
@never_cache
@require_GET
def gaps_sheet(request: HttpRequest) -> HttpResponse:
    """Send every gap that the reader sees as CSV."""
    rows = gaps_visible_to(user=signed_in(request), at=clock.now())
    return sheet("gaps", HEAD, [_cells(row) for row in rows])


def _cells(row: EvidenceGap) -> list[object]:
    return [
        row.provision.framework_id,
        row.provision_id,
        row.provision.reference,
        row.provision.title,
        row.system.slug if row.system else "",
        row.owner.name,
        row.due_at.isoformat(),
        row.state,
        row.note,
        row.assigned_by.name,
        row.assigned_at.isoformat(),
        row.closed_by.name if row.closed_by else "",
        row.closed_at.isoformat() if row.closed_at else "",
        row.closed_reason,
    ]


def _assign_form(request: HttpRequest, user: User, systems: Any, at: datetime) -> AssignForm:
    slug = request.GET.get("system", "")
    chosen = next((str(one.pk) for one in systems if one.slug == slug), "")
    return AssignForm(
        request.POST or None,
        controls=control_choices(),
        systems=systems,
        people=people_near(user=user, at=at),
        initial={
            "provision": request.GET.get("provision", "")[:40],
            "system": chosen,
            "owner": str(user.pk),
            "due_on": seat_day(at + SOON),
        },
    )


def _change_form(
    request: HttpRequest | None, row: EvidenceGap, user: User, at: datetime
) -> GapForm:
    people = {one.pk: one for one in (row.owner, *people_near(user=user, at=at))}
    return GapForm(
        request.POST if request is not None else None,
        people=sorted(people.values(), key=lambda one: one.name),
        auto_id="change_%s",
        initial={
            "owner": str(row.owner_id),
            "due_on": seat_day(row.due_at - timedelta(seconds=1)),
            "note": row.note,
            "version": row.version,
        },
    )


def _done(request: HttpRequest, row: EvidenceGap, act: str, form: Any, at: datetime) -> bool:
    given = form.cleaned_data
    own: dict[str, Any] = {
        "gap_id": row.pk,
        "actor": person_actor(request, signed_in(request)),
        "at": at,
    }
    try:
        if act == "change":
            change_gap(expected_version=given["version"], **form.given(), **own)
        else:
            close_gap(reason=given["reason"], **own)
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    messages.success(request, _("On record."))
    return True


urlpatterns = [
    path("controls/gaps/", overview, name="control-gaps"),
    path("controls/gaps/list.csv", gaps_sheet, name="control-gaps-sheet"),
    path("controls/gaps/<uuid:gap_id>/", gap, name="control-gap"),
]
