"""Pages of retention: the rules, the next run, legal holds set and ended."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import person_actor, signed_in
from registry.models import User
from registry.selectors.holds import words_of
from registry.services.holds import Held, end_hold, set_hold
from registry.services.retention import set_retention
from reports.forms import HoldForm, KeepForm, ReasonForm
from reports.selectors.retention_page import (
    ended_holds,
    hold_by_id,
    hold_rows,
    holdable,
    in_time,
    incident_to_hold,
    next_run,
    reader_of,
    rule_by_kind,
    rule_rows,
    runs,
)
from reports.services.retention import run_retention, told_to


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show rules, holds and runs, and set a hold."""
    user, at = signed_in(request), clock.now()
    reader = reader_of(user=user, at=at)
    systems, people = holdable(user=user, at=at)
    given = {"owner": str(user.pk)}
    form = HoldForm(request.POST or None, systems=systems, people=people, initial=given)
    if request.method == "POST" and form.is_valid() and _set_hold(request, form):
        messages.success(request, _("Held: nothing of it is dropped until the hold ends."))
        return redirect("retention")
    context = {
        "rules": rule_rows(at=at),
        "holds": hold_rows(user=user, at=at),
        "ended": ended_holds(user=user, at=at),
        "runs": runs(user=user, at=at),
        "next_run": next_run(at),
        "reader": reader,
        "may_hold": reader.may("hold.set"),
        "may_change": reader.may("retention.set"),
        "form": form,
        "at": at,
    }
    return render(
        request, "reports/retention/overview.html", context, status=400 if form.errors else 200
    )


@login_required
@never_cache
@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """Show what a run would drop now; nothing is changed."""
    user, at = signed_in(request), clock.now()
    reader_of(user=user, at=at)
    ran = told_to(run_retention(at=at, dry=True), user=user, at=at)
    context = {"ran": ran, "next_run": next_run(at), "at": at}
    return render(request, "reports/retention/preview.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, kind: str) -> HttpResponse:
    """Show one rule with its bases, and change how long its kind is kept."""
    user, at = signed_in(request), clock.now()
    reader, found = reader_of(user=user, at=at), rule_by_kind(kind)
    given = {"keep_days": found.keep_days}
    form = KeepForm(request.POST or None, floor=found.floor_days, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            set_retention(kind=kind, actor=person_actor(request, user), at=at, **form.cleaned_data)
        except Invalid as refusal:
            form.add_error("keep_days", refusal.reason)
        else:
            messages.success(request, _("Saved; it holds from the next run on."))
            return redirect("retention")
    context = {
        "rule": found,
        "keep": in_time(found.keep_days),
        "floor": in_time(found.floor_days) if found.floor_days else "",
        "may_change": reader.may("retention.set") and not found.fixed,
        "form": form,
        "at": at,
    }
    return render(
        request, "reports/retention/rule.html", context, status=400 if form.errors else 200
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Show one hold, and end it."""
    user, at = signed_in(request), clock.now()
    reader, found = reader_of(user=user, at=at), hold_by_id(hold_id, user=user, at=at)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason, actor = form.cleaned_data["reason"], person_actor(request, user)
        end_hold(hold_id=hold_id, reason=reason, actor=actor, at=at)
        messages.success(request, _("The hold has ended."))
        return redirect("retention")
    running = found.ended_at is None and (found.until_at is None or found.until_at > at)
    context = {
        "hold": found,
        "what": words_of(found),
        "may_end": running and reader.may("hold.end"),
        "form": form,
        "at": at,
    }
    return render(
        request, "reports/retention/hold.html", context, status=400 if form.errors else 200
    )


def _set_hold(request: HttpRequest, form: HoldForm) -> bool:
    """Set the hold of a form; what is not right stands on the form afterwards."""
    given, held = form.cleaned_data, _held(form, signed_in(request))
    if held is None:
        form.add_error("incident", _("There is no such incident."))
        return False
    set_hold(
        held=held,
        reason=given["reason"],
        owner_id=UUID(given["owner"]),
        until_at=form.until_at(),
        actor=person_actor(request, signed_in(request)),
        at=clock.now(),
    )
    return True


def _held(form: HoldForm, user: User) -> Held | None:
    scope, _colon, key = form.cleaned_data["what"].partition(":")
    if scope == "incident":
        found = incident_to_hold(form.cleaned_data["incident"], user=user, at=clock.now())
        if found is None:
            return None
        return Held(
            "incident",
            system_id=found.system_id,
            incident_id=found.pk,
            incident_number=found.number,
        )
    if scope == "system":
        return Held("system", system_id=UUID(key))
    return Held("person", person_id=UUID(key)) if scope == "person" else Held("everything")
